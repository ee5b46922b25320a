#include "connectors/telephony/binotel/normalize.hpp"

#include "connectors/body.hpp"
#include "connectors/telephony/form.hpp"
#include "connectors/telephony/rows.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <array>

namespace connectors::telephony::binotel {

using boost::json::object;
using hub::message::call_direction;
using hub::message::call_disposition;
using hub::message::call_record;
using hub::message::call_source;
using hub::message::call_step;
using hub::message::event;

namespace {

struct known_disposition {
  std::string_view word;
  call_disposition meaning;
};
// TRANSFER: this leg was handed over. Voice messages have talk seconds though nobody talked.
constexpr std::array dispositions{
    known_disposition{"ANSWER", call_disposition::answered},     known_disposition{"SUCCESS", call_disposition::answered},
    known_disposition{"TRANSFER", call_disposition::answered},   known_disposition{"NOANSWER", call_disposition::no_answer},
    known_disposition{"NO ANSWER", call_disposition::no_answer}, known_disposition{"CANCEL", call_disposition::canceled},
    known_disposition{"BUSY", call_disposition::busy},           known_disposition{"CONGESTION", call_disposition::failed},
    known_disposition{"CHANUNAVAIL", call_disposition::failed},  known_disposition{"FAILED", call_disposition::failed},
    known_disposition{"VM", call_disposition::voicemail},        known_disposition{"VM-SUCCESS", call_disposition::voicemail},
};

/// A call that goes on, or no call at all.
bool tells_no_end(std::string_view disposition) {
  return disposition == "ONLINE" || disposition == "CALLING" || disposition.starts_with("SMS-");
}

/// Present and former names of the same field.
std::string either(const object& from, std::string_view name, std::string_view former, std::string_view formerly = {}) {
  for (const auto& one : {name, former, formerly})
    if (!one.empty())
      if (auto text = field(from, one); !text.empty()) return text;
  return {};
}

class reader {
 public:
  reader(const account_context& of, const settings& with, hub::instant received_at) : of_(of), with_(with), at_(received_at) {}

  std::optional<event> webhook(const object& body) const {
    const auto type = field(body, "requestType");
    if (type == "apiCallSettings") return std::nullopt;
    if (type == "apiCallCompleted") return summary(object_in(body, "callDetails", "callDetails"), call_source::completed);
    if (type == "receivedTheCall") return going_on(body, call_step::started);
    // Handed over to somebody else: it was answered before.
    if (type == "answeredTheCall" || type == "transferredTheCall") return going_on(body, call_step::answered);
    if (type == "hangupTheCall") return going_on(body, call_step::ended);
    refuse_body("requestType", type.empty() ? "is missing" : "is not known");
  }

  /// A call that is over, whole; nothing for one that goes on and for an SMS.
  std::optional<event> summary(const object& body, call_source source) const {
    check_company(body);
    if (tells_no_end(field(body, "disposition"))) return std::nullopt;
    people who(of_, with_);
    call_record made = begin(who, body);
    made.source = source;
    if (const auto* line = object_if(body, "pbxNumberData")) made.line = who.line(field(*line, "number"));
    if (const auto* outside = object_if(body, "customerDataFromOutside")) who.read(field(*outside, "externalNumber"));
    made.started_at = unix_time_of(field(body, "startTime"));
    made.waiting_seconds = seconds_of(field(body, "waitsec"));
    for (const auto* row : rows_in(body, "historyData"))
      if (seconds_of(field(*row, "billsec")).value_or(0) > 0)
        if (auto name = who.manager(field(*row, "internalNumber")); !name.empty()) made.manager = name;
    read_end(body, made);
    const auto answered = later(made.started_at, made.waiting_seconds);
    made.ended_at = later(answered, seconds_of(field(body, "billsec")));
    if (made.step == call_step::ended && made.talk_seconds.value_or(0) > 0) made.answered_at = answered;
    // Links to the recording hold the client's number: it is asked for by the call's id instead.
    const bool recorded = field(body, "recordingStatus") == "uploaded";
    const auto recording = recorded ? "rec:" + of_.channel + ":" + made.call_id : std::string();
    return call_event({of_, with_, at_}, who, std::move(made), recording);
  }

 private:
  void check_company(const object& body) const {
    const auto company = field(body, "companyID");
    if (!company.empty() && company != with_.company_id) refuse_body("companyID", "is not this account's");
  }

  call_record begin(people& who, const object& body) const {
    call_record made;
    made.call_id = field(body, "generalCallID");
    const auto type = field(body, "callType");
    if (type == "0") made.direction = call_direction::inbound;
    if (type == "1") made.direction = call_direction::outbound;
    made.customer = who.customer(either(body, "externalNumber", type == "1" ? "dstNumber" : "srcNumber"));
    made.line = who.line(either(body, "pbxNumber", "didNumber"));
    made.manager = who.manager(either(body, "internalNumber", "extNumber"));
    return made;
  }

  std::optional<event> going_on(const object& body, call_step step) const {
    check_company(body);
    people who(of_, with_);
    call_record made = begin(who, body);
    made.step = step;
    if (step == call_step::ended) {
      if (tells_no_end(field(body, "disposition"))) return std::nullopt;
      read_end(body, made);
    }
    return call_event({of_, with_, at_}, who, std::move(made));
  }

  static void read_end(const object& body, call_record& made) {
    made.step = call_step::ended;
    made.talk_seconds = seconds_of(field(body, "billsec"));
    const auto word = field(body, "disposition");
    const auto known =
        std::find_if(dispositions.begin(), dispositions.end(), [&](const known_disposition& d) { return d.word == word; });
    if (known != dispositions.end())
      end_call(made, known->meaning);
    else if (!word.empty() || made.talk_seconds)
      end_call(made, made.talk_seconds.value_or(0) > 0 ? call_disposition::answered : call_disposition::failed);
  }

  const account_context& of_;
  const settings& with_;
  hub::instant at_;
};

/// The calls of an answer: a list, or an object of calls by their id; a bare list is one that was kept.
boost::json::array calls_in(const boost::json::value& answer) {
  if (const auto* kept = answer.if_array()) return *kept;
  const auto* root = answer.if_object();
  if (!root) refuse_body("", "expected an object");
  if (field(*root, "status") != "success") refuse_body("status", "the provider answered with an error");
  const auto* calls = root->if_contains("callDetails");
  if (!calls) refuse_body("callDetails", "is missing");
  if (const auto* list = calls->if_array()) return *list;
  const auto* by_id = calls->if_object();
  if (!by_id) refuse_body("callDetails", "expected a list or an object");
  boost::json::array list;
  for (const auto& one : *by_id) list.push_back(one.value());
  return list;
}

}  // namespace

hub::result<std::vector<event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                          hub::instant received_at) {
  const reader read(of, with, received_at);
  const auto text = hub::trim(body);
  try {
    if (text.starts_with('{') || text.starts_with('[')) {
      const auto parsed = hub::message::parse_json(text, body_limits);
      if (!parsed) return hub::problem{parsed.error().where, parsed.error().what};
      return read_rows({of, with, received_at}, calls_in(*parsed),
                       [&](const object& row) { return read.summary(row, call_source::poll); });
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

std::string answer_to(std::string_view body) {
  const auto pairs = parse_form(body);
  const auto asks = pairs && std::any_of(pairs->begin(), pairs->end(), [](const auto& pair) {
                      return pair.first == "requestType" && pair.second == "apiCallSettings";
                    });
  return asks ? "{}" : R"({"status":"success"})";
}

}  // namespace connectors::telephony::binotel
