#include "connectors/erp/order_document.hpp"

#include "connectors/body.hpp"
#include "connectors/erp/decimal.hpp"
#include "connectors/erp/words.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/time_zone.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace connectors::erp {

namespace {

using hub::message::order_asked;

// The schema's greatest lengths, in characters.
constexpr std::size_t longest_written_name = 255;
constexpr std::size_t longest_comment = 1000;

std::string escaped(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c == '&')
      made += "&amp;";
    else if (c == '<')
      made += "&lt;";
    else if (c == '>')
      made += "&gt;";
    else if (c == '"')
      made += "&quot;";
    // XML 1.0 has no other control characters, not even as references.
    else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
      made += c;
    else
      made += ' ';
  }
  return made;
}

/// Elements one inside the other, a tab for each level.
class writer {
 public:
  explicit writer(std::string& to) : to_(to) {}

  template <class F>
  void group(const std::string& name, F inside) {
    line("<" + name + ">");
    ++depth_;
    inside();
    --depth_;
    line("</" + name + ">");
  }
  void value(const std::string& name, std::string_view text, const std::string& attributes = {}) {
    line("<" + name + attributes + ">" + escaped(text) + "</" + name + ">");
  }
  void requisite(std::string_view name, std::string_view text) {
    group("ЗначениеРеквизита", [&] {
      value("Наименование", name);
      value("Значение", text);
    });
  }

 private:
  void line(const std::string& text) {
    to_.append(depth_, '\t');
    to_ += text + "\n";
  }
  std::string& to_;
  std::size_t depth_ = 1;
};

/// As sum_of() writes it; 0.00 for what is none, which why_not() refuses.
std::string amount(const std::string& given) { return sum_of(given).value_or("0.00"); }

void write_customer(writer& to, const order_asked& order) {
  auto name = scrubbed(order.customer_name, longest_written_name);
  if (name.empty()) name = order.customer_id;
  to.group("Контрагенты", [&] {
    to.group("Контрагент", [&] {
      to.value("Ид", order.customer_id);
      to.value("Наименование", name);
      to.value("ПолноеНаименование", name);
      if (!order.customer_email.empty() && !hub::has_number(order.customer_email))
        to.group("Контакты", [&] {
          to.group("Контакт", [&] {
            to.value("Тип", "Почта");
            to.value("Значение", order.customer_email);
          });
        });
      to.value("Роль", "Покупатель");
    });
  });
}

void write_vehicle(writer& to, const settings& with, const std::string& catalogue, const hub::message::ordered_vehicle& one) {
  to.group("Товар", [&] {
    to.value("Ид", one.id);
    to.value("Наименование", scrubbed(one.name, longest_written_name));
    to.value("БазоваяЕдиница", "шт", R"( Код="796" НаименованиеПолное="Штука" МеждународноеСокращение="PCE")");
    to.group("ЗначенияРеквизитов", [&] {
      if (!with.kinds.empty()) to.requisite("ВидНоменклатуры", with.kinds.front());
      to.requisite("ТипНоменклатуры", "Товар");
    });
    if (!catalogue.empty()) to.value("ИдКаталога", catalogue);
    to.value("ЦенаЗаЕдиницу", amount(one.price));
    to.value("Количество", "1");
    to.value("Сумма", amount(one.price));
  });
}

void write_order(writer& to, const settings& with, const std::string& catalogue, const order_asked& order) {
  const auto placed = hub::to_wall_clock(order.placed_at, with.timezone);
  to.group("Документ", [&] {
    to.value("Ид", order.hub_id);
    to.value("Номер", order.hub_id);
    to.value("Дата", placed.substr(0, 10));
    to.value("ХозОперация", "Заказ товара");
    to.value("Роль", "Продавец");
    to.value("Валюта", order.currency);
    to.value("Курс", "1");
    to.value("Сумма", amount(order.total));
    write_customer(to, order);
    to.value("Время", placed.substr(11));
    to.value("Комментарий", scrubbed(order.comment, longest_comment));
    to.group("Товары", [&] {
      for (const auto& one : order.vehicles) write_vehicle(to, with, catalogue, one);
    });
    to.group("ЗначенияРеквизитов", [&] {
      to.requisite("Статус заказа", with.order_status);
      to.requisite("Отменен", order.cancelled ? "true" : "false");
    });
  });
}

}  // namespace

std::optional<hub::problem> why_not(const order_asked& order) {
  if (!is_good_id(order.hub_id)) return hub::problem{"hub_id", "has blanks or control characters"};
  if (!is_good_id(order.customer_id)) return hub::problem{"customer_id", "has blanks or control characters"};
  if (!sum_of(order.total)) return hub::problem{"total", "is no sum of money"};
  if (order.currency.size() != 3 || currency_of(order.currency) != order.currency)
    return hub::problem{"currency", "is no code of ISO 4217"};
  for (std::size_t i = 0; i < order.vehicles.size(); ++i) {
    const auto where = "vehicles." + std::to_string(i);
    if (!is_good_id(order.vehicles[i].id)) return hub::problem{where + ".id", "has blanks or control characters"};
    if (!sum_of(order.vehicles[i].price)) return hub::problem{where + ".price", "is no sum of money"};
  }
  return std::nullopt;
}

std::string write_orders(const settings& with, const std::vector<order_asked>& orders, const std::string& catalogue,
                         hub::instant formed) {
  auto when = hub::to_wall_clock(formed, with.timezone);
  when[10] = 'T';
  auto text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"{}\"?>\n<КоммерческаяИнформация ВерсияСхемы=\"2.08\" ДатаФормирования=\"{}\">\n",
      hub::name_of(with.orders_encoding), when);
  writer to(text);
  for (const auto& order : orders) write_order(to, with, catalogue, order);
  text += "</КоммерческаяИнформация>\n";
  return xml_in(with.orders_encoding, text);
}

}  // namespace connectors::erp
