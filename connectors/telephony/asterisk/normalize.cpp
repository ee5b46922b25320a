#include "connectors/telephony/asterisk/normalize.hpp"

#include "connectors/body.hpp"
#include "connectors/telephony/asterisk/cdr_file.hpp"
#include "connectors/telephony/asterisk/sides.hpp"
#include "connectors/telephony/form.hpp"
#include "connectors/telephony/rows.hpp"
#include "hub/base/text.hpp"
#include "hub/base/time_zone.hpp"

#include <algorithm>
#include <map>

namespace connectors::telephony::asterisk {

using boost::json::object;
using hub::message::call_direction;
using hub::message::call_disposition;
using hub::message::call_record;
using hub::message::call_source;
using hub::message::call_step;
using hub::message::event;

namespace {

// ---- the manager interface ------------------------------------------------------------------------------------------

constexpr std::string_view state_up = "6";

/// Seconds since 1970 with a fraction, where `timestampevents` is on.
std::optional<hub::instant> time_of(const ami_event& told) {
  const auto text = told.field("Timestamp");
  return unix_time_of(text.substr(0, text.find('.')));
}

/// How a call ended that was never up, by its Q.850 cause.
std::optional<call_disposition> disposition_of(std::string_view cause) {
  if (cause == "17") return call_disposition::busy;
  if (cause == "18" || cause == "19") return call_disposition::no_answer;
  if (cause == "1" || cause == "27" || cause == "34" || cause == "38" || cause == "41" || cause == "42")
    return call_disposition::failed;
  return std::nullopt;
}

std::optional<event> ami_call(const surroundings& in, const settings& with, const ami_event& told) {
  const auto name = told.field("Event");
  const bool begins = name == "Newchannel", answers = name == "DialEnd" && told.field("DialStatus") == "ANSWER",
             ends = name == "Hangup";
  if (!begins && !answers && !ends) return std::nullopt;
  const auto linked = told.field("Linkedid");
  // Only the channel that began the call begins and ends it.
  if (!answers && told.field("Uniqueid") != linked) return std::nullopt;

  people who(in.of, in.with);
  for (const auto* other : {"CallerIDName", "ConnectedLineName", "DestConnectedLineNum", "DialString"})
    who.read(told.field(other));
  const auto side = sides_of(who, with, told.field("Context"), told.field("CallerIDNum"),
                             {told.field("Exten"), told.field("ConnectedLineNum"), told.field("DestCallerIDNum")});
  if (!side) return std::nullopt;
  const bool inbound = side->direction == call_direction::inbound;

  call_record made;
  made.call_id = linked;
  made.direction = side->direction;
  made.customer = side->customer;
  if (inbound) made.line = who.line(told.field("Exten"));
  if (!inbound) made.manager = extension_of(who, with, told.field("Channel"));
  const auto at = time_of(told);
  if (begins) {
    made.started_at = at;
  } else if (answers) {
    made.step = call_step::answered;
    made.answered_at = at;
    if (inbound) made.manager = extension_of(who, with, told.field("DestChannel"));
  } else {
    made.step = call_step::ended;
    made.ended_at = at;
    // One that was up may have been answered by a person or by a menu: those who answered have told.
    const auto how = told.field("ChannelState") == state_up ? std::nullopt : disposition_of(told.field("Cause"));
    if (how) end_call(made, *how);
  }
  return call_event(in, who, std::move(made));
}

// ---- the table of calls ---------------------------------------------------------------------------------------------

struct cdr {
  const boost::json::value* row = nullptr;
  std::string call_id, context, caller, dialled, channel, dialled_channel, application, disposition, recording, caller_name;
  hub::instant begun{};
  std::uint32_t seconds = 0, talk = 0;

  bool is_talk() const { return disposition == "ANSWERED" && talk > 0 && !dialled_channel.empty() && !is_voice_message(); }
  bool is_voice_message() const { return application == "VoiceMail"; }
  hub::instant ended() const { return begun + std::chrono::seconds(seconds); }
};

/// With the offset that PostgreSQL and JSON write, or by the account's clock.
std::optional<hub::instant> begun_at(std::string text, const std::string& zone) {
  if (auto at = hub::parse_wall_clock(text, zone)) return at;
  // "+0200" and "+02" as well as "+02:00".
  if (const auto sign = text.find_last_of("+-"); sign != std::string::npos && sign >= 19) {
    if (text.size() - sign == 5) text.insert(sign + 3, ":");
    if (text.size() - sign == 3) text += ":00";
  }
  const auto at = hub::parse_rfc3339(text);
  return at ? std::optional(*at) : std::nullopt;
}

cdr read_row(const boost::json::value& from, const settings& with) {
  const auto* row = from.if_object();
  if (!row) refuse_body("row", "expected an object");
  // One that was refused because cdr_columns were wrong may be read by now.
  boost::json::object line;
  if (const auto text = field(*row, "line"); !text.empty()) {
    line = fields_of(text, with.cdr_columns);
    if (line.contains("line")) refuse_body("line", "has another number of columns than cdr_columns");
    row = &line;
  }
  cdr made;
  made.row = &from;
  made.call_id = field(*row, "linkedid");
  if (made.call_id.empty()) made.call_id = field(*row, "uniqueid");
  if (made.call_id.empty()) refuse_body("linkedid", "is missing");
  made.context = field(*row, "dcontext");
  made.caller = field(*row, "src");
  made.caller_name = field(*row, "clid");
  made.dialled = field(*row, "dst");
  made.channel = field(*row, "channel");
  made.dialled_channel = field(*row, "dstchannel");
  made.application = field(*row, "lastapp");
  made.disposition = field(*row, "disposition");
  made.recording = field(*row, "recordingfile");
  const auto begun = begun_at(field(*row, "calldate"), with.time_zone);
  if (!begun) refuse_body("calldate", "expected a time");
  made.begun = *begun;
  const auto seconds = seconds_of(field(*row, "duration")), talk = seconds_of(field(*row, "billsec"));
  if (!seconds) refuse_body("duration", "expected seconds");
  if (!talk) refuse_body("billsec", "expected seconds");
  made.seconds = *seconds;
  made.talk = *talk;
  return made;
}

call_disposition disposition_of(const cdr& row) {
  if (row.is_talk()) return call_disposition::answered;
  if (row.is_voice_message() && row.talk > 0) return call_disposition::voicemail;
  if (row.disposition == "BUSY") return call_disposition::busy;
  // A menu or a melody answered.
  if (row.disposition == "ANSWERED" || row.disposition == "NO ANSWER") return call_disposition::no_answer;
  return call_disposition::failed;
}

/// All rows of one call, the first first.
std::optional<event> cdr_call(const surroundings& in, const settings& with, const std::vector<cdr>& rows) {
  people who(in.of, in.with);
  for (const auto& row : rows)
    for (const auto* text : {&row.caller, &row.dialled, &row.caller_name}) who.read(*text);
  std::optional<sides> side;
  for (const auto& row : rows)
    if (!side) side = sides_of(who, with, row.context, row.caller, {row.dialled});
  if (!side) return std::nullopt;
  const bool inbound = side->direction == call_direction::inbound;

  call_record made;
  made.call_id = rows.front().call_id;
  made.source = call_source::cdr;
  made.direction = side->direction;
  made.customer = side->customer;
  made.started_at = rows.front().begun;
  auto how = call_disposition::failed;
  std::uint32_t talk = 0;
  std::string recording;
  for (const auto& row : rows) {
    how = std::max(how, disposition_of(row));
    made.started_at = std::min(*made.started_at, row.begun);
    made.ended_at = std::max(made.ended_at.value_or(row.ended()), row.ended());
    if (!row.recording.empty()) recording = "rec:" + in.of.channel + ":" + row.recording;
    if (!inbound && made.manager.empty()) made.manager = extension_of(who, with, row.channel);
    if (inbound && made.line.empty()) made.line = who.line(row.dialled);
    if (!row.is_talk()) continue;
    talk += row.talk;
    const auto answered = row.ended() - std::chrono::seconds(row.talk);
    made.answered_at = std::min(made.answered_at.value_or(answered), answered);
    // Handed over, the last one has it.
    if (inbound)
      if (auto name = extension_of(who, with, row.dialled_channel); !name.empty()) made.manager = std::move(name);
  }
  made.talk_seconds = talk;
  end_call(made, how);
  const auto waited =
      std::chrono::duration_cast<std::chrono::seconds>(made.answered_at.value_or(*made.ended_at) - *made.started_at).count();
  // More talk than there was time is a row that somebody wrote.
  if (waited >= 0) made.waiting_seconds = static_cast<std::uint32_t>(waited);
  return call_event(in, who, std::move(made), recording);
}

}  // namespace

party outside_of(people& who, const settings& with, const std::vector<object>& rows) {
  for (const auto& fields : rows) {
    try {
      const boost::json::value row(fields);
      const auto read = read_row(row, with);
      if (const auto side = sides_of(who, with, read.context, read.caller, {read.dialled})) return side->outside;
    } catch (const refused_body&) {
    }
  }
  return {};
}

hub::result<std::optional<event>> normalize_ami(const account_context& of, const settings& with, const ami_event& told,
                                                hub::instant received_at) {
  try {
    return ami_call({of, with, received_at}, with, told);
  } catch (const refused_body& r) {
    return r.why;
  }
}

hub::result<std::vector<event>> normalize_cdr(const account_context& of, const settings& with, std::string_view rows,
                                              hub::instant received_at) {
  const auto parsed = hub::message::parse_json(rows, body_limits);
  if (!parsed) return hub::problem{parsed.error().where, parsed.error().what};
  const auto* list = parsed->if_array();
  if (!list) return hub::problem{"", "expected a list of rows"};
  if (list->size() > most_rows) return hub::problem{"", "more rows than are asked for at once"};
  const surroundings in{of, with, received_at};
  std::vector<event> events;
  std::map<std::string, std::vector<cdr>> calls;
  for (const auto& row : *list) {
    try {
      auto read = read_row(row, with);
      calls[read.call_id].push_back(std::move(read));
    } catch (const refused_body& r) {
      events.push_back(refused_rows(in, boost::json::array{row}, r.why));
    }
  }
  for (auto& [id, its] : calls) {
    std::stable_sort(its.begin(), its.end(), [](const cdr& a, const cdr& b) { return a.begun < b.begun; });
    try {
      if (auto made = cdr_call(in, with, its)) events.push_back(std::move(*made));
    } catch (const refused_body& r) {
      boost::json::array kept;
      for (const auto& one : its) kept.push_back(*one.row);
      events.push_back(refused_rows(in, kept, r.why));
    }
  }
  return events;
}

hub::result<std::vector<event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                          hub::instant received_at) {
  if (hub::trim(body).starts_with('[')) return normalize_cdr(of, with, body, received_at);
  std::vector<event> events;
  ami_stream stream;
  auto blocks = stream.put(body);
  for (auto& last : stream.put("\n\n")) blocks.push_back(std::move(last));
  for (const auto& block : blocks) {
    auto made = normalize_ami(of, with, block, received_at);
    if (!made) return made.error();
    if (*made) events.push_back(std::move(**made));
  }
  return events;
}

}  // namespace connectors::telephony::asterisk
