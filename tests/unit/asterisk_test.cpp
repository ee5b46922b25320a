// Asterisk's Manager Interface and its table of calls: the recorded stream in any pieces, the recorded rows, and both together.

#include "connectors/telephony/asterisk/normalize.hpp"
#include "tests/unit/telephony_fixture.hpp"

namespace {

using namespace telephony_test;

const account_context of = context("asterisk");

asterisk::settings settings() {
  asterisk::settings with;
  with.lines = {{"main", hub::secret("380200000190")}};
  return with;
}

events parse(const std::string& body) { return asterisk::normalize(of, settings(), body, received_at); }

/// A block with these fields.
std::string block(const std::string& name, const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string text = "Event: " + name + "\r\n";
  for (const auto& [key, value] : fields) text += key + ": " + value + "\r\n";
  return text + "\r\n";
}

/// A channel that begins or ends a call.
std::string channel(const std::string& name, const std::string& caller, const std::string& exten, const std::string& context,
                    const std::string& more = "") {
  return block(name, {{"Channel", "PJSIP/902-0000c01"},
                      {"ChannelState", "4"},
                      {"CallerIDNum", caller},
                      {"Exten", exten},
                      {"Context", context},
                      {"Uniqueid", "1.1"},
                      {"Linkedid", "1.1"},
                      {"More", more}});
}

TEST(asterisk, reads_a_line_that_was_refused_once_its_columns_are_named) {
  const std::string body = R"([{"line":"380200000101,901,2026-02-14 09:00:00,PJSIP/trunk-1,PJSIP/901-2,80,70,ANSWERED,5.1"}])";
  auto with = settings();
  const auto refused = asterisk::normalize(of, with, body, received_at).value();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_THAT(std::get<hub::message::unparsed>(refused[0].data).reason, testing::HasSubstr("cdr_columns"));
  with.cdr_columns = {"src", "dst", "calldate", "channel", "dstchannel", "duration", "billsec", "disposition", "linkedid"};
  const auto read = asterisk::normalize(of, with, body, received_at).value();
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(call_of(read[0]).call_id, "5.1");
  EXPECT_EQ(call_of(read[0]).talk_seconds, 70u);
}

TEST(asterisk, makes_the_recorded_call_of_the_recorded_stream) {
  const auto got = parse(body_of("asterisk_ami_in_answered.txt"));
  ASSERT_TRUE(got.has_value()) << hub::to_text(got.error());
  ASSERT_EQ(got->size(), 3u) << "begun, answered, over";
  expect_to_survive(*got);
  const std::vector<call_step> steps{call_step::started, call_step::answered, call_step::ended};
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(call_of((*got)[i]).step, steps[i]);
  const auto call = merged(*got);
  EXPECT_EQ(call.state, hub::message::call_state::ended);
  EXPECT_EQ(call.direction, hub::message::call_direction::inbound);
  EXPECT_EQ(call.manager, "901");
  EXPECT_EQ(call.line, "main");
  EXPECT_EQ(call.customer, people(of, settings()).customer("+380200000101"));
  EXPECT_EQ(call_of(got->front()).call_id, "1771052400.501");
}

TEST(asterisk, reads_the_stream_in_any_pieces) {
  const auto text = body_of("asterisk_ami_in_answered.txt");
  asterisk::ami_stream whole;
  const auto blocks = whole.put(text);
  ASSERT_EQ(blocks.size(), 7u);
  EXPECT_EQ(blocks[0].field("event"), "Newchannel");
  EXPECT_EQ(blocks[5].field("CallerID"), "\"\" <+380200000101>");
  for (const std::size_t size : {1u, 7u, 100u}) {
    asterisk::ami_stream pieces;
    std::vector<asterisk::ami_event> got;
    for (std::size_t at = 0; at < text.size(); at += size)
      for (auto& one : pieces.put(std::string_view(text).substr(at, size))) got.push_back(std::move(one));
    ASSERT_EQ(got.size(), blocks.size());
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i].fields, blocks[i].fields);
  }
}

TEST(asterisk, drops_a_block_that_never_ends_and_reads_the_next) {
  asterisk::ami_stream stream;
  EXPECT_TRUE(stream.put("Event: Long\r\nValue: " + std::string(200'000, 'x')).empty());
  EXPECT_TRUE(stream.put("\r\nMore: 1\r\n\r\n").empty());
  EXPECT_EQ(stream.dropped(), 1u);
  EXPECT_EQ(stream.put("Event: Next\r\n\r\n").size(), 1u);
}

TEST(asterisk, makes_the_recorded_calls_of_the_recorded_rows) {
  const std::string name = "asterisk_cdr_rows.json";
  expect_told(parse(body_of(name)), of, name);
  const auto got = parse(body_of(name));
  expect_to_survive(*got);
  EXPECT_EQ(call_of((*got)[0]).source, call_source::cdr);
  EXPECT_EQ(call_of((*got)[0]).waiting_seconds, 10u);
}

TEST(asterisk, makes_one_call_of_stream_and_rows_in_any_order) {
  auto all = parse(body_of("asterisk_ami_in_answered.txt")).value();
  all.push_back(parse(body_of("asterisk_cdr_rows.json"))->front());
  const auto wanted = merged(all);
  EXPECT_EQ(wanted.talk_seconds, 70u);
  EXPECT_EQ(hub::to_rfc3339(*wanted.started_at), "2026-02-14T07:00:00.000Z") << "the row's time, not that of receipt";
  const auto by_key = [](const event& a, const event& b) { return a.key < b.key; };
  std::sort(all.begin(), all.end(), by_key);
  do EXPECT_EQ(merged(all), wanted);
  while (std::next_permutation(all.begin(), all.end(), by_key));
}

TEST(asterisk, tells_who_is_outside) {
  const auto one = [](const std::string& caller, const std::string& exten, const std::string& where) {
    const auto got = parse(channel("Newchannel", caller, exten, where));
    return got && !got->empty() ? call_of(got->front()) : call_record{};
  };
  const auto customer = people(of, settings()).customer("380200000101");
  EXPECT_EQ(one("0200000101", "380200000190", "macro-dial").direction, hub::message::call_direction::inbound);
  EXPECT_EQ(one("0200000101", "380200000190", "macro-dial").customer, customer);
  const auto out = one("902", "0200000101", "from-internal");
  EXPECT_EQ(out.direction, hub::message::call_direction::outbound);
  EXPECT_EQ(out.customer, customer);
  EXPECT_EQ(out.manager, "902");
  EXPECT_EQ(one("380200000190", "0200000101", "elsewhere").direction, hub::message::call_direction::outbound);
  const auto hidden = one("anonymous", "380200000190", "from-trunk");
  EXPECT_EQ(hidden.direction, hub::message::call_direction::inbound);
  EXPECT_TRUE(hidden.customer.empty());
  EXPECT_EQ(one("901", "902", "from-internal").call_id, "") << "two of us";
}

TEST(asterisk, says_how_a_call_ended_that_was_never_up) {
  const auto how = [](const std::string& state, const std::string& cause) {
    const auto got = parse(block("Hangup", {{"Channel", "PJSIP/902-1"},
                                            {"ChannelState", state},
                                            {"CallerIDNum", "902"},
                                            {"Exten", "0200000101"},
                                            {"Context", "from-internal"},
                                            {"Uniqueid", "1.1"},
                                            {"Linkedid", "1.1"},
                                            {"Cause", cause},
                                            {"Timestamp", "1771052400.123456"}}));
    EXPECT_EQ(hub::to_rfc3339(got->at(0).time), "2026-02-14T07:00:00.000Z");
    return call_of(got->at(0)).disposition;
  };
  EXPECT_EQ(how("4", "17"), call_disposition::busy);
  EXPECT_EQ(how("4", "19"), call_disposition::no_answer);
  EXPECT_EQ(how("4", "38"), call_disposition::failed);
  EXPECT_FALSE(how("4", "16"));
  EXPECT_FALSE(how("6", "17"));
}

TEST(asterisk, adds_up_the_talk_of_a_call_that_was_handed_over) {
  const auto row = [](const std::string& more) {
    return R"({"src":"0200000101","dst":"901","dcontext":"from-trunk","channel":"PJSIP/trunk-1","linkedid":"1.1",)" + more + "}";
  };
  const auto got = parse("[" +
                         row(R"("calldate":"2026-02-14 09:01:20","duration":"30","billsec":"25","disposition":"ANSWERED",)"
                             R"("dstchannel":"Local/902@from-queue-0001;1","recordingfile":"in-0200000101-1.1.wav")") +
                         "," +
                         row(R"("calldate":"2026-02-14 09:00:00","duration":80,"billsec":70,"disposition":"ANSWERED",)"
                             R"("dstchannel":"PJSIP/901-2")") +
                         "]");
  ASSERT_TRUE(got && got->size() == 1);
  const auto& call = call_of(got->front());
  EXPECT_EQ(call.talk_seconds, 95u);
  EXPECT_EQ(call.manager, "902");
  EXPECT_EQ(hub::to_rfc3339(*call.answered_at), "2026-02-14T07:00:10.000Z");
  EXPECT_EQ(hub::to_rfc3339(*call.ended_at), "2026-02-14T07:01:50.000Z");
  EXPECT_EQ(open_sealed_media(of, call.recording->reference)->url, "rec:asterisk:1.1") << "the file's name held the number";
}

TEST(asterisk, takes_a_menu_for_no_answer_and_a_voice_message_for_no_talk) {
  const auto how = [](const std::string& more) {
    const auto got = parse(R"([{"src":"0200000101","dst":"s","dcontext":"from-trunk","uniqueid":"1.1","calldate":)"
                           R"("2026-02-14T09:00:00+02","duration":30,"billsec":25,"disposition":"ANSWERED",)" +
                           more + "}]");
    EXPECT_EQ(call_of(got->at(0)).talk_seconds, 0u);
    return call_of(got->at(0)).disposition;
  };
  EXPECT_EQ(how(R"("lastapp":"Playback")"), call_disposition::no_answer);
  EXPECT_EQ(how(R"("lastapp":"VoiceMail","dstchannel":"PJSIP/901-2")"), call_disposition::voicemail);
}

TEST(asterisk, counts_no_waiting_where_more_was_talked_than_there_was_time) {
  const auto got =
      parse(R"([{"src":"0200000101","dst":"901","dcontext":"from-trunk","linkedid":"1.1","calldate":)"
            R"("2026-02-14 09:00:00","duration":5,"billsec":25,"disposition":"ANSWERED","dstchannel":"PJSIP/901-2"}])");
  EXPECT_FALSE(call_of(got->at(0)).waiting_seconds);
  EXPECT_EQ(call_of(got->at(0)).talk_seconds, 25u);
}

TEST(asterisk, keeps_rows_that_cannot_be_read_and_goes_on_with_the_rest) {
  const auto got = parse(R"([5,{"linkedid":"1.1"},{"linkedid":"1.2","calldate":"2026-02-14 09:00:00","duration":5,"billsec":0,)"
                         R"("src":"0200000101","dst":"901","disposition":"BUSY"},{"linkedid":"0200000101","calldate":)"
                         R"("2026-02-14 09:00:00","duration":5,"billsec":0,"src":"0200000101"}])");
  ASSERT_TRUE(got.has_value());
  std::size_t refused = 0;
  for (const auto& e : *got)
    if (const auto* kept = std::get_if<hub::message::unparsed>(&e.data)) {
      ++refused;
      EXPECT_THAT(kept->reason, testing::Not(testing::HasSubstr("0200000101")));
    }
  EXPECT_EQ(refused, 3u);
  EXPECT_EQ(got->size(), 4u);
  EXPECT_FALSE(parse("[{").has_value());
}

}  // namespace
