#pragma once
// A directory of an exchange and an ERP that leads the dialogue in it.

#include "connectors/erp/exchange.hpp"
#include "hub/base/text.hpp"
#include "tests/support/erp_files.hpp"
#include "tests/support/waiting.hpp"

#include <memory>
#include <string>
#include <vector>

namespace test_support {

class erp_client {
 public:
  erp_client() {
    with.user = hub::secret("erp_demo");
    with.password = hub::secret("sample-password");
    restart();
  }

  /// As if the program had been killed between two questions.
  void restart() { ours_ = std::make_unique<connectors::erp::exchange>(recorded_context("bas"), with, directory.path()); }
  connectors::erp::exchange& ours() { return *ours_; }

  std::string ask(const std::string& type, const std::string& mode, const std::string& filename = "",
                  const std::string& body = "") {
    connectors::erp::question q;
    q.type = type;
    q.mode = mode;
    q.filename = filename;
    q.body = body;
    q.cookie = "other=1; HUBSESS=" + token;
    if (mode == "checkauth") q.authorization = "Basic " + hub::to_base64("erp_demo:sample-password");
    if (restarts) restart();
    const auto answer = ours_->ask(q, now).body;
    if (mode == "checkauth") token = hub::split(answer, '\n').at(2);
    return answer;
  }
  /// In pieces of `size`; the answer to the import, once it is another one than progress.
  std::string send(const std::string& type, const std::string& name, const std::string& bytes, std::size_t size = 1 << 20) {
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      const auto piece = bytes.substr(at, size);
      const auto said = ask(type, "file", name, piece);
      if (said != "success\n") return said;
      if (repeats) ask(type, "file", name, piece);
    }
    auto said = ask(type, "import", name);
    for (int i = 0; i < 5 && said.starts_with("progress\n"); ++i) {
      if (restarts) restart();
      ours_->work();
      said = ask(type, "import", name);
    }
    return said;
  }
  /// What waits for the broker, taken out.
  std::vector<hub::message::event> told(std::size_t at_once = 7) {
    std::vector<hub::message::event> all;
    while (true) {
      if (restarts) restart();
      auto some = ours_->ready().next(at_once);
      if (some.empty()) return all;
      all.insert(all.end(), some.begin(), some.end());
      ours_->ready().told();
    }
  }

  temp_dir directory;
  connectors::erp::settings with;
  hub::instant now = erp_received;
  std::string token;
  bool restarts = false;  ///< the program is killed before each step
  bool repeats = false;   ///< each piece is sent twice

 private:
  std::unique_ptr<connectors::erp::exchange> ours_;
};

}  // namespace test_support
