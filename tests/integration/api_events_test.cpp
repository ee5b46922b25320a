// Who is told of which change, and that nobody misses one.

#include "hub/base/metrics.hpp"
#include "tests/integration/api_fixture.hpp"
#include "tests/support/waiting.hpp"

#include <functional>
#include <mutex>
#include <sstream>

namespace hub::api {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

struct told {
  std::string id, event, data;
};

std::vector<told> read_events(const std::string& body) {
  std::vector<told> made;
  std::istringstream lines(body);
  told now;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      if (!now.event.empty()) made.push_back(now);
      now.event.clear();
      now.data.clear();
    } else if (line.starts_with("id: ")) {
      now.id = line.substr(4);
    } else if (line.starts_with("event: ")) {
      now.event = line.substr(7);
    } else if (line.starts_with("data: ")) {
      now.data = line.substr(6);
    }
  }
  return made;
}

/// Of a lead with this id.
std::string lead_change(std::int64_t id) {
  return R"({"kind":"lead","lead":)" + std::to_string(id) + R"(,"id":)" + std::to_string(id) + "}";
}

class events : public api {
 protected:
  static http::incoming stream(const std::string& token, const std::string& from, int seconds = 0) {
    auto request = hub_->to("GET", "/api/v1/events?seconds=" + std::to_string(seconds), token);
    if (!from.empty()) request.head.set("Last-Event-ID", from);
    return hub_->ask(request);
  }
  /// Where the feed is now.
  static std::string now_at(const std::string& token) {
    const auto all = read_events(stream(token, "").body);
    EXPECT_EQ(all.size(), 1u);
    EXPECT_EQ(all.at(0).event, "ready");
    return all.at(0).id;
  }
  /// What is told from `from` on until `last` is among it; `from` moves on.
  static std::vector<std::string> until(const std::string& token, std::string& from, const std::string& last) {
    std::vector<std::string> made;
    const auto done = [&] {
      for (const auto& one : read_events(stream(token, from).body)) {
        made.push_back(one.event == "change" ? one.data : one.event);
        from = one.id;
      }
      return std::find(made.begin(), made.end(), last) != made.end();
    };
    EXPECT_TRUE(test_support::wait_until(done, 20s)) << last;
    return made;
  }
  static void touch(const std::string& name) {
    hub_->run("update hub.lead set version = version + 1 where id = $1", leads_[name]);
  }
};

TEST_F(events, tell_of_what_a_person_may_see_and_of_nothing_else) {
  auto ann = now_at(sessions_["ann"]), eve = now_at(sessions_["eve"]), ian = now_at(sessions_["ian"]);
  for (const auto* name : {"anns", "bobs", "waiting", "service waiting", "eves"}) touch(name);
  // What comes last is a vehicle: of those everybody is told.
  const auto vehicle = hub_->number("insert into hub.vehicle (make, model) values ('A', 'Car') returning id");
  const auto last = R"({"kind":"vehicle","lead":null,"id":)" + std::to_string(vehicle) + "}";
  EXPECT_THAT(until(sessions_["ann"], ann, last), ElementsAre(lead_change(leads_["anns"]), lead_change(leads_["waiting"]), last));
  EXPECT_THAT(until(sessions_["eve"], eve, last),
              ElementsAre(lead_change(leads_["service waiting"]), lead_change(leads_["eves"]), last));
  EXPECT_EQ(until(sessions_["ian"], ian, last).size(), 6u) << "an analyst sees every row, masked";
}

TEST_F(events, tell_of_messages_tasks_calls_and_ones_own_notifications) {
  auto ann = now_at(sessions_["ann"]), bob = now_at(sessions_["bob"]);
  const auto lead = leads_["anns"];
  const auto message = hub_->number(
      "insert into hub.message (lead_id, customer_id, channel, direction, type, sent_at)"
      " values ($1, $2, 'viber', 'incoming', 'text', now()) returning id",
      lead, customers_[lead]);
  const auto task =
      hub_->number("insert into hub.task (lead_id, manager_id, title) values ($1, $2, 'Ring') returning id", lead, staff_["ann"]);
  const auto call = hub_->number(
      "insert into hub.call_record (lead_id, direction, start_time, end_time, status, provider, call_id)"
      " values ($1, 'inbound', now(), now(), 'missed', 'ringostat', 'live') returning id",
      lead);
  for (const auto* name : {"ann", "bob"})
    hub_->run("insert into hub.notification (staff_id, kind, text) values ($1, 'task_due', 'x')", staff_[name]);
  hub_->run("insert into hub.presence (staff_id, available) values ($1, true)", staff_["bob"]);
  const auto own = hub_->number("select id from hub.notification where staff_id = $1", staff_["ann"]);
  const auto there = R"({"kind":"presence","lead":null,"id":)" + std::to_string(staff_["bob"]) + "}";
  const auto of = [&](const std::string& kind, std::int64_t id) {
    return R"({"kind":")" + kind + R"(","lead":)" + std::to_string(lead) + R"(,"id":)" + std::to_string(id) + "}";
  };
  EXPECT_THAT(until(sessions_["ann"], ann, there),
              ElementsAre(of("message", message), of("task", task), of("call", call),
                          R"({"kind":"notification","lead":null,"id":)" + std::to_string(own) + "}", there));
  const auto bobs = until(sessions_["bob"], bob, there);
  EXPECT_EQ(bobs.size(), 2u) << "his notification, and that he is there";
}

TEST_F(events, tell_whoever_had_a_lead_that_it_has_gone) {
  const auto mine = make_lead("Gone", "sales", "ann"), queued = make_lead("Claimed", "sales", "");
  hub_->run(
      "update hub.staff s set open_leads = (select count(*) from hub.lead l where l.manager_id = s.id and l.stage not in "
      "('sold', 'lost'))");
  auto ann = now_at(sessions_["ann"]), eve = now_at(sessions_["eve"]);
  hub_->run("select hub.change_owner(array[$1::bigint, $2], array[$3::bigint, $3], null, array['x', 'x'], now())", mine, queued,
            staff_["bob"]);
  touch("eves");
  hub_->run("insert into hub.vehicle (make, model) values ('Last', 'Car')");
  const auto last =
      R"({"kind":"vehicle","lead":null,"id":)" + std::to_string(hub_->number("select max(id) from hub.vehicle")) + "}";
  EXPECT_THAT(until(sessions_["ann"], ann, last), testing::UnorderedElementsAre(lead_change(mine), lead_change(queued), last));
  EXPECT_THAT(until(sessions_["eve"], eve, last), ElementsAre(lead_change(leads_["eves"]), last));
}

TEST_F(events, never_skip_a_transaction_that_commits_after_a_younger_one) {
  auto ann = now_at(sessions_["ann"]);
  const auto other = make_lead("Younger", "sales", "ann");
  until(sessions_["ann"], ann, lead_change(other));
  pqxx::connection slow_on(hub_->database_url), quick_on(hub_->database_url);
  {
    pqxx::work slow(slow_on), quick(quick_on);
    for (auto* one : {&slow, &quick}) one->exec("set search_path = hub");
    slow.exec_params("update hub.lead set version = version + 1 where id = $1", leads_["anns"]);
    quick.exec_params("update hub.lead set version = version + 1 where id = $1", other);
    quick.commit();
    EXPECT_THAT(read_events(stream(sessions_["ann"], ann).body), IsEmpty()) << "the younger one waits for the slow one";
    slow.commit();
  }
  EXPECT_THAT(until(sessions_["ann"], ann, lead_change(other)), ElementsAre(lead_change(leads_["anns"]), lead_change(other)));
}

TEST_F(events, say_that_everything_is_to_be_loaded_anew_when_something_was_missed) {
  const auto first_event = [](const std::string& from) {
    const auto all = read_events(stream(sessions_["ann"], from).body);
    return all.empty() ? std::string() : all[0].event;
  };
  auto ann = now_at(sessions_["ann"]);
  EXPECT_EQ(first_event("made-up"), "reset");
  EXPECT_EQ(first_event("9.1-5-5"), "reset");
  touch("anns");
  until(sessions_["ann"], ann, lead_change(leads_["anns"]));
  // Kept for a while, then removed: who was there before does not know what is gone.
  hub_->run("select hub.remove_old_changes(now() + interval '1 hour', 100000)");
  EXPECT_EQ(hub_->number("select count(*) from hub.live_change"), 0);
  EXPECT_EQ(first_event(ann), "reset");
  ann = now_at(sessions_["ann"]);
  EXPECT_EQ(first_event(ann), "");
  hub_->run("select hub.restart_feed()");
  EXPECT_EQ(first_event(ann), "reset") << "a restore";
}

TEST_F(events, reload_a_client_that_missed_more_than_is_made_up_for) {
  auto ann = now_at(sessions_["ann"]);
  hub_->run("insert into hub.live_change (kind, subject_id) select 'vehicle', n from generate_series(1, 1001) n");
  const auto missed = [&] {
    const auto all = read_events(stream(sessions_["ann"], ann).body);
    return !all.empty() && all[0].event == "reset";
  };
  EXPECT_TRUE(test_support::wait_until(missed, 20s));
}

TEST_F(events, tell_of_an_import_of_vehicles_once) {
  auto ann = now_at(sessions_["ann"]);
  hub_->run("insert into hub.vehicle (make, model) select 'Many', n from generate_series(1, 100) n");
  EXPECT_THAT(until(sessions_["ann"], ann, R"({"kind":"vehicle","lead":null,"id":null})"),
              ElementsAre(R"({"kind":"vehicle","lead":null,"id":null})"));
}

/// A stream that stays open, as a browser reads it.
class open_stream {
 public:
  open_stream(running_api& hub, const std::string& token, int seconds) {
    auto request = hub.to("GET", "/api/v1/events?seconds=" + std::to_string(seconds), token);
    request.on_bytes = [this](std::string_view bytes) {
      std::lock_guard lock(mutex_);
      got_ += bytes;
    };
    answer_ = hub.spawn(hub.fetch(std::move(request)));
  }
  ~open_stream() { answer_.wait(); }
  bool has(const std::string& text) {
    std::lock_guard lock(mutex_);
    return got_.find(text) != std::string::npos;
  }
  bool comes(const std::string& text) {
    return test_support::wait_until([&] { return has(text); }, 20s);
  }
  bool ends() { return answer_.wait_for(20s) == std::future_status::ready; }

 private:
  std::mutex mutex_;
  std::string got_;
  std::future<http::incoming> answer_;
};

TEST_F(events, tell_colleagues_who_see_the_lead_that_somebody_writes) {
  open_stream sue(*hub_, sessions_["sue"], 60), eve(*hub_, sessions_["eve"], 60), ann(*hub_, sessions_["ann"], 60);
  for (auto* one : {&sue, &eve, &ann}) ASSERT_TRUE(one->comes("event: ready"));
  EXPECT_EQ(hub_->post(lead_path("anns") + "/typing", sessions_["ann"]).status, 204);
  EXPECT_EQ(hub_->post(lead_path("eves") + "/typing", sessions_["ann"]).status, 404);
  const auto typing =
      R"({"kind":"typing","lead":)" + std::to_string(leads_["anns"]) + R"(,"id":)" + std::to_string(staff_["ann"]) + "}";
  EXPECT_TRUE(sue.comes(typing));
  hub_->run("insert into hub.vehicle (make, model) values ('After', 'Typing')");
  EXPECT_TRUE(eve.comes(R"("kind":"vehicle")"));
  EXPECT_TRUE(ann.comes(R"("kind":"vehicle")"));
  EXPECT_FALSE(eve.has("typing"));
  EXPECT_FALSE(ann.has("typing")) << "she knows";
  hub_->run("delete from hub.web_session where staff_id in ($1, $2, $3)", staff_["sue"], staff_["eve"], staff_["ann"]);
  hub_->time.ahead += 10;
  for (auto* one : {&sue, &eve, &ann}) EXPECT_TRUE(one->ends());
  EXPECT_TRUE(ann.has("event: signed_out"));
  hub_->time.ahead = 0;
  for (const auto* name : {"sue", "eve", "ann"}) sessions_[name] = hub_->session_of(staff_[name]);
}

TEST_F(events, of_typing_are_heard_by_every_hub_api_and_write_no_row) {
  // Another process on the same database, with a listener of its own and nobody who types there.
  boost::asio::io_context loop;
  live_feed other({.url = secret(hub_->database_url), .application_name = "other"}, hub_->time);
  const auto sue = other.listen(loop.get_executor(), staff_["sue"], to_hex(sha256(sessions_["sue"])), std::nullopt);
  ASSERT_TRUE(sue);
  const auto seen = [&](const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < deadline) {
      loop.restart();
      loop.run_for(50ms);
      for (const auto& line : sue->waiting)
        if (line->find(text) != std::string::npos) return true;
    }
    return false;
  };
  ASSERT_TRUE(seen("event: ready"));
  const auto rows = hub_->number("select count(*) from hub.live_change where kind = 'typing'");
  EXPECT_EQ(hub_->post(lead_path("bobs") + "/typing", sessions_["bob"]).status, 204);
  EXPECT_TRUE(
      seen(R"({"kind":"typing","lead":)" + std::to_string(leads_["bobs"]) + R"(,"id":)" + std::to_string(staff_["bob"]) + "}"));
  EXPECT_EQ(hub_->number("select count(*) from hub.live_change where kind = 'typing'"), rows);
}

TEST_F(events, are_told_to_so_many_windows_of_a_person_at_once) {
  hub_->with->live.limits.most_per_person = 1;
  const auto token = hub_->session_of(staff_["bob"]);
  {
    open_stream first(*hub_, token, 60);
    ASSERT_TRUE(first.comes("event: ready"));
    const auto second = stream(token, "");
    EXPECT_EQ(second.status, 429);
    EXPECT_EQ(header(second, "Retry-After"), "30");
    hub_->run("update hub.staff set active = false where id = $1", staff_["bob"]);
    hub_->time.ahead += 60;
    EXPECT_TRUE(first.ends());
    EXPECT_TRUE(first.has("event: signed_out"));
  }
  hub_->run("update hub.staff set active = true where id = $1", staff_["bob"]);
  hub_->time.ahead = 0;
  hub_->with->live.limits.most_per_person = 12;
}

TEST_F(events, tell_a_slow_reader_that_it_is_behind_and_keep_nothing_more_for_it) {
  std::mutex reading;
  std::string got;
  std::unique_lock stalled(reading);
  auto request = hub_->to("GET", "/api/v1/events?seconds=600", hub_->session_of(staff_["ann"]));
  request.total_time = 120s;
  request.on_bytes = [&](std::string_view bytes) {
    std::lock_guard wait(reading);
    got += bytes;
  };
  auto answer = hub_->spawn(hub_->fetch(std::move(request)));
  const auto open = [](int streams) {
    const auto line = "hub_live_streams " + std::to_string(streams);
    return test_support::wait_until([&] { return metrics::expose().find(line) != std::string::npos; }, 60s);
  };
  ASSERT_TRUE(open(1));
  // More than the sockets of both sides hold.
  hub_->run("insert into hub.live_change (kind, subject_id) select 'presence', $1 from generate_series(1, 200000)",
            staff_["ann"]);
  EXPECT_TRUE(open(0)) << "nothing waits for it any more";
  stalled.unlock();
  ASSERT_EQ(answer.wait_for(60s), std::future_status::ready);
  const auto all = read_events(got);
  EXPECT_EQ(all.back().event, "behind");
  EXPECT_LT(all.size(), 200'000u);
  hub_->run("delete from hub.live_change");
}

TEST_F(events, refuse_a_length_that_is_none) {
  for (const auto* seconds : {"-1", "3601", "soon"})
    EXPECT_EQ(hub_->get(std::string("/api/v1/events?seconds=") + seconds, sessions_["ann"]).status, 400);
}

}  // namespace
}  // namespace hub::api
