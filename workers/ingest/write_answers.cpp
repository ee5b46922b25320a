#include "workers/ingest/write_answers.hpp"

#include "hub/message/gaps.hpp"
#include "hub/message/json.hpp"
#include "workers/store/automatic_answers.hpp"

#include <algorithm>

namespace workers::ingest {

namespace {

using hub::message::chat_message;
using hub::message::send_asked;

/// In what the platform's message is; a mail goes on in its thread.
send_asked asked_for(const hub::message::event& e) {
  const auto& said = std::get<chat_message>(e.data);
  send_asked made;
  made.attempt = 1;
  made.conversation = e.conversation;
  made.type = hub::message::content_type::text;
  made.automatic = true;
  if (e.channel != "email") return made;
  made.subject = said.subject;  // the connector begins it with Re:
  made.reply_to = said.platform_id;
  if (!said.platform_id.empty()) made.thread = {said.platform_id};
  return made;
}

std::string details_of(const send_asked& ask) {
  return ask.subject.empty() ? R"({"automatic":true})"
                             : "{\"automatic\":true,\"subject\":" + hub::message::to_json(ask.subject) + "}";
}

}  // namespace

void write_answers(pqxx::work& tx, const state& s, instant now) {
  if (s.answers.empty()) return;
  // Whoever writes at the same moment claims conversations in the same order.
  std::vector<const automatic_answer*> answers;
  for (const auto& one : s.answers) answers.push_back(&one);
  const auto event_of = [&](const automatic_answer* one) -> const hub::message::event& { return *s.messages[one->to].event; };
  std::sort(answers.begin(), answers.end(),
            [&](auto* a, auto* b) { return event_of(a).conversation < event_of(b).conversation; });
  store::answer_places places;
  std::vector<send_asked> asks;
  for (const auto* one : answers) {
    const auto& m = s.messages[one->to];
    places.lead_id.add(s.leads[*m.lead].id);
    places.customer_id.add(m.customer);
    places.channel.add(m.event->channel);
    places.account.add(m.event->account);
    asks.push_back(asked_for(*m.event));
  }
  for (const auto& row : store::automatic_answers::recipients(tx, places)) {
    auto& ask = asks[row[0].as<std::size_t>()];
    ask.recipient.push_back({row[1].as<std::string>(), row[2].as<std::string>(), row[3].as<std::string>()});
    if (ask.reply_address.empty()) ask.reply_address = row[4].as<std::string>();
  }

  store::answer_columns rows;
  for (const auto& row : store::automatic_answers::fillings(tx, places)) {
    const auto n = row[0].as<std::size_t>();
    const auto& m = s.messages[answers[n]->to];
    auto& ask = asks[n];
    ask.text =
        hub::message::fill_gaps(answers[n]->text, {row[2].as<std::string>(), row[3].as<std::string>(), row[4].as<std::string>()});
    if (ask.text.empty()) continue;
    rows.conversation.add(ask.conversation);
    rows.closed_until.add(answers[n]->closed_until);
    rows.message_id.add(row[1].as<id_type>());
    rows.lead_id.add(s.leads[*m.lead].id);
    rows.customer_id.add(m.customer);
    rows.channel.add(m.event->channel);
    rows.account.add(m.event->account);
    rows.content.add(ask.text);
    rows.reply_to.add_or_null(ask.reply_to);
    rows.details.add(details_of(ask));
    rows.payload.add(hub::message::to_json(ask));
  }
  if (!rows.conversation.empty()) store::automatic_answers::write(tx, rows, now);
}

}  // namespace workers::ingest
