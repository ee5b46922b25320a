#include "connectors/telephony/twilio/normalize.hpp"

#include "connectors/body.hpp"
#include "connectors/telephony/form.hpp"
#include "connectors/telephony/rows.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <array>

namespace connectors::telephony::twilio {

using boost::json::object;
using hub::message::call_direction;
using hub::message::call_disposition;
using hub::message::call_record;
using hub::message::call_source;
using hub::message::call_step;
using hub::message::event;

namespace {

/// One leg as a callback or a row of the list tells of it; the names differ, the words are the same.
struct leg {
  std::string sid, parent, account, from, to, status, direction, recording;
  std::optional<hub::instant> at;           ///< of this event, in a callback
  std::optional<hub::instant> begun, over;  ///< in a row
  std::optional<std::uint32_t> seconds;
  call_source source = call_source::webhook;
};

leg callback(const object& body) {
  leg made;
  made.sid = field(body, "CallSid");
  made.parent = field(body, "ParentCallSid");
  made.account = field(body, "AccountSid");
  made.from = field(body, "From");
  made.to = field(body, "To");
  made.status = field(body, "CallStatus");
  made.direction = field(body, "Direction");
  made.at = mail_time_of(field(body, "Timestamp"));
  made.seconds = seconds_of(field(body, "CallDuration"));
  made.recording = field(body, "RecordingUrl");
  return made;
}

leg row(const object& body) {
  leg made;
  made.sid = field(body, "sid");
  made.parent = field(body, "parent_call_sid");
  made.account = field(body, "account_sid");
  made.from = field(body, "from");
  made.to = field(body, "to");
  made.status = field(body, "status");
  made.direction = field(body, "direction");
  made.begun = mail_time_of(field(body, "start_time"));
  made.over = made.at = mail_time_of(field(body, "end_time"));
  made.seconds = seconds_of(field(body, "duration"));
  made.source = call_source::poll;
  return made;
}

/// What hidden callers are shown as: words spelled on the keys of a telephone. Shorter ones (UNKNOWN, PRIVATE) are no numbers.
bool spells_a_word(std::string_view number) {
  static constexpr std::array<std::string_view, 3> words{"266696687", "7378742833", "86282452253"};
  if (number.starts_with('+')) number.remove_prefix(1);
  return std::find(words.begin(), words.end(), number) != words.end();
}

struct ended_status {
  std::string_view word;
  call_disposition meaning;
};
constexpr std::array unanswered{
    ended_status{"busy", call_disposition::busy}, ended_status{"no-answer", call_disposition::no_answer},
    ended_status{"canceled", call_disposition::canceled}, ended_status{"failed", call_disposition::failed}};

class reader {
 public:
  reader(const account_context& of, const settings& with, hub::instant received_at) : of_(of), with_(with), at_(received_at) {}

  std::optional<event> webhook(const object& body) const {
    if (body.contains("CallStatus")) {
      people who(of_, with_);
      // Other sides of the same call, that no link may hold.
      for (const auto* name : {"Caller", "Called", "ForwardedFrom"}) who.read(field(body, name));
      return tell(who, callback(body));
    }
    return recording(body);
  }

  std::optional<event> listed(const object& body) const {
    people who(of_, with_);
    return tell(who, row(body));
  }

 private:
  void check_account(const std::string& account) const {
    if (account != with_.account_sid) refuse_body("AccountSid", "is not this account's");
  }

  std::optional<event> recording(const object& body) const {
    check_account(field(body, "AccountSid"));
    if (!body.contains("RecordingSid")) refuse_body("CallStatus", "is missing");
    if (field(body, "RecordingStatus") != "completed") return std::nullopt;
    people who(of_, with_);
    call_record made;
    made.call_id = field(body, "CallSid");
    made.step = call_step::recording_ready;
    return call_event({of_, with_, at_}, who, std::move(made), field(body, "RecordingUrl"));
  }

  std::optional<event> tell(people& who, const leg& told) const {
    check_account(told.account);
    call_record made;
    made.source = told.source;
    made.call_id = told.parent.empty() ? told.sid : told.parent;
    const bool goes_on = told.parent.empty() ? tell_parent(who, told, made) : tell_child(who, told, made);
    if (!goes_on) return std::nullopt;
    return call_event({of_, with_, at_}, who, std::move(made), told.recording);
  }

  static std::vector<hub::message::identity> customer(people& who, const std::string& number) {
    return spells_a_word(number) ? std::vector<hub::message::identity>{} : who.customer(number);
  }

  static bool is_beginning(std::string_view status) { return status == "queued" || status == "initiated" || status == "ringing"; }

  /// The leg with which the call began. That an inbound one is in progress proves nothing: the platform answers it to run its
  /// instructions, so its end says nothing about talk either. Of one that we dialled to the customer both do.
  bool tell_parent(people& who, const leg& told, call_record& made) const {
    const bool inbound = told.direction == "inbound";
    const auto to = who.read(told.to);
    const bool to_customer = !inbound && to.kind == party_kind::external && !who.is_own(to);
    made.direction = inbound ? call_direction::inbound : call_direction::outbound;
    made.customer = inbound ? customer(who, told.from) : customer(who, told.to);
    made.line = who.line(inbound ? told.to : told.from);
    if (!inbound) {
      made.manager = who.manager(told.from);
      if (made.manager.empty()) made.manager = who.manager(told.to);
    }
    if (const auto end = std::find_if(unanswered.begin(), unanswered.end(), [&](const auto& s) { return s.word == told.status; });
        end != unanswered.end()) {
      made.started_at = told.begun;
      made.ended_at = told.at;
      end_call(made, end->meaning);
      return true;
    }
    if (told.status == "completed") {
      made.step = call_step::ended;
      made.ended_at = told.at;
      const auto begun = told.begun ? told.begun : earlier(told.at, told.seconds);
      (to_customer ? made.answered_at : made.started_at) = begun;
      if (to_customer) {
        made.talk_seconds = told.seconds;
        made.disposition = call_disposition::answered;
      }
      return true;
    }
    const bool answered = told.status == "in-progress";
    if (!answered && !is_beginning(told.status)) refuse_body("CallStatus", "is not known");
    // The list has it again once it is over.
    if (told.source == call_source::poll) return false;
    made.step = answered && to_customer ? call_step::answered : call_step::started;
    (made.step == call_step::answered ? made.answered_at : made.started_at) = told.at;
    return true;
  }

  /// Somebody who was dialled for the call: who answers talks, and whoever does not ends nothing, for others may still ring.
  bool tell_child(people& who, const leg& told, call_record& made) const {
    const auto from = who.read(told.from), to = who.read(told.to);
    const bool ours_dials = from.kind == party_kind::internal || who.is_own(from);
    const bool inbound = to.kind != party_kind::external || who.is_own(to) || !ours_dials;
    made.direction = inbound ? call_direction::inbound : call_direction::outbound;
    made.customer = customer(who, inbound ? told.from : told.to);
    made.manager = who.manager(inbound ? told.to : told.from);
    if (std::any_of(unanswered.begin(), unanswered.end(), [&](const auto& s) { return s.word == told.status; })) return false;
    if (told.status == "completed" || told.status == "in-progress") {
      if (told.status == "in-progress" && told.source == call_source::poll) return false;
      made.step = call_step::answered;
      made.answered_at = told.begun ? told.begun : told.status == "completed" ? earlier(told.at, told.seconds) : told.at;
      if (told.status == "completed") made.talk_seconds = told.seconds;
      return true;
    }
    if (!is_beginning(told.status)) refuse_body("CallStatus", "is not known");
    if (told.source == call_source::poll) return false;
    made.started_at = told.at;
    return true;
  }

  const account_context& of_;
  const settings& with_;
  hub::instant at_;
};

}  // namespace

hub::result<std::vector<event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                          hub::instant received_at) {
  const reader read(of, with, received_at);
  const auto text = hub::trim(body);
  try {
    if (text.starts_with('{') || text.starts_with('[')) {
      const auto parsed = hub::message::parse_json(text, body_limits);
      if (!parsed) return hub::problem{parsed.error().where, parsed.error().what};
      const auto* root = parsed->if_object();
      const auto* rows = root ? array_if(*root, "calls") : parsed->if_array();
      if (!rows) return hub::problem{"calls", "expected a list of calls"};
      return read_rows({of, with, received_at}, *rows, [&](const object& one) { return read.listed(one); });
    }
    const auto pairs = parse_form(text);
    if (!pairs) return pairs.error();
    const auto tree = form_tree(*pairs);
    if (!tree) return tree.error();
    std::vector<event> events;
    if (auto made = read.webhook(*tree)) events.push_back(std::move(*made));
    return events;
  } catch (const refused_body& r) {
    return r.why;
  }
}

}  // namespace connectors::telephony::twilio
