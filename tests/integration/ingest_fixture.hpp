#pragma once
// One database and workers on it, without a broker: what tests of the ingest transaction share.

#include "hub/base/log.hpp"
#include "hub/message/codec.hpp"
#include "tests/support/events.hpp"
#include "tests/support/servers.hpp"
#include "workers/ingest/ingestor.hpp"

#include <gtest/gtest.h>

namespace test_support {

using workers::ingest::ingestor;
using workers::ingest::item;

inline std::vector<item> items_of(const std::vector<hub::message::event>& events) {
  std::vector<item> list;
  for (const auto& e : events) list.push_back({e, hub::message::encode(e)});
  return list;
}

class ingest_fixture : public testing::Test {
 protected:
  void rules(const team_options& options) { put_in_force(url_, options); }
  void rules_file(const std::string& text) { put_text_in_force(url_, text); }
  ingestor worker() { return ingestor(options(), hub::real_clock()); }
  hub::db::connect_options options() { return {.url = hub::secret(url_), .application_name = "test"}; }

  /// One batch, in a worker of its own.
  void process(const std::vector<hub::message::event>& events) { worker().process(items_of(events)); }

  /// Rows as lines, fields parted by blanks.
  std::string ask(const std::string& sql) {
    hub::db::connection c(options());
    return c.transact([&](pqxx::work& tx) {
      std::string text;
      for (const auto& row : tx.exec(sql)) {
        for (const auto& field : row) text += (text.empty() || text.back() == '\n' ? "" : " ") + std::string(field.c_str());
        text += '\n';
      }
      return text.empty() ? text : text.substr(0, text.size() - 1);
    });
  }

  std::string url_ = fresh_database();
};

}  // namespace test_support
