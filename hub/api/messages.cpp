// POST /api/v1/leads/{id}/messages: a person's reply. One transaction writes the outgoing messages and their outbox rows, and
// does to the lead what a reply does; hub-worker sends them afterwards. What a platform would certainly refuse is refused here.

#include "hub/api/asked.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/media.hpp"
#include "hub/api/recipient.hpp"
#include "hub/api/reply_views.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/templates.hpp"
#include "hub/base/text.hpp"
#include "hub/media/kind.hpp"
#include "hub/message/reply.hpp"

#include <map>

namespace hub::api {

namespace {

using message::reply_part;
using message::send_asked;

constexpr std::chrono::hours longest_try{24};

// Files of a lead one may open, what one put there oneself, pictures of vehicles.
std::string select_files(const visitor& who) {
  return "select z.id, z.sha256, z.file_type, z.original_name, z.size from hub.media z where z.id = any ($2::bigint[]) and " +
         file_is_visible(who);
}
constexpr std::string_view select_photos = R"(
select z.id from hub.media z where z.vehicle_id = $1 and z.file_type like 'image/%' order by z.id limit 10)";

constexpr std::string_view insert_message = R"(
insert into hub.message (lead_id, customer_id, manager_id, channel, direction, type, content, media_id, sent_at, reply_to,
                         status, account, details)
values ($1, $2, $3, $4::hub.message_channel, 'outgoing', $5::hub.message_type, $6, $7, $8::timestamptz, nullif($9, ''),
        'queued', $10, nullif($11, '')::jsonb) returning id)";
constexpr std::string_view insert_outbox = R"(
insert into hub.outbox (message_id, reply_id, conversation, channel, account, part, payload, deadline, next_attempt_at)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::timestamptz, now()) returning id)";

struct kept_file {
  std::int64_t id = 0;
  message::outgoing_file file;
};

struct quoted {
  std::string platform_id, sealed_id;
};

std::vector<kept_file> files_of(const asked& a, const reply_given& given) {
  std::vector<std::int64_t> wanted = given.media;
  if (given.vehicle_photos) {
    const auto photos = a.sql.exec_params(std::string(select_photos), *given.vehicle_photos);
    if (photos.empty()) refuse(422, "No pictures", "This vehicle has no pictures.", "vehicle_photos");
    for (const auto& row : photos) wanted.push_back(row[0].as<std::int64_t>());
  }
  std::string ids;
  for (const auto id : wanted) ids += (ids.empty() ? "" : ",") + std::to_string(id);
  std::map<std::int64_t, message::outgoing_file> found;
  for (const auto& row : a.sql.exec_params(select_files(a.who), a.who.id, "{" + ids + "}")) {
    message::outgoing_file file;
    file.sha256 = text_of(row["sha256"]);
    file.type = text_of(row["file_type"]);
    file.size = row["size"].as<std::uint64_t>();
    file.file_name = text_of(row["original_name"]);
    if (file.file_name.empty())
      file.file_name = "file-" + std::to_string(row["id"].as<std::int64_t>()) + "." + std::string(media::extension_of(file.type));
    found[row["id"].as<std::int64_t>()] = std::move(file);
  }
  std::vector<kept_file> made;
  for (const auto id : wanted) {
    const auto at = found.find(id);
    if (at == found.end())
      refuse(422, "No such file", "File " + std::to_string(id) + " is not there, or not yours to send.", "media");
    if (const auto why = media::why_not("file", at->second.type); !why.empty()) refuse(422, "Not sent", why, "media");
    made.push_back({id, at->second});
  }
  return made;
}

/// The message answered: of the same conversation, and known to the platform.
quoted find_quoted(const asked& a, const recipient& to, std::int64_t id) {
  const auto rows = a.sql.exec_params(
      "select m.platform_id, coalesce(m.details ->> 'sealed_id', '') as sealed from hub.message m"
      " where m.id = $1 and m.customer_id in (select hub.link_of($2)) and m.channel::text = $3 and m.account = $4"
      " and m.platform_id is not null",
      id, to.customer, to.channel, to.account);
  if (rows.empty()) refuse(422, "Not possible", "is no message of this conversation that the platform knows", "reply_to");
  return {text_of(rows[0]["platform_id"]), text_of(rows[0]["sealed"])};
}

std::vector<std::string> thread_of(const asked& a, std::int64_t lead, const recipient& to) {
  std::vector<std::string> made;
  if (to.channel != "email") return made;
  for (const auto& row : a.sql.exec_params(
           "select t.platform_id from (select m.platform_id, m.sent_at, m.id from hub.message m where m.lead_id = $1"
           " and m.channel = 'email' and m.account = $2 and m.platform_id is not null order by m.sent_at desc, m.id desc limit "
           "32) t"
           " order by t.sent_at, t.id",
           lead, to.account))
    made.push_back(text_of(row[0]));
  return made;
}

/// What is the same for every part.
send_asked base_of(const asked& a, const locked_lead& lead, const recipient& to, const reply_given& given) {
  send_asked made;
  made.attempt = 1;
  made.conversation = to.conversation;
  made.recipient = to.ids;
  made.reply_address = to.reply_address;
  made.sender_name = a.who.name;
  made.thread = thread_of(a, lead.id, to);
  if (to.channel == "email") {
    made.subject = clean_text(given.subject);
    if (made.subject.empty() && !to.subject.empty())
      made.subject = to.subject.starts_with("Re:") ? to.subject : "Re: " + to.subject;
    made.reply_to = to.last_platform_id;
  }
  if (given.reply_to) {
    auto [platform_id, sealed_id] = find_quoted(a, to, *given.reply_to);
    made.reply_to = std::move(platform_id);
    made.sealed_reply_to = std::move(sealed_id);
  }
  return made;
}

/// The words of a template as the timeline shows them: as the customer reads them, where they are known.
std::string shown_text(const reply_part& part, const std::string& template_words) {
  if (!part.prepared) return part.text;
  if (!template_words.empty()) return template_words;
  std::string text = "[" + part.prepared->name + "]";
  for (const auto& value : part.prepared->values) text += "\n" + value;
  return text;
}

std::string details_of(const send_asked& base, std::int64_t reply, bool together) {
  std::string made;
  if (!base.subject.empty()) made = "\"subject\":" + message::to_json(base.subject);
  if (together) made += (made.empty() ? "" : ",") + ("\"group\":\"reply:" + std::to_string(reply) + "\"");
  return made.empty() ? made : "{" + made + "}";
}

struct written {
  const locked_lead& lead;
  const recipient& to;
  const std::vector<kept_file>& files;
  instant deadline;
  std::string template_words;
};

/// Of the files in the order of the reply, those of this part come next.
sent_part_view write_part(const asked& a, const written& w, send_asked ask, const reply_part& part, std::size_t n,
                          std::size_t& next_file, std::int64_t& reply, bool together) {
  ask.type = part.type;
  ask.text = part.text;
  ask.files = part.files;
  ask.prepared = part.prepared;
  // Only the first of them is the answer to what was quoted.
  if (n > 0 && w.to.channel != "email") ask.reply_to = ask.sealed_reply_to = "";
  const auto first = part.files.empty() ? std::nullopt : std::optional(w.files[next_file].id);
  sent_part_view made;
  made.type = std::string(name_of(part.type));
  made.text = shown_text(part, w.template_words);
  made.status = "queued";
  made.message_id = a.sql
                        .exec_params1(std::string(insert_message), w.lead.id, w.to.customer, a.who.id, w.to.channel, made.type,
                                      made.text, first, to_rfc3339(a.now), ask.reply_to, w.to.account,
                                      reply == 0 ? details_of(ask, 0, false) : details_of(ask, reply, together))[0]
                        .as<std::int64_t>();
  if (reply == 0) {
    reply = made.message_id;
    if (together)
      a.sql.exec_params0("update hub.message set details = $2::jsonb where id = $1", reply, details_of(ask, reply, true));
  }
  for (std::size_t i = 0; i < part.files.size(); ++i)
    a.sql.exec_params0("insert into hub.message_media (message_id, part, media_id) values ($1, $2, $3)", made.message_id,
                       std::to_string(i), w.files[next_file++].id);
  made.outbox_id = a.sql
                       .exec_params1(std::string(insert_outbox), made.message_id, reply, w.to.conversation, w.to.channel,
                                     w.to.account, static_cast<std::int32_t>(n), message::to_json(ask), to_rfc3339(w.deadline))[0]
                       .as<std::int64_t>();
  return made;
}

/// A colleague of the own team has it: a 409 with the name, as for whoever claims too late.
void expect_not_taken(const asked& a, std::int64_t id) {
  const auto rows = a.sql.exec_params(
      "select s.name from hub.lead l join hub.staff s on s.id = l.manager_id where l.id = $2 and l.manager_id <> $1"
      " and l.team_id in (select o.team_id from hub.team_member o where o.staff_id = $1) and not " +
          lead_is_open(a.who.access, a.who.role),
      a.who.id, id);
  if (!rows.empty()) refuse(409, "Already taken", text_of(rows[0][0]) + " has this lead.");
}

http::response reply(const asked& a) {
  auto given = read_body<reply_given>(a.from);
  given.text = clean_text(given.text);
  const auto id = id_of(a.from);
  expect_not_taken(a, id);
  const auto lead = lock_lead(a, id);
  const auto to = find_recipient(a, lead, given.channel, given.account);
  const auto files = files_of(a, given);
  message::reply wanted;
  wanted.text = std::string(trim(given.text)).empty() ? std::string() : given.text;
  wanted.prepared = given.prepared;
  for (const auto& one : files) wanted.files.push_back(one.file);
  const auto parts = message::parts_of(to.channel, wanted);
  if (!parts) refuse(422, "Not possible", parts.error().what, parts.error().where);
  std::string template_words;
  if (given.prepared)
    template_words = expect_template(a, to.channel, to.account, *given.prepared);
  else
    expect_open_window(a, to);

  auto deadline = a.now + longest_try;
  if (const auto until = free_text_until(to); until && !given.prepared) deadline = std::min<instant>(deadline, *until);
  const written w{lead, to, files, deadline, template_words};
  const auto base = base_of(a, lead, to, given);
  hear_reply(a, lead);
  reply_view made;
  made.channel = to.channel;
  made.account = to.account;
  std::int64_t reply_id = 0;
  std::size_t next_file = 0;
  for (std::size_t n = 0; n < parts->size(); ++n)
    made.messages.push_back(write_part(a, w, base, (*parts)[n], n, next_file, reply_id, parts->size() > 1));
  write_audit(a, "reply", lead_subject(lead.id),
              "{\"channel\":\"" + to.channel + "\",\"parts\":" + std::to_string(parts->size()) + "}");
  made.lead = read_lead(a, lead.id);
  return answer(201, made);
}

}  // namespace

void add_messages(route_table& to) { to.add(route("POST", "/api/v1/leads/{id}/messages"), reply); }

}  // namespace hub::api
