#include "hub/ctl/demo_rows.hpp"

#include "hub/ctl/activity_player.hpp"
#include "hub/ctl/bas_player.hpp"
#include "hub/ctl/mail_player.hpp"
#include "hub/ctl/messenger_players.hpp"
#include "hub/ctl/viber_player.hpp"

#include <array>
#include <utility>

namespace hub::ctl {

namespace {

std::string demo_ids() {
  return "select customer_id from identity where ((space = 'viber' and external_id like '" + std::string(demo_id_prefix) +
         "%') or (space = 'whatsapp' and external_id like '" + std::string(demo_whatsapp_prefix) +
         "%') or (space = 'telegram' and length(external_id) = 13 and external_id like '" + std::string(demo_telegram_prefix) +
         "%') or (space = 'email' and external_id like '%@" + std::string(demo_mail_domain) +
         "') or (space = 'bas' and external_id like '" + std::string(demo_erp_prefix) +
         "%') or (space = 'activity' and external_id like '" + std::string(demo_company_prefix) + "%'))";
}

std::string demo_vehicles() { return "erp_sync_id like '" + std::string(demo_erp_prefix) + "%'"; }

}  // namespace

void mark_demo_rows(pqxx::transaction_base& in) {
  // In order, as everybody locks them.
  in.exec("select 1 from customer where not demo and id in (" + demo_ids() + ") order by id for no key update");
  in.exec("update customer set demo = true where not demo and id in (" + demo_ids() + ")");
  in.exec("update lead set demo = true where not demo and customer_id in (" + demo_ids() + ")");
  in.exec("select 1 from vehicle where not demo and " + demo_vehicles() + " order by id for no key update");
  in.exec("update vehicle set demo = true where not demo and " + demo_vehicles());
}

std::int64_t count_demo_vehicles(pqxx::transaction_base& in) {
  return in.exec1("select count(*) from vehicle where " + demo_vehicles())[0].as<std::int64_t>();
}

demo_counts count_demo_rows(pqxx::transaction_base& in) {
  const auto theirs = "customer_id in (" + demo_ids() + ")";
  const auto row =
      in.exec1("select (select count(*) from message where " + theirs + ") + (select count(*) from activity where " + theirs +
               ") + (select count(*) from call_record where status in ('missed', 'completed') and " + theirs +
               "), (select count(*) filter (where f.state = 'pending') from media_fetch f"
               " left join message m on m.id = f.message_id left join call_record c on c.id = f.call_id"
               " where coalesce(m.customer_id, c.customer_id) in (" +
               demo_ids() + ")), (select count(*) from media where " + theirs + ")");
  return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), row[2].as<std::int64_t>()};
}

std::vector<removed_rows> remove_demo_rows(pqxx::transaction_base& in, std::vector<std::string>& files) {
  // Nobody applies meanwhile what an ERP tells. Then the customers' rows in order, as everybody locks them, so that a worker in
  // the middle of one of them ends.
  in.exec("select pg_advisory_xact_lock(hashtext('leadyard erp'))");
  in.exec("create temporary table gone on commit drop as " + demo_ids() + " and customer_id is not null");
  in.exec("select 1 from customer where id in (select customer_id from gone) order by id for update");
  in.exec(
      "create temporary table gone_lead on commit drop as select id from lead"
      " where customer_id in (select customer_id from gone)");
  in.exec(
      "create temporary table gone_message on commit drop as select id, event_key from message"
      " where customer_id in (select customer_id from gone)");
  in.exec(
      "create temporary table gone_media on commit drop as select id, sha256 from media"
      " where customer_id in (select customer_id from gone) or vehicle_id in (select id from vehicle where demo and " +
      demo_vehicles() + ")");
  const std::string theirs = " like '" + std::string(demo_erp_prefix) + "%'";
  in.exec("delete from media_fetch where vehicle" + theirs);
  in.exec("delete from erp_order where erp_id" + theirs);
  in.exec("delete from erp_ledger where object_id" + theirs + " or object_id in (select 'lead-' || id from gone_lead)");
  in.exec("delete from erp_conflict where object_id" + theirs + " or lead_id in (select id from gone_lead)");
  in.exec("delete from erp_vehicle where erp_id" + theirs);
  in.exec("delete from erp_customer where erp_id" + theirs);
  in.exec("delete from erp_exchange where catalogue" + theirs);
  // A closed or unowned lead weighs on nobody; the others leave their owners' counts.
  in.exec(
      "update staff s set open_leads = greatest(0, s.open_leads - d.n) from (select manager_id, count(*) as n from lead"
      " where id in (select id from gone_lead) and manager_id is not null and stage not in ('sold', 'lost')"
      " group by manager_id) d where s.id = d.manager_id");

  static constexpr std::array<std::pair<const char*, const char*>, 32> steps{{
      {"",
       "delete from send_attempt where outbox_id in"
       " (select id from outbox where message_id in (select id from gone_message))"},
      {"", "delete from outbox where message_id in (select id from gone_message)"},
      {"", "delete from timer where lead_id in (select id from gone_lead)"},
      {"", "delete from notification where lead_id in (select id from gone_lead)"},
      {"", "delete from message_word where message_id in (select id from gone_message)"},
      {"", "delete from lead_seen where lead_id in (select id from gone_lead)"},
      {"", "delete from lead_referral where lead_id in (select id from gone_lead)"},
      {"", "delete from message_media where message_id in (select id from gone_message)"},
      {"", "delete from media_fetch where message_id in (select id from gone_message)"},
      {"messages", "delete from message where id in (select id from gone_message)"},
      {"",
       "delete from media_fetch where call_id in (select id from call_record where customer_id in (select customer_id from "
       "gone))"},
      {"",
       "delete from call_review where call_id in"
       " (select id from call_record where customer_id in (select customer_id from gone))"},
      {"",
       "delete from notification where call_id in"
       " (select id from call_record where customer_id in (select customer_id from gone))"},
      {"calls", "delete from call_record where customer_id in (select customer_id from gone)"},
      {"media", "delete from media where id in (select id from gone_media)"},
      {"tasks", "delete from task where lead_id in (select id from gone_lead)"},
      {"", "delete from note where lead_id in (select id from gone_lead)"},
      {"", "delete from activity where customer_id in (select customer_id from gone)"},
      {"", "delete from sales_action where lead_id in (select id from gone_lead)"},
      {"", "delete from conversion where lead_id in (select id from gone_lead)"},
      {"", "update erp_order set lead_id = null where lead_id in (select id from gone_lead)"},
      {"", "update erp_order set customer_id = null where customer_id in (select customer_id from gone)"},
      {"", "delete from lead_vehicle where lead_id in (select id from gone_lead)"},
      {"", "delete from ownership_history where lead_id in (select id from gone_lead)"},
      {"", "delete from stage_history where lead_id in (select id from gone_lead)"},
      {"", "delete from assignment_decision where lead_id in (select id from gone_lead)"},
      {"leads", "delete from lead where id in (select id from gone_lead)"},
      {"",
       "delete from possible_same where first_id in (select customer_id from gone)"
       " or second_id in (select customer_id from gone)"},
      {"",
       "delete from customer_merge where root_id in (select customer_id from gone)"
       " or merged_id in (select customer_id from gone)"},
      {"", "delete from identity where customer_id in (select customer_id from gone)"},
      {"", "update customer set merged_into = null where merged_into in (select customer_id from gone)"},
      {"customers", "delete from customer where id in (select customer_id from gone)"},
  }};
  std::vector<removed_rows> all;
  for (const auto& [what, statement] : steps) {
    const auto rows = static_cast<std::int64_t>(in.exec(statement).affected_rows());
    if (*what) all.push_back({what, rows});
  }
  // Their events too, by the people they speak of: played again, the stories are told again.
  const std::string viber = " like '%\"" + std::string(demo_id_prefix) + "%'";
  const std::string whatsapp = " like '%\"" + std::string(demo_whatsapp_prefix) + "%'";
  const std::string telegram = " like 'telegram:demo:%" + std::string(demo_telegram_prefix) + "%'";
  const std::string mail = " like '%@" + std::string(demo_mail_domain) + "%'";
  const std::string calls = " like 'ringostat:demo:call:demo.%'";
  const std::string exchanges = " like 'bas:demo:%'";
  const std::string site = " like 'activity:%:" + std::string(demo_company_prefix) + "%'";
  in.exec("create temporary table gone_event on commit drop as select key from event_body where body" + viber +
          " union select key from event_body where body" + whatsapp + " union select key from event_body where body" + mail +
          " union select key from event_key where key" + telegram + " union select key from event_key where key" + site +
          " union select key from event_key where key" + calls + " union select key from event_key where key" + exchanges +
          " union select event_key from gone_message where event_key is not null");
  all.push_back({"events", static_cast<std::int64_t>(
                               in.exec("delete from event_key where key in (select key from gone_event)").affected_rows())});
  in.exec("delete from event_body where key in (select key from gone_event)");
  all.push_back({"vehicles",
                 static_cast<std::int64_t>(
                     in.exec("delete from vehicle v where demo and not exists (select from lead_vehicle where vehicle_id = v.id)"
                             " and not exists (select from media where vehicle_id = v.id)"
                             " and not exists (select from erp_order where vehicle_id = v.id)")
                         .affected_rows())});
  for (const auto& row :
       in.exec("select distinct g.sha256 from gone_media g where not exists (select from media m where m.sha256 = g.sha256)"))
    files.push_back(row[0].as<std::string>());
  return all;
}

}  // namespace hub::ctl
