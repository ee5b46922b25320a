// The Asterisk connector with a PBX of the test's: a Manager Interface on a real socket, and a file of calls.

#include "connectors/telephony/asterisk/asterisk.hpp"
#include "tests/integration/telephony_fetching.hpp"
#include "tests/support/servers.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <filesystem>
#include <fstream>

namespace {

using namespace telephony_test;
using boost::asio::ip::tcp;
using hub::message::call_back_state;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr const char* secret = "nobody-may-see-this";

class asterisk_pbx : public fetching_connector {
 protected:
  void SetUp() override {
    boost::asio::co_spawn(loop_, serve(), boost::asio::detached);
    std::ofstream(file) << "";
  }
  connector& account(const std::string& more = "") {
    return make(asterisk::kind(), "ami_host: 127.0.0.1\nami_port: " + std::to_string(acceptor_.local_endpoint().port()) +
                                      "\nuser: hub\nsecret: " + secret + "\nlines: [{name: main, number: \"380200000190\"}]\n" +
                                      more);
  }
  std::string with_file() const { return "cdr_file: " + file + "\nsettle: 0s\n"; }
  void write(const std::string& row) const { std::ofstream(file, std::ios::app) << row << "\n"; }
  static std::string row(const std::string& id, const std::string& from = "+380200000101",
                         const std::string& begun = "2026-11-18 14:10:00") {
    return R"("",")" + from + R"(","901","from-trunk","","PJSIP/trunk-1","PJSIP/901-2","Dial","",")" + begun +
           R"(","","",80,70,)" + R"("ANSWERED","DOCUMENTATION",")" + id + R"(","","",")" + id + R"(",1)";
  }

  std::vector<std::string> actions;     ///< what came, whole
  std::string challenge = "152345678";  ///< empty: the PBX has none
  std::string login = "Response: Success\r\nMessage: Authentication accepted";
  std::string originate = "Response: Success\r\nMessage: Originate successfully queued";  ///< empty: it hangs up instead
  std::string stream;                                                                     ///< what follows the sign-in
  bool hangs_up = false, answers_pings = true;
  test_support::temp_dir place_;
  std::string file = place_ / "Master.csv";

 private:
  hub::async::task<> serve() {
    while (true) {
      auto socket = co_await acceptor_.async_accept(boost::asio::use_awaitable);
      boost::asio::co_spawn(loop_, talk(std::move(socket)), boost::asio::detached);
    }
  }
  hub::async::task<> say(tcp::socket& to, std::string text) {
    const auto bytes = boost::asio::buffer(text);
    co_await boost::asio::async_write(to, bytes, boost::asio::use_awaitable);
  }
  hub::async::task<> talk(tcp::socket socket) {
    std::string greeting = "Asterisk Call Manager/7.0.3\r\n", told;
    co_await say(socket, std::move(greeting));
    std::array<char, 4096> buffer{};
    while (true) {
      const auto into = boost::asio::buffer(buffer);
      const auto size = co_await socket.async_read_some(into, boost::asio::use_awaitable);
      told.append(buffer.data(), size);
      for (auto end = told.find("\r\n\r\n"); end != std::string::npos; end = told.find("\r\n\r\n")) {
        actions.push_back(told.substr(0, end));
        told.erase(0, end + 4);
        const auto& action = actions.back();
        std::string answer;
        if (action.starts_with("Action: Challenge"))
          answer = challenge.empty() ? "Response: Error\r\nMessage: Authentication type not supported\r\n\r\n"
                                     : "Response: Success\r\nChallenge: " + challenge + "\r\n\r\n";
        else if (action.starts_with("Action: Login"))
          answer = login + "\r\n\r\nEvent: FullyBooted\r\n\r\n" + stream;
        else if (action.starts_with("Action: Originate"))
          answer = originate.empty() ? "" : originate + "\r\n\r\n";
        else if (answers_pings)
          answer = "Response: Success\r\nPing: Pong\r\n\r\n";
        if (answer.empty() && action.starts_with("Action: Originate")) co_return;
        co_await say(socket, std::move(answer));
        if (hangs_up && action.starts_with("Action: Login")) co_return;
      }
    }
  }
  tcp::acceptor acceptor_{loop_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
};

TEST_F(asterisk_pbx, answers_the_challenge_and_is_told_calls_while_they_go_on) {
  account();
  stream = body_of("asterisk_ami_in_answered.txt");
  run_until([&] { return taken.size() == 3; });
  ASSERT_THAT(actions, SizeIs(2));
  EXPECT_EQ(actions[1], "Action: Login\r\nUsername: hub\r\nAuthType: MD5\r\nKey: " + hub::to_hex(hub::md5(challenge + secret)) +
                            "\r\nEvents: call");
  EXPECT_EQ(call_of(taken[1]).step, call_step::answered);
  EXPECT_EQ(trouble, "");
}

TEST_F(asterisk_pbx, is_told_the_secret_only_where_the_settings_say_so) {
  challenge.clear();
  account();
  run_until([&] { return !trouble.empty(); });
  EXPECT_THAT(trouble, HasSubstr("no challenge"));
  EXPECT_THAT(actions, ElementsAre(Not(HasSubstr(secret))));
}

TEST_F(asterisk_pbx, takes_a_plain_login) {
  account("login: plain\n");
  stream = body_of("asterisk_ami_in_answered.txt");
  run_until([&] { return taken.size() == 3; });
  EXPECT_THAT(actions, ElementsAre("Action: Login\r\nUsername: hub\r\nSecret: " + std::string(secret) + "\r\nEvents: call"));
}

TEST_F(asterisk_pbx, that_refuses_us_is_named_and_the_secret_is_not) {
  login = "Response: Error\r\nMessage: Authentication failed";
  account();
  run_until([&] { return !trouble.empty(); });
  EXPECT_EQ(trouble, "the Manager Interface: the PBX refuses user and secret: Authentication failed");
}

TEST_F(asterisk_pbx, that_hangs_up_is_called_again) {
  account();
  hangs_up = true;
  run_until([&] { return !trouble.empty(); });
  hangs_up = false;
  stream = body_of("asterisk_ami_in_answered.txt");
  run_until([&] { return taken.size() == 3; });
  EXPECT_EQ(trouble, "");
}

TEST_F(asterisk_pbx, that_is_silent_is_asked_whether_it_is_there) {
  account("ping_after: 1s\n");
  run_until([&] { return actions.size() == 4; });
  EXPECT_EQ(actions[2], "Action: Ping");
  EXPECT_EQ(actions[3], "Action: Ping") << "on the same connection: it had answered";
  EXPECT_EQ(trouble, "");
  answers_pings = false;
  run_until([&] { return trouble.find("does not answer any more") != std::string::npos; });
  answers_pings = true;
  run_until([&] { return trouble.empty(); });
}

TEST_F(asterisk_pbx, writes_its_calls_into_a_file_that_is_followed) {
  make(asterisk::kind(), with_file());
  run_until([&] { return !position.empty(); });
  write(row("1.1"));
  write("no,row");
  run_until([&] { return taken.size() == 2; });
  EXPECT_THAT(ids(), ElementsAre("1.1"));
  const auto& call = call_of(std::holds_alternative<call_record>(taken[0].data) ? taken[0] : taken[1]);
  EXPECT_EQ(call.source, call_source::cdr);
  EXPECT_EQ(call.manager, "901");
  EXPECT_EQ(call.talk_seconds, 70u);
  keeps = false;
  write(row("1.2"));
  const auto before = position;
  run_until([&] { return trouble.find("neither broker nor spool") != std::string::npos; });
  EXPECT_EQ(position, before);
  keeps = true;
  run_until([&] { return ids().contains("1.2"); });
  EXPECT_EQ(position, before.substr(0, before.find(' ')) + " " + std::to_string(std::filesystem::file_size(file)) + " -");
}

TEST_F(asterisk_pbx, is_said_to_have_lost_what_only_its_file_tells) {
  account(with_file());
  stream = body_of("asterisk_ami_in_answered.txt");
  run_until([&] { return taken.size() == 3 && !position.empty(); });
  const auto before = repaired("asterisk").Value();
  clock_.at += 1h;
  // The first was told by the Manager Interface, the second was not.
  write(row("1771052400.501"));
  write(row("1771052400.999"));
  run_until([&] { return taken.size() == 5; });
  EXPECT_EQ(repaired("asterisk").Value() - before, 1);
}

TEST_F(asterisk_pbx, whose_file_is_away_is_told_of) {
  account(with_file());
  std::filesystem::remove(file);
  run_until([&] { return !trouble.empty(); });
  EXPECT_EQ(trouble, "the file of calls cannot be opened");
}

TEST_F(asterisk_pbx, is_looked_at_by_who_registers) {
  auto& it = account(with_file());
  const auto lines = wait_for(it.register_webhook(http()));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("lets us in")));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("can be read")));
}

// ---- ringing back ---------------------------------------------------------------------------------------------------

class asterisk_call_back : public asterisk_pbx {
 protected:
  hub::message::call_back_told ring(const std::string& call, const std::string& extension = "901") {
    return wait_for(account(with_file() + "dial_number: \"00{number}\"\n").call_back(http(), {call, extension, clock_.at}));
  }
};

TEST_F(asterisk_call_back, finds_the_number_in_the_file_and_has_the_manager_rung_first) {
  write(row("1.1", "+380200000102"));
  write(row("1.2"));
  write(row("1.3", "+380200000103"));
  const auto told = ring("1.2");
  EXPECT_EQ(told.state, call_back_state::placed) << told.why;
  EXPECT_THAT(actions, testing::Contains("Action: Originate\r\nChannel: PJSIP/901\r\nContext: from-internal\r\nExten: "
                                         "00380200000101\r\nPriority: 1\r\nAsync: true"));
}

TEST_F(asterisk_call_back, finds_what_was_put_aside_and_what_stands_behind_many_other_calls) {
  write(row("1.1"));
  std::filesystem::rename(file, file + ".1");
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += row("2." + std::to_string(i), "+380200000104") + "\n";
  std::ofstream(file) << many;
  EXPECT_EQ(ring("1.1").state, call_back_state::placed);
  EXPECT_EQ(ring("2.19999").state, call_back_state::placed);
  EXPECT_THAT(actions, testing::Contains(HasSubstr("Exten: 00380200000101")));
  EXPECT_THAT(actions, testing::Contains(HasSubstr("Exten: 00380200000104")));
}

TEST_F(asterisk_call_back, says_why_nobody_can_be_rung_and_asks_nobody) {
  write(row("1.1", "anonymous"));
  write(row("1.2", "380200000190"));
  EXPECT_EQ(ring("1.9").why, "the provider knows no number for this call: it was hidden, or is no longer kept");
  EXPECT_EQ(ring("1.1").state, call_back_state::refused);
  EXPECT_EQ(ring("1.2").state, call_back_state::refused);
  EXPECT_THAT(ring("1.1", "901\r\nVariable: X").why, HasSubstr("the extension is none"));
  EXPECT_THAT(actions, Not(testing::Contains(HasSubstr("Originate"))));
}

TEST_F(asterisk_call_back, tells_a_refusal_in_its_words_and_silence_as_unknown) {
  write(row("1.1"));
  originate = "Response: Error\r\nMessage: Permission denied";
  auto told = ring("1.1");
  EXPECT_EQ(told.state, call_back_state::refused);
  EXPECT_EQ(told.why, "the PBX refused: Permission denied");
  originate.clear();
  told = ring("1.1");
  EXPECT_EQ(told.state, call_back_state::unknown) << told.why;
  login = "Response: Error\r\nMessage: Authentication failed";
  told = ring("1.1");
  EXPECT_EQ(told.state, call_back_state::unreached);
  EXPECT_THAT(told.why, HasSubstr("refuses user and secret"));
}

TEST_F(asterisk_call_back, cannot_be_without_the_file) {
  auto& it = account();
  const auto told = wait_for(it.call_back(http(), {"1.1", "901", clock_.at}));
  EXPECT_EQ(told.state, call_back_state::unsupported);
  EXPECT_THAT(told.why, HasSubstr("cdr_file is not set"));
}

}  // namespace
