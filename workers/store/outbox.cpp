#include "workers/store/outbox.hpp"

#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/db/arrays.hpp"

namespace workers::store::outbox {

bool settle(pqxx::work& tx, std::uint64_t outbox_id, std::uint32_t attempt, const hub::message::send_told& told,
            hub::instant at) {
  hub::db::array ids;
  for (const auto& id : told.platform_ids) ids.add(id);
  const auto retry = told.retry_after_ms ? std::optional(static_cast<std::int64_t>(*told.retry_after_ms)) : std::nullopt;
  return tx
      .exec_params1("select settle_send($1, $2, $3::message_status, $4::text[], $5, $6, $7, $8, $9, $10, $11::timestamptz)",
                    outbox_id, attempt, std::string(hub::name_of(told.state)), ids.text(), told.sealed_id, told.code,
                    hub::shorten(hub::scrub_numbers(hub::clean_text(told.reason)), 500), retry, told.counts, told.pause_account,
                    hub::to_rfc3339(at))[0]
      .as<bool>();
}

}  // namespace workers::store::outbox
