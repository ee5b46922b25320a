#include "workers/store/intake_times.hpp"

namespace workers::store::intake_times {

void prepare(pqxx::connection& c) {
  c.prepare("intake_times.minutes", R"(
      select split_part(key, ':', 1), split_part(key, ':', 2),
             (extract(epoch from min(received_at)) * 1000)::bigint, (extract(epoch from max(received_at)) * 1000)::bigint
        from event_body
       where received_at >= $1
       group by 1, 2, date_trunc('minute', received_at)
       order by 1, 2, 3)");
  c.prepare("intake_times.latest", R"(
      select split_part(key, ':', 1), split_part(key, ':', 2), (extract(epoch from max(received_at)) * 1000)::bigint
        from event_body
       where received_at >= $1
       group by 1, 2)");
}

pqxx::result minutes(pqxx::work& tx, hub::instant since) {
  tx.exec("set local statement_timeout = '5s'");
  return tx.exec_prepared("intake_times.minutes", hub::to_rfc3339(since));
}

pqxx::result latest(pqxx::work& tx, hub::instant since) {
  return tx.exec_prepared("intake_times.latest", hub::to_rfc3339(since));
}

}  // namespace workers::store::intake_times
