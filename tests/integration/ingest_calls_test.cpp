// Calls that ingest keeps and makes nothing of yet.

#include "hub/base/crypto.hpp"
#include "tests/integration/ingest_fixture.hpp"

namespace {

using namespace test_support;

class calls : public ingest_fixture {
 protected:
  void SetUp() override { rules(team_options{}); }

  static hub::message::event call_of(int person, int n) {
    hub::message::call_record call;
    call.call_id = std::to_string(n);
    call.step = hub::message::call_step::missed;
    call.source = hub::message::call_source::poll;
    call.customer = {{"fingerprint", "", "fp:00000000:" + std::to_string(person)}};
    hub::message::event e;
    e.channel = "ringostat";
    e.account = "main";
    e.key = "ringostat:main:call:" + call.call_id + ":1";
    e.conversation = "call:ringostat:main:" + call.call_id;
    e.time = e.received_at = story_begins();
    e.data = call;
    return e;
  }
};

TEST_F(calls, are_kept_and_make_nothing) {
  process({call_of(1, 1), message_from(1, 1), call_of(1, 1), call_of(2, 2)});
  EXPECT_EQ(ask("select count(*) from event_key where kind = 'call'"), "2");
  EXPECT_EQ(ask("select count(*) from event_body where key like 'ringostat:%'"), "2");
  EXPECT_EQ(ask("select count(*) from quarantine"), "0");
  EXPECT_EQ(ask("select count(*) from identity where space = 'fingerprint' and customer_id is null"), "2");
  EXPECT_EQ(ask("select count(*) from customer"), "1") << "who wrote the message";
  EXPECT_EQ(ask("select count(*) from lead"), "1");
  EXPECT_EQ(ask("select count(*) from call_record"), "0");
}

TEST_F(calls, told_before_their_customer_writes_leave_the_message_as_it_is) {
  process({call_of(1, 1)});
  auto message = message_from(1, 1);
  std::get<hub::message::chat_message>(message.data).sender.identities.push_back({"fingerprint", "", "fp:00000000:1"});
  process({message});
  EXPECT_EQ(ask("select count(*) from customer"), "1");
  EXPECT_EQ(ask("select count(*) from identity where customer_id is not null"), "2");
  EXPECT_EQ(ask("select count(*) from quarantine"), "0");
}

}  // namespace
