#pragma once
// How large a fault test is, and its line of result. The default sizes fit into a minute or two each; a campaign
// (`tests/run --campaign`) runs the full counts. LEADYARD_SEED repeats a run that failed.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace test_support {

inline bool is_campaign() {
  const char* asked = std::getenv("LEADYARD_CAMPAIGN");
  return asked && std::string(asked) == "1";
}

inline int campaign(int usual, int full) { return is_campaign() ? full : usual; }

/// LEADYARD_SEED, else a fresh one in a campaign and `usual` otherwise.
inline std::uint64_t campaign_seed(std::uint64_t usual) {
  if (const char* given = std::getenv("LEADYARD_SEED"); given && *given) return std::strtoull(given, nullptr, 10);
  return is_campaign() ? std::random_device{}() : usual;
}

struct campaign_result {
  std::uint64_t seed = 0;
  std::size_t faults = 0, accepted = 0, lost = 0, duplicated = 0;
};

inline void tell(const campaign_result& r) {
  std::cout << "seed " << r.seed << ", faults injected " << r.faults << ", accepted " << r.accepted << ", lost " << r.lost
            << ", duplicated " << r.duplicated << "\n";
}

}  // namespace test_support
