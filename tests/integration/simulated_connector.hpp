#pragma once
// hub-connector's end of one question that hub-api asks it: answers as the test says.

#include "tests/integration/http_platform.hpp"

namespace connector_tests {

class simulated_connector : public http_platform {
 public:
  simulated_connector(const std::string& method, const std::string& pattern, std::string first) : says_(std::move(first)) {
    add(method, pattern, [this](const request&) {
      const std::lock_guard lock(mutex_);
      return response::json(status_, says_);
    });
    start();
  }
  ~simulated_connector() override { stop(); }

  void say(std::string body, int status = 200) {
    const std::lock_guard lock(mutex_);
    says_ = std::move(body);
    status_ = status;
  }
  /// "channel/account body token" of each question, in order; without a body "channel/account token".
  std::vector<std::string> questions() const {
    std::vector<std::string> made;
    for (const auto& r : asked())
      made.push_back(r.query.at("channel") + "/" + r.query.at("account") + " " + (r.body.empty() ? "" : r.body + " ") +
                     *r.head.find("Authorization"));
    return made;
  }

 private:
  int status_ = 200;
  std::string says_;
};

}  // namespace connector_tests
