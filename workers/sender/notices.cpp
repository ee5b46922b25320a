#include "workers/sender/notices.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/db/hashes.hpp"

namespace workers::sender {

namespace {

// Mail and Telegram of an account that waits for a person wait, too. $1 now, $2 account for mail, $3 whether Telegram is there
constexpr auto take_next_notice = R"(
with next as (
  select n.id from notice n left join staff_telegram t on t.staff_id = n.staff_id
   where (n.state = 'queued' or (n.state = 'sending' and n.begun_at < $1::timestamptz - interval '1 minute'))
     and n.next_attempt_at <= $1::timestamptz
     and case n.way when 'email' then $2 <> '' else $3::boolean and t.account is not null end
     and not exists (select from account_pause p
                      where p.channel = n.way and p.account = case n.way when 'email' then $2 else t.account end)
   order by n.next_attempt_at, n.id limit 1 for update of n skip locked)
update notice n set state = case when n.deadline <= $1::timestamptz then 'failed' else 'sending' end,
       reason = case when n.deadline <= $1::timestamptz then 'could not be sent in time' else n.reason end,
       attempt = n.attempt + 1, begun_at = $1::timestamptz
  from next, staff s left join staff_telegram t on t.staff_id = s.id
 where n.id = next.id and s.id = n.staff_id
returning n.id, n.staff_id, n.kind, n.way, n.attempt, n.state, s.email, s.language, s.active, coalesce(t.account, '') as account,
          coalesce(t.chat, '') as chat)";
// What was looked at meanwhile is not told any more. $1 notice
constexpr auto read_lines = R"(
select n.kind, coalesce(n.lead_id, 0) as lead,
       coalesce(nullif(trim(r.first_name || ' ' || r.last_name), ''), nullif(r.company_name, ''), '') as customer,
       coalesce(n.call_id, 0) as call
  from notification n left join lead l on l.id = n.lead_id left join customer c on c.id = l.customer_id
  left join customer r on r.id = coalesce(c.merged_into, c.id)
 where n.notice_id = $1 and n.seen_at is null order by n.id)";
constexpr auto drop = "update notice set state = 'dropped', reason = $2 where id = $1";
// $1 id, $2 attempt, $3 state, $4 reason, $5 now, $6 milliseconds the platform wants to wait
constexpr auto settle_one = R"(
update notice set state = $3, reason = $4,
       next_attempt_at = case when $3 = 'queued' then $5::timestamptz + greatest(wait_before_try(attempt),
                                                                                $6::bigint * interval '1 millisecond')
                              else next_attempt_at end
 where id = $1 and attempt = $2 and state = 'sending')";

constexpr std::size_t most_lines = 20;

bool ukrainian(const std::string& language) { return language.starts_with("uk"); }

std::string line_text(bool uk, const notice_line& of) {
  std::string made;
  if (of.kind == "lead_new")
    made = uk ? "Новий лід" : "A new lead";
  else if (of.kind == "task_due")
    made = uk ? "Час завдання" : "A task is due";
  else if (of.kind == "call_reviewed")
    made = uk ? "Вашу розмову оцінено" : "Your call was reviewed";
  else if (of.kind == "review_answered")
    made = uk ? "На вашу оцінку відповіли" : "Your review was answered";
  else
    made = uk ? "Ніхто не відповів вчасно" : "Nobody has answered in time";
  if (of.call) made += (uk ? ", дзвінок " : ", call ") + std::to_string(of.call);
  if (of.lead) made += (uk ? ", лід " : ", lead ") + std::to_string(of.lead);
  if (!of.customer.empty()) made += ": " + hub::shorten(hub::clean_text(of.customer), 80);
  return made;
}

}  // namespace

notice_text told_text(const std::string& language, const std::vector<notice_line>& lines, const std::string& console_url) {
  const bool uk = ukrainian(language);
  notice_text made;
  made.subject = lines.size() == 1
                     ? line_text(uk, lines.front())
                     : (uk ? "Leadyard, нових сповіщень: " : "Leadyard, new notifications: ") + std::to_string(lines.size());
  for (std::size_t n = 0; n < std::min(lines.size(), most_lines); ++n) {
    made.text += line_text(uk, lines[n]) + "\n";
    if (!console_url.empty() && lines[n].lead) made.text += console_url + "/#/inbox/" + std::to_string(lines[n].lead) + "\n";
    if (!console_url.empty() && lines[n].call) made.text += console_url + "/#/calls/" + std::to_string(lines[n].call) + "\n";
  }
  if (lines.size() > most_lines) made.text += (uk ? "і ще " : "and more: ") + std::to_string(lines.size() - most_lines) + "\n";
  return made;
}

notice_text password_text(const std::string& language, const std::string& link) {
  if (ukrainian(language))
    return {"Leadyard: новий пароль", "За цим посиланням ви один раз задасте новий пароль. Воно діє годину.\n" + link +
                                          "\n\nЯкщо ви цього не просили, нічого не робіть: старий пароль лишається.\n"};
  return {"Leadyard: a new password", "By this link you set a new password, once. It is good for an hour.\n" + link +
                                          "\n\nIf you did not ask for it, do nothing: the old password stays.\n"};
}

notice_text linked_text(const std::string& language) {
  if (ukrainian(language)) return {"", "Готово: сюди приходитимуть сповіщення, які ви оберете в консолі."};
  return {"", "Done: what you choose in the console will be told here."};
}

notice_text elsewhere_text(const std::string& language, const std::string& console_url) {
  const auto where = console_url.empty() ? std::string() : "\n" + console_url;
  if (ukrainian(language))
    return {"", "Тут лише сповіщення, відповіді ніхто не побачить. Клієнтам відповідайте в консолі." + where};
  return {"", "This chat only tells; nobody sees an answer. Answer customers in the console." + where};
}

void prepare_notice_statements(pqxx::connection& on) {
  on.prepare("notice_collect", "select collect_notices($1::timestamptz)");
  on.prepare("notice_take", take_next_notice);
  on.prepare("notice_lines", read_lines);
  on.prepare("notice_drop", drop);
  on.prepare("notice_settle", settle_one);
  on.prepare("notice_link", "select make_password_link($1, $2, null, $3::timestamptz, interval '1 hour')");
}

notices::notices(hub::db::connect_options options, notice_routes routes)
    : database_(std::move(options)), routes_(std::move(routes)) {
  database_.on_connect(prepare_notice_statements);
}

std::int64_t notices::collect(hub::instant now) {
  return database_.transact(
      [&](pqxx::work& in) { return in.exec_prepared1("notice_collect", hub::to_rfc3339(now))[0].as<std::int64_t>(); });
}

std::optional<begun> notices::begin(hub::instant now, std::chrono::milliseconds good_for) {
  return database_.transact([&](pqxx::work& in) -> std::optional<begun> {
    for (;;) {
      const auto found = in.exec_prepared("notice_take", hub::to_rfc3339(now), routes_.email, routes_.telegram);
      if (found.empty()) return std::nullopt;
      const auto row = found[0];
      if (row["state"].as<std::string>() != "sending") continue;
      const auto id = row["id"].as<std::uint64_t>();
      const auto kind = row["kind"].as<std::string>(), language = row["language"].as<std::string>();
      notice_text words;
      if (kind == "told") {
        std::vector<notice_line> lines;
        for (const auto& line : in.exec_prepared("notice_lines", id))
          lines.push_back(
              {line[0].as<std::string>(), line[1].as<std::int64_t>(), line[2].as<std::string>(), line[3].as<std::int64_t>()});
        if (!lines.empty()) words = told_text(language, lines, routes_.console_url);
      } else if (kind == "linked") {
        words = linked_text(language);
      } else if (kind == "elsewhere") {
        words = elsewhere_text(language, routes_.console_url);
      } else if (!routes_.console_url.empty()) {
        // Made as it leaves: no row ever holds the link.
        const auto token = hub::random_token();
        in.exec_prepared("notice_link", row["staff_id"].as<std::int64_t>(), hub::db::hash_of(token), hub::to_rfc3339(now));
        words = password_text(language, routes_.console_url + "/#/password/" + token);
      }
      if (words.text.empty() || !row["active"].as<bool>()) {
        in.exec_prepared("notice_drop", id, words.text.empty() ? "there is nothing to tell any more" : "nobody who works here");
        continue;
      }
      begun made;
      made.channel = row["way"].as<std::string>();
      const bool by_mail = made.channel == "email";
      made.account = by_mail ? routes_.email : row["account"].as<std::string>();
      made.ask.outbox_id = id;
      made.ask.attempt = row["attempt"].as<std::uint32_t>();
      made.ask.not_after = now + good_for;
      // Not a name that an address for answers can carry.
      made.ask.conversation = made.channel + ":" + made.account + ":staff/" + row["staff_id"].as<std::string>();
      made.ask.recipient.push_back(by_mail ? hub::message::identity{"email", "", row["email"].as<std::string>()}
                                           : hub::message::identity{"telegram", made.account, row["chat"].as<std::string>()});
      made.ask.automatic = true;
      made.ask.text = std::move(words.text);
      if (by_mail) made.ask.subject = std::move(words.subject);
      return made;
    }
  });
}

void notices::settle(const begun& attempt, const hub::message::send_told& told, hub::instant now) {
  const auto state =
      told.state == hub::message::send_state::deferred ? std::string("queued") : std::string(hub::name_of(told.state));
  const auto wait = static_cast<std::int64_t>(told.retry_after_ms.value_or(0));
  const auto reason = hub::shorten(hub::scrub_numbers(hub::clean_text(told.reason)), 300);
  database_.transact([&](pqxx::work& in) {
    in.exec_prepared("notice_settle", attempt.ask.outbox_id, attempt.ask.attempt, state, reason, hub::to_rfc3339(now), wait);
  });
}

}  // namespace workers::sender
