#pragma once
// A small ERP with a stock of its own that makes its exchange with hub-connector over HTTP, step by step: CommerceML files of
// what it has, and the dialogue that carries them.

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "tests/support/caller.hpp"
#include "tests/support/waiting.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

namespace test_support {

struct erp_car {
  std::string status = "В наличии";  ///< the ERP's word
  int price = 0;                     ///< 0: none yet
};
struct erp_order {
  std::string guid, number, customer, car;
  std::string phone = "+380000000301";
  bool paid = false, shipped = false, cancelled = false;
};

inline std::string erp_vin(const std::string& car) { return "WVGZZZ9BZH000" + car.substr(car.size() - 4); }

/// Files formed at a minute of an invented day, by a clock that only goes forward.
class erp_files_of {
 public:
  std::map<std::string, erp_car> cars;  ///< by id, which ends with four digits
  std::vector<erp_order> orders;

  std::string goods(int minute, bool full = true) const {
    std::string list;
    for (const auto& [id, car] : cars)
      list += fmt::format(
          "<Товар><Ид>{}</Ид><Наименование>Skoda</Наименование>"
          "<ХарактеристикиТовара><ХарактеристикаТовара><Наименование>VIN</Наименование><Значение>{}</Значение>"
          "</ХарактеристикаТовара></ХарактеристикиТовара><ЗначенияРеквизитов>{}{}{}{}</ЗначенияРеквизитов></Товар>",
          id, erp_vin(id), requisite("ВидНоменклатуры", "Автомобили"), requisite("Марка", "Skoda"),
          requisite("Модель", "Octavia"), requisite("Статус автомобиля", car.status));
    return document(minute, fmt::format("<Каталог СодержитТолькоИзменения=\"{}\"><Ид>cars</Ид><Товары>{}</Товары></Каталог>",
                                        full ? "false" : "true", list));
  }
  std::string offers(int minute) const {
    std::string list;
    for (const auto& [id, car] : cars)
      if (car.price > 0)
        list += fmt::format(
            "<Предложение><Ид>{}</Ид><Наименование>Skoda</Наименование><Цены><Цена><ИдТипаЦены>retail</ИдТипаЦены>"
            "<ЦенаЗаЕдиницу>{}.00</ЦенаЗаЕдиницу><Валюта>UAH</Валюта></Цена></Цены><Количество>1</Количество></Предложение>",
            id, car.price);
    return document(minute,
                    "<ПакетПредложений СодержитТолькоИзменения=\"false\"><Ид>cars#</Ид><ИдКаталога>cars</ИдКаталога><ТипыЦен>"
                    "<ТипЦены><Ид>retail</Ид><Наименование>Роздрібна</Наименование><Валюта>UAH</Валюта></ТипЦены></ТипыЦен>"
                    "<Предложения>" +
                        list + "</Предложения></ПакетПредложений>");
  }
  std::string sales(int minute) const {
    std::string list;
    for (const auto& o : orders)
      list += fmt::format(
          "<Документ><Ид>{}</Ид><Номер>{}</Номер><Дата>2026-11-10</Дата><ХозОперация>Заказ товара</ХозОперация>"
          "<Роль>Продавец</Роль><Валюта>UAH</Валюта><Сумма>635000.00</Сумма><Контрагенты><Контрагент><Ид>{}</Ид>"
          "<Наименование>Зразкова Ганна</Наименование><ПолноеНаименование>Зразкова Ганна</ПолноеНаименование>"
          "<Фамилия>Зразкова</Фамилия><Имя>Ганна</Имя><Контакты><Контакт><Тип>Телефон мобильный</Тип>"
          "<Значение>{}</Значение></Контакт></Контакты><Роль>Покупатель</Роль></Контрагент></Контрагенты>"
          "<Товары><Товар><Ид>{}</Ид><Наименование>Skoda</Наименование><Количество>1</Количество></Товар></Товары>"
          "<ЗначенияРеквизитов>{}{}{}</ЗначенияРеквизитов></Документ>",
          o.guid, o.number, o.customer, o.phone, o.car, o.paid ? requisite("Дата оплаты по 1С", "2026-11-10") : "",
          o.shipped ? requisite("Дата отгрузки по 1С", "2026-11-10") : "", o.cancelled ? requisite("Отменен", "true") : "");
    return document(minute, list);
  }

 private:
  static std::string requisite(const std::string& name, const std::string& value) {
    return "<ЗначениеРеквизита><Наименование>" + name + "</Наименование><Значение>" + value + "</Значение></ЗначениеРеквизита>";
  }
  static std::string document(int minute, const std::string& content) {
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><КоммерческаяИнформация ВерсияСхемы=\"2.05\""
        " ДатаФормирования=\"2026-11-{:02}T{:02}:{:02}:00\">{}</КоммерческаяИнформация>",
        10 + minute / 1440, minute / 60 % 24, minute % 60, content);
  }
};

/// Steps of the dialogue; what they were answered. "": cut.
class erp_dialogue {
 public:
  explicit erp_dialogue(caller over) : over_(std::move(over)) {}

  std::string check_in() {
    const auto said = ask("GET", "catalog", "checkauth");
    if (said.starts_with("success")) session_ = hub::split(said, '\n').at(2);
    return said;
  }
  std::string init(const std::string& type = "catalog") { return ask("GET", type, "init"); }
  std::string file(const std::string& name, const std::string& bytes, const std::string& type = "catalog") {
    return ask("POST", type, "file", name, bytes);
  }
  /// Once.
  std::string import(const std::string& name, const std::string& type = "catalog") { return ask("GET", type, "import", name); }
  /// Until it is over.
  std::string imported(const std::string& name, const std::string& type = "catalog") {
    std::string said;
    wait_until(
        [&] {
          said = import(name, type);
          return !said.starts_with("progress") && !said.empty();
        },
        std::chrono::seconds(20));
    return said;
  }
  std::string complete() { return ask("GET", "catalog", "complete"); }
  /// A whole session with these files; false when a step did not succeed.
  bool exchange(const std::map<std::string, std::string>& files, const std::string& type = "catalog") {
    if (!check_in().starts_with("success") || !init(type).starts_with("zip=no")) return false;
    for (const auto& [name, bytes] : files)
      if (!file(name, bytes, type).starts_with("success") || !imported(name, type).starts_with("success")) return false;
    return complete().starts_with("success");
  }

 private:
  std::string ask(const std::string& method, const std::string& type, const std::string& mode, const std::string& filename = "",
                  const std::string& body = "") {
    std::map<std::string, std::string> head{{"Cookie", "HUBSESS=" + session_}};
    if (mode == "checkauth") head["Authorization"] = "Basic " + hub::to_base64("erp_demo:sample-password");
    const auto target = "/exchange/bas/main?type=" + type + "&mode=" + mode + (filename.empty() ? "" : "&filename=" + filename);
    return over_.ask(method, target, head, body).body;
  }

  caller over_;
  std::string session_;
};

}  // namespace test_support
