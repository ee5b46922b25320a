#pragma once
// A program of ours (or any other) as a test holds it: started with environment and arguments, killed with any
// signal, ended at the latest when the object ends. Construct it on a thread that outlives it: the process is told to
// end when that thread does.

#include "hub/ctl/process.hpp"

#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace test_support {

class process {
 public:
  struct options {
    std::vector<std::string> arguments = {};
    std::map<std::string, std::string> environment = {};  ///< on top of the test's
    std::string output = {};                              ///< file for both streams; empty: the test's own
    std::string directory = {};                           ///< working directory
  };

  /// `program` without a slash is one of ours, from the build's bin folder.
  process(const std::string& program, options how);
  /// SIGKILL when it still runs.
  ~process();
  process(process&& other) noexcept;
  process& operator=(process&& other) noexcept;

  pid_t pid() const { return id_.pid; }
  bool running();
  /// False when it was gone already.
  bool kill(int signal = SIGKILL);
  /// Its exit code (128 + signal when a signal ended it), nothing when the deadline passed first.
  std::optional<int> wait(std::chrono::milliseconds deadline);

 private:
  hub::ctl::process_id id_;
  std::optional<int> exit_code_;
};

/// The path of one of our programs.
std::string program_path(const std::string& name);
/// Runs one of ours to its end; both streams are returned.
hub::ctl::finished run(const std::string& program, process::options how,
                       std::chrono::milliseconds deadline = std::chrono::seconds(60));

}  // namespace test_support
