#include "workers/ingest/staff_links.hpp"

#include "hub/base/crypto.hpp"

namespace workers::ingest {

namespace {

constexpr std::string_view code_prefix = "staff-";

}  // namespace

bool is_staff_link(const hub::message::event& e) {
  const auto* opened = std::get_if<hub::message::conversation_opened>(&e.data);
  return opened && e.channel == "telegram" && opened->context.starts_with(code_prefix) && !opened->sender.identities.empty();
}

void link_staff(pqxx::work& tx, const state& s, instant now) {
  for (const auto* one : s.staff_links) {
    const auto& opened = std::get<hub::message::conversation_opened>(one->event.data);
    const auto hash = hub::sha256(opened.context);
    tx.exec_params("select link_telegram($1, $2, $3, $4::timestamptz)", pqxx::binarystring(hash.data(), hash.size()),
                   one->event.account, opened.sender.identities.front().id, hub::to_rfc3339(now));
  }
}

}  // namespace workers::ingest
