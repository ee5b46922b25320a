#include "connectors/erp/documents.hpp"

#include "connectors/body.hpp"
#include "connectors/erp/commerceml.hpp"
#include "connectors/erp/decimal.hpp"
#include "connectors/erp/words.hpp"
#include "hub/base/scrub.hpp"
#include "hub/message/json.hpp"

#include <algorithm>

namespace connectors::erp {

namespace {

using hub::message::event;

constexpr std::size_t longest_id = 128;
constexpr std::size_t longest_email = 320;
constexpr std::size_t most_fingerprints = 15;

bool is_guid(std::string_view id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = id[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

std::string version_of(const element& from) {
  const auto given = from.text_of("НомерВерсии");
  return given.size() <= longest_id ? std::string(given) : short_hash(given);
}

bool is_address(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.rfind('@') == at &&
         text.size() <= longest_email && text.find_first_of(" \t\r\n") == std::string_view::npos && !hub::has_number(text);
}

void read_contacts(const account_context& of, const element& from, hub::message::customer& to) {
  const auto* list = from.child("Контакты");
  if (!list) return;
  for (const auto& one : list->children) {
    const auto kind = folded(one.text_of("Тип"));
    const auto value = one.text_of("Значение");
    if (kind.find("телефон") != std::string::npos || kind.find("факс") != std::string::npos ||
        kind.find("phone") != std::string::npos) {
      auto print = fingerprint_of(of, value);
      auto& known = to.who.identities;
      const hub::message::identity who{"fingerprint", "", std::move(print)};
      if (!who.id.empty() && known.size() <= most_fingerprints && std::find(known.begin(), known.end(), who) == known.end())
        known.push_back(who);
    } else if (to.email.empty() && is_address(value)) {
      to.email = value;
    }
  }
}

/// The value of a requisite; empty when there is none.
std::string_view requisite_of(const element& from, std::string_view name) {
  if (const auto* list = from.child("ЗначенияРеквизитов"))
    for (const auto& one : list->children)
      if (one.text_of("Наименование") == name) return one.text_of("Значение");
  return {};
}

/// Services and goods of other kinds are no vehicles; what says nothing of its kind may be one.
bool may_be_vehicle(const settings& with, const element& line) {
  const auto kind = requisite_of(line, "ВидНоменклатуры");
  if (!kind.empty()) return is_one_of(kind, with.kinds);
  return requisite_of(line, "ТипНоменклатуры") != "Услуга";
}

hub::message::order order_of(const settings& with, const element& from) {
  hub::message::order made;
  const auto id = from.text_of("Ид");
  (is_guid(id) ? made.id : made.hub_id) = id;
  made.version = version_of(from);
  made.number = short_text(from.text_of("Номер"), 30, 64);
  const auto day = std::string(from.text_of("Дата"));
  const auto time = from.text_of("Время");
  made.placed_at = local_time(
      day.find('T') != std::string::npos ? day : day + "T" + (time.empty() ? "00:00:00" : std::string(time)), with.timezone);
  if (const auto total = sum_of(from.text_of("Сумма"))) {
    made.total = *total;
    made.currency = currency_of(from.text_of("Валюта"));
  }
  if (const auto* lines = from.child("Товары"))
    for (const auto& line : lines->children) {
      const auto what = line.text_of("Ид");
      if (is_good_id(what) && may_be_vehicle(with, line) && made.vehicles.size() < most_ordered) made.vehicles.emplace_back(what);
    }
  made.status = short_text(requisite_of(from, "Статус заказа"), 100);
  made.paid = !requisite_of(from, "Дата оплаты по 1С").empty() || is_true(requisite_of(from, "Заказ оплачен"));
  made.shipped = !requisite_of(from, "Дата отгрузки по 1С").empty() || is_true(requisite_of(from, "Финальный статус"));
  made.cancelled = is_true(requisite_of(from, "Отменен"));
  made.deleted = is_true(requisite_of(from, "ПометкаУдаления")) || is_true(from.text_of("ПометкаУдаления"));
  return made;
}

}  // namespace

hub::result<event> read_customer(const account_context& of, const settings& with, const element& from, std::string_view formed,
                                 hub::instant received_at) {
  const auto id = from.text_of("Ид");
  if (!is_good_id(id)) return hub::problem{"", "a customer has no id, or one with blanks or of more than 128 bytes"};
  hub::message::customer made;
  made.who.identities.push_back({of.channel, of.account, std::string(id)});
  made.version = version_of(from);
  made.deleted = is_true(from.text_of("ПометкаУдаления")) || from.attribute("Статус") == "Удален";
  made.who.name = short_text(from.text_of("Наименование"), longest_name);
  if (from.child("ОфициальноеНаименование"))
    made.company_name = short_text(from.text_of("ОфициальноеНаименование"), longest_name);
  else {
    made.first_name = short_text(from.text_of("Имя"), longest_name);
    made.last_name = short_text(from.text_of("Фамилия"), longest_name);
  }
  read_contacts(of, from, made);
  const auto at = erp::formed(formed, with.timezone, received_at);
  auto told = event_of(of, "customer:" + std::string(id) + ":" + at.key + ":" + short_hash(hub::message::to_json(made)), at.time,
                       received_at);
  told.data = std::move(made);
  return told;
}

hub::result<std::vector<event>> read_order(const account_context& of, const settings& with, const element& from,
                                           std::string_view formed, hub::instant received_at) {
  std::vector<event> events;
  const auto operation = from.text_of("ХозОперация");
  if (operation != "Заказ товара" && operation != "Замовлення товару") return events;
  const auto id = from.text_of("Ид");
  if (!is_good_id(id)) return hub::problem{"", "an order has no id, or one with blanks or of more than 128 bytes"};
  auto made = order_of(with, from);
  if (const auto* list = from.child("Контрагенты"))
    for (const auto& one : list->children) {
      const auto role = one.text_of("Роль");
      if (!role.empty() && role != "Покупатель" && role != "Покупець") continue;
      auto who = read_customer(of, with, one, formed, received_at);
      if (!who) return who.error();
      if (made.customer.empty()) made.customer = one.text_of("Ид");
      events.push_back(std::move(*who));
    }
  const auto at = erp::formed(formed, with.timezone, received_at);
  auto told = event_of(of, "order:" + std::string(id) + ":" + at.key + ":" + short_hash(hub::message::to_json(made)), at.time,
                       received_at);
  told.data = std::move(made);
  events.push_back(std::move(told));
  return events;
}

}  // namespace connectors::erp
