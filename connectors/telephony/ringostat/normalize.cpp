#include "connectors/telephony/ringostat/normalize.hpp"

#include "connectors/body.hpp"
#include "connectors/telephony/form.hpp"
#include "connectors/telephony/rows.hpp"
#include "hub/base/text.hpp"
#include "hub/base/time_zone.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <array>

namespace connectors::telephony::ringostat {

using boost::json::object;
using hub::message::call_direction;
using hub::message::call_disposition;
using hub::message::call_record;
using hub::message::call_source;
using hub::message::call_step;
using hub::message::event;

namespace {

struct known_status {
  std::string_view word;
  call_disposition meaning;
};
// Help page "Call statuses". Voice messages have talk seconds though nobody talked.
constexpr std::array statuses{
    known_status{"ANSWERED", call_disposition::answered},   known_status{"PROPER", call_disposition::answered},
    known_status{"REPEATED", call_disposition::answered},   known_status{"NO ANSWER", call_disposition::no_answer},
    known_status{"NOANSWER", call_disposition::no_answer},  known_status{"CLIENT NO ANSWER", call_disposition::no_answer},
    known_status{"BUSY", call_disposition::busy},           known_status{"FAILED", call_disposition::failed},
    known_status{"VOICEMAIL", call_disposition::voicemail},
};

/// Words that say that it is not over.
bool goes_on(std::string_view status) { return status == "CALLING" || status == "IN PROGRESS"; }

std::string upper(std::string text) {
  for (char& c : text) c = c == '_' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

enum class moment { before, answer, after };

class reader {
 public:
  reader(const account_context& of, const settings& with, hub::instant received_at) : of_(of), with_(with), at_(received_at) {}

  event webhook(const object& body) const { return call(body, call_source::webhook, moment_of(body)); }
  std::string id_of(const object& body) const { return first(body, with_.fields.call_id); }
  /// The customer's side of a row; nobody's where it does not say who rang whom.
  party customer_of(people& who, const object& body) const {
    const auto way = direction_of(body);
    if (!way) return {};
    for (const auto& path : *way == call_direction::inbound ? with_.fields.client_in : with_.fields.client_out)
      if (auto side = who.read(field_at(body, path)); side.kind == party_kind::external) return side;
    return {};
  }
  /// Nothing for a call that goes on: the next list has it again.
  std::optional<event> row(const object& body) const {
    if (goes_on(status_of(body))) return std::nullopt;
    return call(body, call_source::poll, moment::after);
  }

 private:
  std::string first(const object& body, const std::vector<std::string>& paths) const {
    for (const auto& path : paths)
      if (auto text = field_at(body, path); !text.empty()) return text;
    return {};
  }
  std::optional<std::uint32_t> seconds(const object& body, const std::vector<std::string>& paths) const {
    return seconds_of(first(body, paths));
  }
  std::string status_of(const object& body) const { return upper(std::string(hub::trim(first(body, with_.fields.disposition)))); }

  moment moment_of(const object& body) const {
    auto name = first(body, with_.fields.event);
    if (const auto meant = with_.event_values.find(name); meant != with_.event_values.end()) name = meant->second;
    name = upper(name);
    const auto status = status_of(body);
    const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
    if (has("AFTER")) return goes_on(status) ? moment::before : moment::after;
    if (has("BEFORE")) return moment::before;
    if (has("ANSWER")) return moment::answer;
    return status.empty() || goes_on(status) ? moment::before : moment::after;
  }

  std::optional<call_direction> direction_of(const object& body) const {
    const auto type = upper(first(body, with_.fields.call_type)), name = upper(first(body, with_.fields.event));
    // A call back that the widget on the site asked for is the client's call.
    if (type == "IN" || type == "CALLBACK" || type == "INCOMING") return call_direction::inbound;
    if (type == "OUT" || type == "OUTGOING") return call_direction::outbound;
    if (name.starts_with("INCOMING")) return call_direction::inbound;
    if (name.starts_with("OUTGOING")) return call_direction::outbound;
    return std::nullopt;
  }

  /// The first that names somebody; all are read, so that none of them goes out in a link.
  static std::vector<hub::message::identity> customer(people& who, const object& body, const std::vector<std::string>& paths) {
    std::vector<hub::message::identity> found;
    for (const auto& path : paths)
      if (auto one = who.customer(field_at(body, path)); found.empty()) found = std::move(one);
    return found;
  }

  std::string manager(people& who, const object& body) const {
    for (const auto* paths : {&with_.fields.extension, &with_.fields.sip_login})
      if (auto name = who.manager(first(body, *paths)); !name.empty()) return name;
    return {};
  }

  event call(const object& body, call_source source, moment when) const {
    people who(of_, with_);
    call_record made;
    made.call_id = first(body, with_.fields.call_id);
    made.source = source;
    made.direction = direction_of(body);
    const auto in = customer(who, body, with_.fields.client_in), out = customer(who, body, with_.fields.client_out);
    if (made.direction == call_direction::inbound) {
      made.customer = in;
      made.line = who.line(first(body, with_.fields.project_number));
    } else if (made.direction == call_direction::outbound) {
      made.customer = out;
    }
    made.manager = manager(who, body);
    made.started_at = hub::parse_wall_clock(first(body, with_.fields.calldate), with_.time_zone);
    made.waiting_seconds = seconds(body, with_.fields.waittime);
    std::string recording;
    if (when == moment::answer) {
      made.step = call_step::answered;
      made.answered_at = later(made.started_at, made.waiting_seconds);
    } else if (when == moment::after) {
      recording = first(body, with_.fields.recording);
      read_end(body, made);
    }
    return call_event({of_, with_, at_}, who, std::move(made), recording);
  }

  void read_end(const object& body, call_record& made) const {
    made.step = call_step::ended;
    made.talk_seconds = seconds(body, with_.fields.billsec);
    made.ended_at = later(made.started_at, seconds(body, with_.fields.duration));
    if (made.talk_seconds.value_or(0) > 0) made.answered_at = earlier(made.ended_at, made.talk_seconds);
    const auto status = status_of(body);
    const auto known = std::find_if(statuses.begin(), statuses.end(), [&](const known_status& s) { return s.word == status; });
    if (known != statuses.end())
      end_call(made, known->meaning);
    else if (!status.empty() || made.talk_seconds)
      end_call(made, made.talk_seconds.value_or(0) > 0 ? call_disposition::answered : call_disposition::failed);
  }

  const account_context& of_;
  const settings& with_;
  hub::instant at_;
};

/// The parameters of a JSON-RPC call, else the body itself.
const object& call_in(const object& body) {
  if (!body.contains("jsonrpc")) return body;
  const auto* params = body.if_contains("params");
  if (const auto* list = params ? params->if_array() : nullptr; list && !list->empty()) params = &list->front();
  const auto* found = params ? params->if_object() : nullptr;
  return found ? *found : body;
}

}  // namespace

hub::result<std::vector<event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                          hub::instant received_at) {
  const reader read(of, with, received_at);
  const auto text = hub::trim(body);
  const bool is_json = text.starts_with('{') || text.starts_with('[');
  try {
    if (!is_json) {
      const auto pairs = parse_form(text);
      if (!pairs) return pairs.error();
      const auto tree = form_tree(*pairs);
      if (!tree) return tree.error();
      return std::vector{read.webhook(*tree)};
    }
    const auto parsed = hub::message::parse_json(text, body_limits);
    if (!parsed) return hub::problem{parsed.error().where, parsed.error().what};
    const auto* root = parsed->if_object();
    const auto* rows = root ? array_if(*root, "data") : parsed->if_array();
    if (rows) return read_rows({of, with, received_at}, *rows, [&](const object& row) { return read.row(row); });
    if (root->contains("error")) return hub::problem{"error", "the provider answered with an error"};
    return std::vector{read.webhook(call_in(*root))};
  } catch (const refused_body& r) {
    return r.why;
  }
}

party customer_in(const account_context& of, const settings& with, people& who, const boost::json::value& list,
                  std::string_view call_id) {
  const reader read(of, with, {});
  const auto* root = list.if_object();
  const auto* rows = root ? array_if(*root, "data") : list.if_array();
  if (!rows) return {};
  for (const auto& one : *rows)
    if (const auto* row = one.if_object(); row && read.id_of(*row) == call_id) return read.customer_of(who, *row);
  return {};
}

}  // namespace connectors::telephony::ringostat
