#include "hub/ctl/bas_player.hpp"

#include "hub/async/within.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/base/time_zone.hpp"
#include "hub/ctl/car_photo.hpp"
#include "hub/ctl/playing.hpp"
#include "hub/http/text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace hub::ctl {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t piece_size = 1 << 20;
constexpr int most_questions = 300;  // of one import, five a second

// In windows-1251, as the hub answers.
constexpr std::string_view document_begin = "<\xC4\xEE\xEA\xF3\xEC\xE5\xED\xF2>";
constexpr std::string_view document_end = "</\xC4\xEE\xEA\xF3\xEC\xE5\xED\xF2>";
constexpr std::string_view number_begin = "<\xCD\xEE\xEC\xE5\xF0>";
constexpr std::string_view number_end = "</\xCD\xEE\xEC\xE5\xF0>";
constexpr std::string_view root_name = "\xCA\xEE\xEC\xEC\xE5\xF0\xF7\xE5\xF1\xEA\xE0\xFF\xC8\xED\xF4\xEE\xF0\xEC\xE0\xF6\xE8\xFF";
constexpr std::string_view schema_attribute = "\xC2\xE5\xF0\xF1\xE8\xFF\xD1\xF5\xE5\xEC\xFB";
constexpr std::string_view formed_attribute = "\xC4\xE0\xF2\xE0\xD4\xEE\xF0\xEC\xE8\xF0\xEE\xE2\xE0\xED\xE8\xFF";
constexpr std::string_view erp_number = "\xC0\xCF-";

struct model {
  const char *make, *name, *maker_code;
  int price;
};
constexpr std::array<model, 10> models{{{"Skoda", "Octavia", "TMB", 685'000},
                                        {"Skoda", "Superb", "TMB", 910'000},
                                        {"Volkswagen", "Passat", "WVW", 845'000},
                                        {"Volkswagen", "Tiguan", "WVG", 1'120'000},
                                        {"Audi", "A6", "WAU", 1'340'000},
                                        {"BMW", "320d", "WBA", 1'255'000},
                                        {"Renault", "Duster", "VF1", 610'000},
                                        {"Peugeot", "3008", "VF3", 980'000},
                                        {"Mercedes-Benz", "E 220", "WDD", 1'610'000},
                                        {"Volvo", "XC60", "YV1", 1'480'000}}};
constexpr std::array<const char*, 5> colours{"білий", "чорний", "сірий", "синій", "червоний"};
constexpr std::array<const char*, 3> statuses{"В наявності", "Резерв", "Продано"};

/// Of what is invented: the same for a seed whenever it is told.
std::string id_of(const bas_options& o, const std::string& what) {
  const auto hex = to_hex(sha256("bas demo " + std::to_string(o.seed) + " " + what));
  return std::string(demo_erp_prefix) + hex.substr(0, 4) + "-4" + hex.substr(5, 3) + "-8" + hex.substr(9, 3) + "-" +
         hex.substr(12, 12);
}

struct car {
  std::string id, vin, photo;
  const model* of = nullptr;
  int year = 0, price = 0, mileage = 0;
  const char *colour = "", *status = "";
};

std::vector<car> invent_cars(const bas_options& o) {
  dice roll(o.seed);
  std::vector<car> cars;
  for (std::size_t i = 0; i < o.vehicles; ++i) {
    car one;
    one.of = &models[roll.below(models.size())];
    one.id = id_of(o, "car " + std::to_string(i));
    // Characters 4 to 9 are no maker's.
    one.vin = std::string(one.of->maker_code) + "ZZZ9BZD" + digits((o.seed % 1000) * 10'000 + i, 7);
    one.year = 2014 + static_cast<int>(roll.below(11));
    one.price = one.of->price + static_cast<int>(roll.below(40)) * 5'000 - (2024 - one.year) * 20'000;
    one.mileage = (2025 - one.year) * (9'000 + static_cast<int>(roll.below(12'000)));
    one.colour = colours[roll.below(colours.size())];
    one.status = statuses[i < 2 || roll.chance(0.8) ? 0 : 1 + roll.below(2)];
    if (i % 4 == 0) one.photo = "import_files/de/" + one.id + ".png";
    cars.push_back(std::move(one));
  }
  return cars;
}

std::string formed(instant at) {
  auto text = to_wall_clock(at, "Europe/Kyiv");
  text[10] = 'T';
  return text;
}

std::string head(instant at) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<КоммерческаяИнформация ВерсияСхемы=\"2.08\" "
      "ДатаФормирования=\"{}\">\n",
      formed(at));
}

constexpr std::array<const char*, 7> properties{"VIN", "Марка", "Модель", "Рік випуску", "Статус продажу", "Колір", "Пробіг"};

std::string catalogue(const bas_options& o, const std::vector<car>& cars) {
  auto xml = head(o.now - 3min);
  xml += fmt::format("<Классификатор><Ид>{}</Ид><Наименование>Автомобілі</Наименование><Свойства>\n", id_of(o, "classifier"));
  for (const auto* name : properties)
    xml += fmt::format("<Свойство><Ид>{}</Ид><Наименование>{}</Наименование><ТипЗначений>Строка</ТипЗначений></Свойство>\n",
                       id_of(o, name), name);
  xml += fmt::format(
      "</Свойства></Классификатор>\n<Каталог СодержитТолькоИзменения=\"false\"><Ид>{}</Ид><Наименование>Автомобілі"
      "</Наименование><Товары>\n",
      id_of(o, "catalogue"));
  for (const auto& one : cars) {
    xml += fmt::format("<Товар><Ид>{}</Ид><Наименование>{} {} {}</Наименование><БазоваяЕдиница Код=\"796 \">шт</БазоваяЕдиница>",
                       one.id, one.of->make, one.of->name, one.year);
    if (!one.photo.empty()) xml += "<Картинка>" + one.photo + "</Картинка>";
    xml += "<ЗначенияСвойств>";
    const std::array<std::string, properties.size()> values{
        one.vin, one.of->make, one.of->name, std::to_string(one.year), one.status, one.colour, std::to_string(one.mileage)};
    for (std::size_t i = 0; i < properties.size(); ++i)
      xml += fmt::format("<ЗначенияСвойства><Ид>{}</Ид><Значение>{}</Значение></ЗначенияСвойства>", id_of(o, properties[i]),
                         values[i]);
    xml +=
        "</ЗначенияСвойств><ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>ВидНоменклатуры</Наименование>"
        "<Значение>Автомобілі</Значение></ЗначениеРеквизита></ЗначенияРеквизитов></Товар>\n";
  }
  return xml + "</Товары></Каталог></КоммерческаяИнформация>\n";
}

std::string offers(const bas_options& o, const std::vector<car>& cars) {
  auto xml = head(o.now - 2min);
  const auto type = id_of(o, "price type");
  xml += fmt::format(
      "<ПакетПредложений СодержитТолькоИзменения=\"false\"><Ид>{0}#</Ид><Наименование>Пропозиції</Наименование>"
      "<ИдКаталога>{0}</ИдКаталога><ТипыЦен><ТипЦены><Ид>{1}</Ид><Наименование>Роздрібна</Наименование><Валюта>UAH"
      "</Валюта></ТипЦены></ТипыЦен><Предложения>\n",
      id_of(o, "catalogue"), type);
  for (const auto& one : cars)
    xml += fmt::format(
        "<Предложение><Ид>{}</Ид><Цены><Цена><ИдТипаЦены>{}</ИдТипаЦены><ЦенаЗаЕдиницу>{}.00</ЦенаЗаЕдиницу><Валюта>UAH"
        "</Валюта></Цена></Цены><Количество>1</Количество></Предложение>\n",
        one.id, type, one.price);
  return xml + "</Предложения></ПакетПредложений></КоммерческаяИнформация>\n";
}

/// One client of the exchange: its session, and each step's answer.
class bas_client {
 public:
  bas_client(http::client& http, std::string address, std::string user, std::string password)
      : http_(http), address_(std::move(address)), sign_in_("Basic " + to_base64(user + ":" + password)) {}

  async::task<std::string> ask(std::string type, std::string mode, std::string name = {}, std::string body = {}) {
    http::outgoing question;
    question.method = mode == "file" ? "POST" : "GET";
    question.url = address_ + "?type=" + type + "&mode=" + mode;
    if (!name.empty()) question.url += "&filename=" + http::percent_encode(name);
    if (!sessid_.empty() && mode != "checkauth") question.url += "&sessid=" + sessid_;
    if (mode == "checkauth")
      question.head.set("Authorization", sign_in_);
    else
      question.head.set("Cookie", cookie_);
    question.body = std::move(body);
    question.max_body = 16_MiB;
    auto answer = co_await http_.fetch(std::move(question));
    if (answer.status != 200) throw error(failure::permanent, "answer", "the hub answers HTTP " + std::to_string(answer.status));
    if (mode == "checkauth" && answer.body.starts_with("success\n")) {
      const auto lines = split(answer.body, '\n');
      if (lines.size() > 3) {
        cookie_ = lines[1] + "=" + lines[2];
        sessid_ = lines[3].substr(lines[3].find('=') + 1);
      }
    }
    co_return std::move(answer.body);
  }

  /// The last answer: of the import, or of the step that failed before it.
  async::task<std::string> send(std::string type, std::string name, std::string bytes, bool import) {
    std::string said;
    for (std::size_t at = 0; at < bytes.size(); at += piece_size) {
      auto piece = bytes.substr(at, piece_size);
      said = co_await ask(type, "file", name, std::move(piece));
      if (!said.starts_with("success")) co_return said;
    }
    if (!import) co_return said;
    for (int i = 0; i < most_questions; ++i) {
      said = co_await ask(type, "import", name);
      if (!said.starts_with("progress")) break;
      co_await async::sleep_for(200ms);
    }
    co_return said;
  }

 private:
  http::client& http_;
  std::string address_, sign_in_, cookie_, sessid_;
};

std::string failed_step(const std::string& what, std::string said) {
  for (auto& c : said)
    if (c == '\n') c = ' ';
  return what + ": " + said.substr(0, 200);
}

}  // namespace

std::vector<bas_file> tell_bas_catalogue(const bas_options& options) {
  const auto cars = invent_cars(options);
  std::vector<bas_file> files;
  for (std::size_t i = 0; i < cars.size(); ++i)
    if (!cars[i].photo.empty()) files.push_back({cars[i].photo, draw_car_photo(options.seed * 1000 + i)});
  files.push_back({"import0_1.xml", catalogue(options, cars)});
  files.push_back({"offers0_1.xml", offers(options, cars)});
  return files;
}

std::string tell_bas_order(const bas_options& options, bool paid) {
  const auto cars = invent_cars(options);
  if (cars.empty()) return {};
  const auto& sold = cars.front();
  auto xml = head(options.now - (paid ? 0min : 1min));
  const auto placed = to_wall_clock(options.now - 1min, "Europe/Kyiv");
  xml += fmt::format(
      "<Документ><Ид>{}</Ид><Номер>АП-{:06}</Номер><Дата>{}</Дата><ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль>"
      "<Валюта>UAH</Валюта><Курс>1</Курс><Сумма>{}.00</Сумма><Контрагенты><Контрагент><Ид>{}</Ид><Наименование>Вигадана Олена"
      "</Наименование><ПолноеНаименование>Вигадана "
      "Олена</ПолноеНаименование><Фамилия>Вигадана</Фамилия><Имя>Олена</Имя><Контакты>"
      "<Контакт><Тип>Почта</Тип><Значение>olena@client.example</Значение></Контакт></Контакты><Роль>Покупатель</Роль></"
      "Контрагент>"
      "</Контрагенты><Время>{}</Время><Товары><Товар><Ид>{}</Ид><Наименование>{} {} {}</Наименование><ЦенаЗаЕдиницу>{}.00"
      "</ЦенаЗаЕдиницу><Количество>1</Количество><Сумма>{}.00</Сумма></Товар></Товары><ЗначенияРеквизитов><ЗначениеРеквизита>"
      "<Наименование>Статус заказа</Наименование><Значение>{}</Значение></ЗначениеРеквизита>",
      id_of(options, "order"), options.seed % 1'000'000, placed.substr(0, 10), sold.price, id_of(options, "customer"),
      placed.substr(11), sold.id, sold.of->make, sold.of->name, sold.year, sold.price, sold.price,
      paid ? "Передоплата" : "Новий");
  if (paid)
    xml += fmt::format(
        "<ЗначениеРеквизита><Наименование>Дата оплаты по 1С</Наименование><Значение>{}</Значение></ЗначениеРеквизита>",
        to_wall_clock(options.now, "Europe/Kyiv").substr(0, 10));
  return xml + "</ЗначенияРеквизитов></Документ></КоммерческаяИнформация>\n";
}

std::size_t count_documents(std::string_view given) {
  std::size_t count = 0;
  for (auto at = given.find(document_begin); at != given.npos; at = given.find(document_begin, at + 1)) ++count;
  return count;
}

std::string return_orders(std::string_view given, instant now) {
  std::string documents;
  std::size_t number = 0;
  for (auto at = given.find(document_begin); at != given.npos; at = given.find(document_begin, at + 1)) {
    const auto end = given.find(document_end, at);
    if (end == given.npos) break;
    std::string one(given.substr(at, end + document_end.size() - at));
    const auto from = one.find(number_begin), to = one.find(number_end);
    if (from != one.npos && to != one.npos)
      one.replace(from + number_begin.size(), to - from - number_begin.size(),
                  std::string(erp_number) + fmt::format("9{:05}", ++number));
    documents += one + "\n";
  }
  if (documents.empty()) return {};
  return fmt::format("<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n<{0} {1}=\"2.08\" {2}=\"{3}\">\n", root_name,
                     schema_attribute, formed_attribute, formed(now)) +
         documents + fmt::format("</{}>\n", root_name);
}

async::task<bas_report> exchange_as_bas(http::client& http, std::string address, std::string user, std::string password,
                                        bas_options options) {
  bas_client erp(http, std::move(address), std::move(user), std::move(password));
  bas_report report;
  auto said = co_await erp.ask("catalog", "checkauth");
  if (said.starts_with("success")) said = co_await erp.ask("catalog", "init");
  if (!said.starts_with("zip=")) {
    report.failure = failed_step("sign-in", said);
    co_return report;
  }
  auto files = tell_bas_catalogue(options);
  for (auto& file : files) {
    const bool is_picture = !file.name.ends_with(".xml");
    said = co_await erp.send("catalog", file.name, std::move(file.bytes), !is_picture);
    if (!said.starts_with("success")) {
      report.failure = failed_step(file.name, said);
      co_return report;
    }
    ++(is_picture ? report.pictures : report.files);
  }
  co_await erp.ask("catalog", "complete");

  co_await erp.ask("sale", "checkauth");
  co_await erp.ask("sale", "init");
  const auto given = co_await erp.ask("sale", "query");
  report.orders_taken = count_documents(given);
  said = co_await erp.ask("sale", "success");
  std::vector<bas_file> orders;
  orders.push_back({"orders-1.xml", tell_bas_order(options, false)});
  orders.push_back({"orders-2.xml", tell_bas_order(options, true)});
  orders.push_back({"orders-3.xml", return_orders(given, options.now)});
  for (auto& file : orders) {
    if (file.bytes.empty()) continue;
    said = co_await erp.send("sale", file.name, std::move(file.bytes), true);
    if (!said.starts_with("success")) {
      report.failure = failed_step(file.name, said);
      co_return report;
    }
    ++report.files;
  }
  co_return report;
}

}  // namespace hub::ctl
