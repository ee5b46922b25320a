// GET /api/v1/templates: the texts that a platform has approved for an account, for when it takes no others. Kept in the
// database, and read again through hub-connector when somebody asks and they are old: between two short transactions, as for
// calls back.

#include "hub/api/templates.hpp"

#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/message/templates.hpp"

#include <algorithm>

namespace hub::api {

namespace {

using message::templates_told;
using namespace std::chrono_literals;

constexpr std::chrono::minutes old_after{10};
constexpr std::chrono::minutes again_after{1};  ///< after a try that failed

std::string select_list() {
  return "select t.left_out, t.problem, " + ms("t.read_at") + " as read_at, " + ms("t.asked_at") +
         " as asked_at from hub.template_list t where t.channel = $1 and t.account = $2";
}

struct kept_list {
  template_list_view view;
  std::optional<instant> asked_at;
};

kept_list read_kept(const asked& a, const std::string& channel, const std::string& account) {
  kept_list made;
  made.view.channel = channel;
  made.view.account = account;
  const auto rows = a.sql.exec_params(select_list(), channel, account);
  if (rows.empty()) return made;
  made.view.left_out = rows[0]["left_out"].as<std::int32_t>();
  made.view.problem = text_of(rows[0]["problem"]);
  made.view.read_at = maybe_instant(rows[0]["read_at"]);
  made.asked_at = maybe_instant(rows[0]["asked_at"]);
  for (const auto& row : a.sql.exec_params("select name, language, category, header, text, footer, gaps from hub.message_template"
                                           " where channel = $1 and account = $2 order by name, language",
                                           channel, account))
    made.view.templates.push_back({text_of(row[0]), text_of(row[1]), text_of(row[2]), text_of(row[3]), text_of(row[4]),
                                   text_of(row[5]), row[6].as<std::int32_t>()});
  return made;
}

/// The account that the customer of the query's lead wrote to last there; empty without a lead, and where they never did.
std::string account_of_lead(const asked& a, const std::string& channel) {
  const auto given = query_value(a.from, "lead");
  if (given.empty()) return "";
  const auto id = whole_number<std::int64_t>(given);
  if (!id) refuse(400, "Bad request", "expected an id", "lead");
  const auto rows = a.sql.exec_params(
      "select coalesce((select m.account from hub.lead o join hub.message m on m.lead_id = o.id"
      " where o.customer_id in (select hub.link_of(l.customer_id)) and m.channel::text = $3 and m.direction = 'incoming'"
      " order by m.sent_at desc, m.id desc limit 1), '') from hub.lead l where l.id = $2 and " +
          lead_is_open(access::all_of_own_teams, a.who.role),
      a.who.id, *id, channel);
  if (rows.empty()) refuse_unknown("lead");
  return text_of(rows[0][0]);
}

/// Whose templates: `account` of the query, else that of the lead, else the only one there is.
std::pair<std::string, std::string> place_of(const asked& a) {
  const auto channel = query_value(a.from, "channel");
  if (channel != "whatsapp") refuse(400, "Bad request", "has no templates", "channel");
  auto account = query_value(a.from, "account");
  if (account.empty()) account = account_of_lead(a, channel);
  const auto found = a.with.accounts.find(channel);
  const auto known = found == a.with.accounts.end() ? std::vector<std::string>{} : found->second;
  if (account.empty() && known.size() == 1) return {channel, known.front()};
  if (std::find(known.begin(), known.end(), account) == known.end())
    refuse(account.empty() ? 400 : 404, account.empty() ? "Bad request" : "Not found", "is no configured account", "account");
  return {channel, account};
}

bool is_fresh(const kept_list& kept, instant now) {
  if (!kept.asked_at) return false;
  return now - *kept.asked_at < (kept.view.problem.empty() ? std::chrono::milliseconds(old_after) : again_after);
}

templates_told untold(std::string why) {
  templates_told made;
  made.why = std::move(why);
  return made;
}

templates_told told_by(const http::incoming& got) {
  if (got.status == 404) return untold("no connector has this account");
  const auto parsed = message::parse_json(got.body, {.bytes = 16 << 20});
  auto told = parsed && got.status == 200 ? message::from_json<templates_told>(*parsed) : result<templates_told>(problem{});
  if (!told) return untold("hub-connector answered with HTTP " + std::to_string(got.status));
  return std::move(*told);
}

async::task<templates_told> ask_connector(connector_door* door, std::string channel, std::string account) {
  auto request = door->ask("GET", "/internal/templates", channel, account);
  if (!request) co_return untold("hub-connector does not run");
  request->total_time = 30s;
  request->max_body = byte_count{16ULL << 20};
  templates_told told;
  try {
    const auto got = co_await door->http->fetch(std::move(*request));
    told = told_by(got);
  } catch (const http::exchange_error&) {
    told = untold("hub-connector does not answer");
  }
  co_return told;
}

/// What was listed takes the place of what was known; a try that failed leaves it.
void keep(const asked& a, const std::string& channel, const std::string& account, const templates_told& told) {
  const bool listed = told.why.empty();
  const auto now = to_rfc3339(a.now);
  a.sql.exec_params0(
      "insert into hub.template_list as t (channel, account, asked_at, read_at, left_out, problem)"
      " values ($1, $2, $3::timestamptz, case when $4 then $3::timestamptz end, $5, $6)"
      " on conflict (channel, account) do update set asked_at = excluded.asked_at, problem = excluded.problem,"
      " read_at = coalesce(excluded.read_at, t.read_at), left_out = case when $4 then excluded.left_out else t.left_out end",
      channel, account, now, listed, static_cast<std::int32_t>(told.left_out), shorten(clean_text(told.why), 500));
  if (!listed) return;
  a.sql.exec_params0("delete from hub.message_template where channel = $1 and account = $2", channel, account);
  for (const auto& one : told.templates)
    a.sql.exec_params0(
        "insert into hub.message_template (channel, account, name, language, category, header, text, footer, gaps)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        channel, account, one.name, one.language, one.category, one.header, one.text, one.footer,
        static_cast<std::int32_t>(one.gaps));
}

async::task<http::response> list(services* with, visitor who, http::request from) {
  const auto now = with->time.now();
  kept_list kept;
  auto first = [&](pqxx::work& sql) {
    const asked a{*with, sql, who, from, now};
    const auto [channel, account] = place_of(a);
    kept = read_kept(a, channel, account);
  };
  co_await with->db.run(first);
  if (is_fresh(kept, now)) co_return answer(200, kept.view);

  auto* const door = &with->connectors;
  const auto channel = kept.view.channel, account = kept.view.account;
  const auto told = co_await ask_connector(door, channel, account);
  auto last = [&](pqxx::work& sql) {
    const asked a{*with, sql, who, from, now};
    keep(a, channel, account, told);
    kept = read_kept(a, channel, account);
  };
  co_await with->db.run(last);
  co_return answer(200, kept.view);
}

}  // namespace

std::string expect_template(const asked& a, const std::string& channel, const std::string& account,
                            const message::prepared_text& wanted) {
  const auto listed = a.sql.exec_params(
      "select 1 from hub.template_list where channel = $1 and account = $2 and read_at is not null", channel, account);
  if (listed.empty()) return "";
  const auto rows = a.sql.exec_params(
      "select header, text, footer, gaps from hub.message_template where channel = $1 and account = $2 and name = $3"
      " and language = $4",
      channel, account, wanted.name, wanted.language);
  if (rows.empty())
    refuse(422, "Not possible", "is no approved template of " + channel + "/" + account + " in that language", "template");
  const auto gaps = rows[0]["gaps"].as<std::size_t>();
  if (wanted.values.size() != gaps)
    refuse(422, "Not possible", "takes " + std::to_string(gaps) + " values and was given " + std::to_string(wanted.values.size()),
           "template");
  if (std::any_of(wanted.values.begin(), wanted.values.end(), [](const auto& value) { return trim(value).empty(); }))
    refuse(422, "Not possible", "has an empty value", "template");
  const auto header = text_of(rows[0]["header"]), footer = text_of(rows[0]["footer"]);
  return (header.empty() ? "" : header + "\n") + message::fill_template(text_of(rows[0]["text"]), wanted.values) +
         (footer.empty() ? "" : "\n" + footer);
}

void add_templates(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("GET", "/api/v1/templates"),
         [kept](visitor who, http::request from) { return list(kept, std::move(who), std::move(from)); });
}

}  // namespace hub::api
