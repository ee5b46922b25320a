#include "hub/base/clock.hpp"

namespace hub {

namespace {

class machine_clock final : public clock {
 public:
  instant now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

const clock& real_clock() {
  static const machine_clock instance;
  return instance;
}

}  // namespace hub
