#pragma once
// What the generator reports: a file of one header and one sample for each request, read by the measuring program on
// the same machine.

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct sample {
  std::uint64_t number = 0;      ///< of the callback
  std::int64_t due = 0;          ///< scheduled instant, microseconds of the wall clock
  std::uint32_t latency = 0;     ///< from `due` to the answer, microseconds
  std::uint32_t status = 0;      ///< 0: no answer
};

struct load_header {
  std::uint64_t samples = 0;
  double seconds = 0;      ///< from the first scheduled instant to the last answer
  double cpu_seconds = 0;  ///< of the generator, without preparing
  double sent_late = 0;    ///< p99 of scheduled instant to sending, milliseconds: what the generator itself adds
};

struct load_result {
  load_header header;
  std::vector<sample> samples;
};
/// Throws hub::error when the file is not whole.
load_result read_load(const std::string& path);

}  // namespace bench
