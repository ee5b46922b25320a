#include "workers/store/contents.hpp"

#include "hub/db/arrays.hpp"
#include "hub/message/json.hpp"
#include "workers/store/messages.hpp"

namespace workers::store::contents {

namespace {

using hub::message::activity;
using hub::message::chat_message;
using hub::message::content_type;
using hub::message::event;
using hub::message::message_edited;
using hub::message::reaction;
using contents_by_key = std::map<std::string, stored_content>;

std::string text_of(const pqxx::field& f) { return f.is_null() ? std::string() : f.as<std::string>(); }

template <class T>
void read_column(const pqxx::field& f, T& to) {
  if (f.is_null()) return;
  const auto parsed = hub::message::parse_json(f.c_str());
  hub::message::json_reading reading;
  if (parsed) hub::message::read_json(*parsed, to, "", reading);
}

/// The key of a row of message_change; its kind and author by the event's.
struct change_of {
  const std::string* platform_id = nullptr;
  std::string_view kind, by_whom;
};
change_of change_in(const event& e) {
  if (const auto* edited = std::get_if<message_edited>(&e.data)) return {&edited->platform_id, "edited", ""};
  if (const auto* reacted = std::get_if<reaction>(&e.data)) return {&reacted->platform_id, reaction::kind, reacted->author};
  return {};
}

void find_messages(pqxx::work& tx, const hub::db::array& keys, bool lock, contents_by_key& found) {
  const std::string columns =
      "select event_key, id, direction, type, content, extract(epoch from sent_at) * 1000, reply_to, platform_id, details::text"
      " from message where event_key = any ($1::text[]) order by event_key";
  for (const auto& row : tx.exec_params(columns + (lock ? " for no key update" : ""), keys.text())) {
    chat_message said;
    said.direction = hub::value_of<hub::message::direction>(row[2].c_str()).value_or(said.direction);
    said.type = hub::value_of<content_type>(row[3].c_str()).value_or(content_type::unsupported);
    said.text = text_of(row[4]);
    said.reply_to = text_of(row[6]);
    said.platform_id = text_of(row[7]);
    message_details<chat_message> details{said};
    read_column(row[8], details);
    const hub::instant at(std::chrono::milliseconds(static_cast<std::int64_t>(row[5].as<double>())));
    found[text_of(row[0])] = {std::move(said), at, row[1].as<std::int64_t>()};
  }
  for (const auto& row : tx.exec_params("select event_key, part, type, file_name, claimed_size, claimed_seconds from media_fetch"
                                        " where event_key = any ($1::text[]) order by event_key, length(part), part",
                                        keys.text())) {
    const auto of = found.find(text_of(row[0]));
    if (of == found.end()) continue;
    auto& one = std::get<chat_message>(of->second.said).attachments.emplace_back();
    one.part = text_of(row[1]);
    one.type = hub::value_of<content_type>(row[2].c_str()).value_or(content_type::file);
    one.file_name = text_of(row[3]);
    if (!row[4].is_null()) one.size = row[4].as<std::uint64_t>();
    if (!row[5].is_null()) one.seconds = row[5].as<std::uint32_t>();
  }
}

// Only where the event is still the newest told: what a later one replaced is not there to be compared.
void find_changes(pqxx::work& tx, const std::vector<const event*>& events, bool lock, contents_by_key& found) {
  hub::db::array platform_ids, channels, accounts, kinds, authors, times;
  std::vector<const event*> asked;
  for (const auto* e : events) {
    const auto change = change_in(*e);
    if (!change.platform_id) continue;
    platform_ids.add(*change.platform_id);
    channels.add(e->channel);
    accounts.add(e->account);
    kinds.add(change.kind);
    authors.add(change.by_whom);
    times.add(e->time);
    asked.push_back(e);
  }
  if (asked.empty()) return;
  const std::string columns =
      "select w.n, c.content, c.location::text from unnest($1::text[], $2::message_channel[], $3::text[],"
      " $4::message_change_kind[], $5::text[], $6::timestamptz[]) with ordinality as w(platform_id, channel, account, kind,"
      " by_whom, at, n) join message_change c on c.platform_id = w.platform_id and c.channel = w.channel"
      " and c.account = w.account and c.kind = w.kind and c.by_whom = w.by_whom and c.at = w.at order by w.n";
  for (const auto& row : tx.exec_params(columns + (lock ? " for no key update of c" : ""), platform_ids.text(), channels.text(),
                                        accounts.text(), kinds.text(), authors.text(), times.text())) {
    const auto& e = *asked[row[0].as<std::size_t>() - 1];
    stored_content stored{e.data, e.time, std::nullopt};
    if (auto* edited = std::get_if<message_edited>(&stored.said)) {
      edited->text = text_of(row[1]);
      edited->location.reset();
      if (!row[2].is_null()) read_column(row[2], edited->location.emplace());
    } else {
      std::get<reaction>(stored.said).emoji = text_of(row[1]);
    }
    found[e.key] = std::move(stored);
  }
}

void find_activities(pqxx::work& tx, const std::vector<const event*>& events, bool lock, contents_by_key& found) {
  hub::db::array keys, details;
  std::vector<const event*> asked;
  for (const auto* e : events) {
    const auto* told = std::get_if<activity>(&e->data);
    if (!told) continue;
    keys.add(e->key);
    details.add(told->details.empty() ? "{}" : told->details);
    asked.push_back(e);
  }
  if (asked.empty()) return;
  // The server compares: it keeps members in an order of its own.
  const std::string columns =
      "select w.n, a.activity, extract(epoch from a.at) * 1000, a.data::text, a.data = w.details::jsonb"
      " from unnest($1::text[], $2::text[]) with ordinality as w(key, details, n) join activity a on a.event_key = w.key"
      " order by w.key";
  for (const auto& row : tx.exec_params(columns + (lock ? " for no key update of a" : ""), keys.text(), details.text())) {
    const auto& e = *asked[row[0].as<std::size_t>() - 1];
    activity told = std::get<activity>(e.data);
    told.activity = text_of(row[1]);
    if (!row[4].as<bool>()) told.details = text_of(row[3]);
    const hub::instant at(std::chrono::milliseconds(static_cast<std::int64_t>(row[2].as<double>())));
    found[e.key] = {std::move(told), at, std::nullopt};
  }
}

void update_message(pqxx::work& tx, const event& now, const chat_message& said) {
  const auto details = details_of(said);
  tx.exec_params0(
      "update message set type = $2::message_type, content = $3, reply_to = nullif($4, ''), details = nullif($5, '')::jsonb,"
      " updated_at = now() where event_key = $1",
      now.key, std::string(hub::name_of(said.type)), said.text, said.reply_to, details);
  if (said.attachments.empty()) return;
  fetch_columns rows;
  for (const auto& a : said.attachments) rows.add(now, a);
  tx.exec_params0(
      "update media_fetch f set type = w.type::message_type, file_name = w.file_name, claimed_size = w.size,"
      " claimed_seconds = w.seconds, updated_at = now()"
      " from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::integer[]) as w(part, type, file_name, size, seconds)"
      " where f.event_key = $1 and f.part = w.part and (f.type::text, f.file_name, f.claimed_size, f.claimed_seconds)"
      " is distinct from (w.type, w.file_name, w.size, w.seconds)",
      now.key, rows.part.text(), rows.type.text(), rows.file_name.text(), rows.size.text(), rows.seconds.text());
  messages::insert_fetches(tx, rows);
}

}  // namespace

std::string details_of(const chat_message& said) {
  auto json = hub::message::to_json(message_details<const chat_message>{said});
  return json == "{}" ? "" : json;
}

contents_by_key find(pqxx::work& tx, const std::vector<const event*>& events, bool lock) {
  contents_by_key found;
  hub::db::array messages;
  for (const auto* e : events)
    if (std::holds_alternative<chat_message>(e->data)) messages.add(e->key);
  if (!messages.empty()) find_messages(tx, messages, lock, found);
  find_changes(tx, events, lock, found);
  find_activities(tx, events, lock, found);
  return found;
}

void update(pqxx::work& tx, const event& now) {
  if (const auto* said = std::get_if<chat_message>(&now.data)) return update_message(tx, now, *said);
  if (const auto* told = std::get_if<activity>(&now.data)) {
    tx.exec_params0("update activity set data = $2::jsonb where event_key = $1", now.key,
                    told->details.empty() ? std::string("{}") : told->details);
    return;
  }
  const auto change = change_in(now);
  if (!change.platform_id) return;
  const auto* edited = std::get_if<message_edited>(&now.data);
  const auto location = edited && edited->location ? hub::message::to_json(*edited->location) : std::string();
  tx.exec_params0(
      "update message_change set content = $6, location = nullif($7, '')::jsonb where platform_id = $1"
      " and channel = $2::message_channel and account = $3 and kind = $4::message_change_kind and by_whom = $5",
      *change.platform_id, now.channel, now.account, std::string(change.kind), std::string(change.by_whom),
      edited ? edited->text : std::get<reaction>(now.data).emoji, location);
}

bool keep(pqxx::work& tx, const event& now, const std::string& body) {
  return tx.exec_params("update event_body set body = $3 where received_at = $1::timestamptz and key = $2",
                        hub::to_rfc3339(now.received_at), now.key, body)
             .affected_rows() > 0;
}

}  // namespace workers::store::contents
