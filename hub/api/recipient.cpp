#include "hub/api/recipient.hpp"

#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"
#include "hub/message/reply.hpp"

#include <algorithm>

namespace hub::api {

namespace {

constexpr std::chrono::hours whatsapp_window{24};

// The customer and whoever is linked with them; $2 and $3 are empty for any.
constexpr std::string_view find_last_word = R"(
select m.customer_id, m.channel::text as channel, m.account, m.event_key, coalesce(m.platform_id, '') as platform_id,
       coalesce(m.details ->> 'subject', '') as subject
  from hub.lead l join hub.message m on m.lead_id = l.id
 where l.customer_id in (select hub.link_of($1)) and m.direction = 'incoming' and m.channel <> 'website'
   and coalesce((m.details ->> 'automatic')::boolean, false) = false
   and ($2 = '' or m.channel::text = $2) and ($3 = '' or m.account = $3)
 order by m.sent_at desc, m.id desc limit 1)";

// Somebody who never wrote, but whom we know there. An address belongs to no account: the one they were written to from last,
// if any.
constexpr std::string_view find_known = R"(
select i.customer_id, i.space as channel,
       coalesce(nullif(i.account, ''), nullif($3, ''),
                (select m.account from hub.lead l join hub.message m on m.lead_id = l.id
                  where l.customer_id in (select hub.link_of($1)) and m.channel::text = i.space and m.account <> ''
                  order by m.sent_at desc, m.id desc limit 1), '') as account
  from hub.identity i
 where i.customer_id in (select hub.link_of($1)) and i.space in ('viber', 'whatsapp', 'telegram', 'email')
   and ($2 = '' or i.space = $2) and ($3 = '' or i.account in ($3, ''))
 order by i.subscribed desc nulls last, i.id desc limit 1)";

constexpr std::string_view select_ids = "select space, account, external_id, reply_address from hub.ids_on($1, $2, $3)";

// A mail's conversation is its thread, which only the event itself tells.
constexpr std::string_view find_conversation = R"(
select b.body::jsonb ->> 'subject' from hub.event_key k join hub.event_body b on b.received_at = k.received_at and b.key = k.key
 where k.key = $1)";

std::string no_way(const std::string& channel) {
  return channel.empty() ? "This customer wrote on no channel that can be answered."
                         : "This customer has no " + channel + " conversation with that account.";
}

void expect_not_merged_away(const asked& a, const locked_lead& lead) {
  const auto merged = a.sql.exec_params("select merged_into from hub.customer where id = $1", lead.customer);
  if (merged.empty() || merged[0][0].is_null()) return;
  const auto rival = find_rival(a, lead.customer, lead.pipeline, lead.id);
  if (rival)
    refuse(409, "Merged", "This customer was merged; their conversation goes on in lead " + std::to_string(*rival) + ".");
}

void expect_wanted(const asked& a, recipient& to) {
  const auto row = a.sql.exec_params1(
      "select " + ms("r.heard_at") + " as heard, " + ms("r.refused_at") + " as refused from hub.reach_of($1, $2, $3, $4) r",
      to.customer, to.channel, to.account, to.ids.front().id);
  to.heard_at = maybe_instant(row["heard"]);
  const auto refused = maybe_instant(row["refused"]);
  if (!refused || (to.heard_at && *refused < *to.heard_at)) return;
  refuse(409, to.channel == "viber" ? "Not subscribed" : "Blocked",
         "The customer wants no messages from us on " + to.channel + " since " + to_rfc3339(*refused) + ".", "channel");
}

/// The account to write from, where nothing that was said tells: the only one there is.
std::string choose_account(const asked& a, const recipient& to) {
  const auto found = a.with.accounts.find(to.channel);
  if (found == a.with.accounts.end() || found->second.empty())
    refuse(409, "No account", "No account of " + to.channel + " is configured to write from.", "account");
  const auto& accounts = found->second;
  if (to.account.empty() && accounts.size() > 1)
    refuse(
        409, "Which account",
        "The customer has not written on " + to.channel + " yet; name the account to write from: " + join(accounts, ", ") + ".",
        "account");
  if (!to.account.empty() && std::find(accounts.begin(), accounts.end(), to.account) == accounts.end())
    refuse(422, "Not possible", "is no configured account of " + to.channel + ": " + join(accounts, ", "), "account");
  return to.account.empty() ? accounts.front() : to.account;
}

}  // namespace

recipient find_recipient(const asked& a, const locked_lead& lead, const std::string& channel, const std::string& account) {
  if (!routing::is_open(lead.stage)) refuse(409, "Closed", "This lead is closed; reopen it to write to the customer.");
  if (!channel.empty() && !message::takes_replies(channel))
    refuse(422, "Not possible", "nobody can be answered on this channel", "channel");
  expect_not_merged_away(a, lead);
  recipient to;
  const auto last = a.sql.exec_params(std::string(find_last_word), lead.customer, channel, account);
  const auto known = last.empty() ? a.sql.exec_params(std::string(find_known), lead.customer, channel, account) : last;
  if (known.empty()) refuse(409, "No way", no_way(channel), "channel");
  to.customer = known[0]["customer_id"].as<std::int64_t>();
  to.channel = text_of(known[0]["channel"]);
  to.account = text_of(known[0]["account"]);
  // An address is everybody's; an id of a messenger is known to one account only.
  if (last.empty() && to.channel == "email") to.account = choose_account(a, to);
  for (const auto& row : a.sql.exec_params(std::string(select_ids), to.customer, to.channel, to.account)) {
    to.ids.push_back({text_of(row["space"]), text_of(row["account"]), text_of(row["external_id"])});
    if (to.reply_address.empty()) to.reply_address = text_of(row["reply_address"]);
  }
  if (to.ids.empty()) refuse(409, "No way", no_way(to.channel), "channel");
  to.conversation = to.channel + ":" + to.account + ":" + to.ids.front().id;
  if (!last.empty()) {
    to.subject = text_of(last[0]["subject"]);
    to.last_platform_id = text_of(last[0]["platform_id"]);
    if (to.channel == "email") {
      const auto kept = a.sql.exec_params(std::string(find_conversation), text_of(last[0]["event_key"]));
      if (!kept.empty() && !kept[0][0].is_null()) to.conversation = text_of(kept[0][0]);
    }
  }
  expect_wanted(a, to);
  return to;
}

std::optional<instant> free_text_until(const recipient& to) {
  if (to.channel != "whatsapp") return std::nullopt;
  return to.heard_at.value_or(instant{}) + whatsapp_window;
}

void expect_open_window(const asked& a, const recipient& to) {
  const auto until = free_text_until(to);
  if (!until || a.now < *until) return;
  refuse(409, "Window closed",
         to.heard_at ? "WhatsApp takes free text for 24 hours after the customer's last message (" + to_rfc3339(*to.heard_at) +
                           "); send a template."
                     : "WhatsApp takes only a template before the customer has written.",
         "template");
}

}  // namespace hub::api
