#include "workers/ingest/colleagues.hpp"

#include "hub/db/hashes.hpp"

#include <algorithm>
#include <set>

namespace workers::ingest {

namespace {

constexpr std::string_view channel = "telegram", code_prefix = "staff-";

using chat = std::pair<std::string, std::string>;  // account, id

/// In a group it is the group's.
chat chat_of(const hub::message::event& e) { return {e.account, hub::message::identities_of(e).front().id}; }

bool may_be_a_colleagues(const item& one) {
  return one.event.channel == channel && !hub::message::identities_of(one.event).empty();
}

const hub::message::conversation_opened* shown_code(const hub::message::event& e) {
  const auto* opened = std::get_if<hub::message::conversation_opened>(&e.data);
  return opened && opened->context.starts_with(code_prefix) ? opened : nullptr;
}

}  // namespace

void set_colleagues_aside(pqxx::work& tx, state& s) {
  if (std::none_of(s.items.begin(), s.items.end(), [](const item* one) { return may_be_a_colleagues(*one); })) return;
  std::set<chat> linked;
  for (const auto& row :
       tx.exec("select t.account, t.chat from staff_telegram t join staff p on p.id = t.staff_id where p.active"))
    linked.emplace(row[0].as<std::string>(), row[1].as<std::string>());
  const auto ours = std::stable_partition(s.items.begin(), s.items.end(), [&](const item* one) {
    return !may_be_a_colleagues(*one) || (!shown_code(one->event) && !linked.contains(chat_of(one->event)));
  });
  s.of_colleagues.assign(ours, s.items.end());
  s.items.erase(ours, s.items.end());
}

void hear_colleagues(pqxx::work& tx, const state& s, instant now) {
  const auto at = hub::to_rfc3339(now);
  for (const auto* one : s.of_colleagues) {
    const auto [account, id] = chat_of(one->event);
    if (const auto* opened = shown_code(one->event)) {
      tx.exec_params("select link_telegram($1, $2, $3, $4::timestamptz)", hub::db::hash_of(opened->context), account, id, at);
    } else if (std::holds_alternative<hub::message::chat_message>(one->event.data)) {
      tx.exec_params("select answer_colleague($1, $2, $3::timestamptz)", account, id, at);
    }
  }
}

}  // namespace workers::ingest
