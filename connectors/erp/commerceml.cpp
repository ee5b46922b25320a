#include "connectors/erp/commerceml.hpp"

#include "connectors/erp/words.hpp"

#include <algorithm>
#include <array>

namespace connectors::erp {

namespace {

using path = std::vector<std::string>;

constexpr std::size_t longest_id = 128;
constexpr std::size_t most_words = 500'000;  // of all directories of a classifier
constexpr std::size_t most_price_types = 1000;
constexpr std::size_t most_photos = 64;

constexpr std::string_view root = "КоммерческаяИнформация";

hub::problem wrong(std::string what) { return {"", std::move(what)}; }

void take_facts(const element& list, std::string_view of, goods& to) {
  for (const auto& one : list.children)
    if (one.name == of) to.facts.push_back({std::string(one.text_of("Наименование")), std::string(one.text_of("Значение"))});
}

/// Quantities of all stores together are not added up exactly but asked for one thing: is any there? "1" or "0".
std::optional<std::string> rest_of(const element& offer) {
  bool told = false, some = false;
  const auto count = [&](std::string_view amount) {
    if (amount.empty()) return;
    told = true;
    some = some || (amount.find_first_of("123456789") != std::string_view::npos && amount.front() != '-');
  };
  if (const auto* rests = offer.child("Остатки"))
    for (const auto& rest : rests->children) {
      count(rest.text);
      count(rest.text_of("Количество"));
      for (const auto& store : rest.children)
        if (store.name == "Склад") count(store.text_of("Количество"));
    }
  count(offer.text_of("Количество"));
  for (const auto& store : offer.children)
    if (store.name == "Склад") count(store.attribute("КоличествоНаСкладе"));
  if (!told) return std::nullopt;
  return some ? "1" : "0";
}

goods goods_of(const element& from, bool is_offer, std::uint64_t line) {
  goods made;
  made.is_offer = is_offer;
  made.id = from.text_of("Ид");
  made.version = from.text_of("НомерВерсии");
  made.line = std::to_string(line);
  made.deleted = from.attribute("Статус") == "Удален" || is_true(from.text_of("ПометкаУдаления"));
  for (const auto& part : from.children) {
    if (part.name == "Картинка" && !part.text.empty() && made.photos.size() < most_photos) made.photos.push_back(part.text);
    if (part.name == "ХарактеристикиТовара") take_facts(part, "ХарактеристикаТовара", made);
    if (part.name == "ЗначенияРеквизитов") take_facts(part, "ЗначениеРеквизита", made);
    if (part.name == "ЗначенияСвойств")
      for (const auto& one : part.children)
        made.properties.push_back({std::string(one.text_of("Ид")), std::string(one.text_of("Значение"))});
    if (part.name == "Цены")
      for (const auto& one : part.children)
        made.prices.push_back({std::string(one.text_of("ИдТипаЦены")), "", std::string(one.text_of("ЦенаЗаЕдиницу")),
                               std::string(one.text_of("Валюта"))});
  }
  made.quantity = rest_of(from).value_or("");
  return made;
}

class reading {
 public:
  reading(directories& known, const commerceml_sink& sink) : known_(known), sink_(sink) {
    for (const auto& [id, of] : known_.properties) words_ += 1 + of.values.size();
  }

  hub::result<file_head> run(const puller& utf8) {
    xml_reader reader;
    reader.begin = [this](const path& at, const element& head) { return begin(at, head); };
    reader.take = [this](const path& at, element whole, std::uint64_t line) { return take(at, std::move(whole), line); };
    if (auto found = read_xml(utf8, reader)) return std::move(*found);
    if (!is_ours_) return hub::problem{"line 1", "is no CommerceML: its first element is another one"};
    head_.full = said_full_ && head_.has_catalogue;
    return head_;
  }

 private:
  step begin(const path& at, const element& element) {
    if (at.size() == 1) {
      is_ours_ = at[0] == root;
      head_.formed = element.attribute("ДатаФормирования");
      return is_ours_ ? step::enter : step::skip;
    }
    const auto& name = at.back();
    const auto& inside = at[at.size() - 2];
    if (name == "Каталог" || name == "ПакетПредложений" || name == "ИзмененияПакетаПредложений") {
      if (name == "Каталог") {
        head_.has_catalogue = true;
        said_full_ = element.attribute("СодержитТолькоИзменения") == "false";
      }
      return step::enter;
    }
    if (name == "Классификатор" || name == "Свойства" || name == "Товары" || name == "Предложения" || name == "ТипыЦен" ||
        name == "Контейнер" || (name == "Контрагенты" && at.size() == 2))
      return step::enter;
    const bool record = (name == "Товар" && inside == "Товары") || (name == "Предложение" && inside == "Предложения") ||
                        name == "Документ" || (name == "Контрагент" && inside == "Контрагенты") ||
                        ((name == "Свойство" || name == "СвойствоНоменклатуры") && inside == "Свойства") ||
                        (name == "ТипЦены" && inside == "ТипыЦен");
    const bool word = inside == "Каталог" && (name == "Ид" || name == "СодержитТолькоИзменения");
    return record || word ? step::gather : step::skip;
  }

  std::optional<hub::problem> take(const path& at, element whole, std::uint64_t line) {
    const auto& name = at.back();
    if (name == "Ид") head_.catalogue = whole.text.substr(0, longest_id);
    if (name == "СодержитТолькоИзменения") said_full_ = whole.text == "false";
    if (name == "Свойство" || name == "СвойствоНоменклатуры") return take_property(whole);
    if (name == "ТипЦены") return take_price_type(whole);
    if (name == "Документ") return sink_.take_document(whole, head_.formed);
    if (name == "Контрагент") return sink_.take_customer(whole, head_.formed);
    if (name != "Товар" && name != "Предложение") return std::nullopt;
    auto made = goods_of(whole, name == "Предложение", line);
    if (!is_good_id(made.id)) return wrong("an object has no id, or one with blanks or of more than 128 bytes");
    made.formed = head_.formed;
    return sink_.take_goods(std::move(made));
  }

  std::optional<hub::problem> take_property(const element& from) {
    property made{std::string(from.text_of("Наименование")), {}};
    if (const auto* list = from.child("ВариантыЗначений"))
      for (const auto& one : list->children) {
        made.values.emplace(one.text_of("ИдЗначения"), one.text_of("Значение"));
        if (++words_ > most_words) return wrong("the classifier holds more than 500000 words");
      }
    if (++words_ > most_words) return wrong("the classifier holds more than 500000 words");
    known_.properties[std::string(from.text_of("Ид"))] = std::move(made);
    return std::nullopt;
  }

  std::optional<hub::problem> take_price_type(const element& from) {
    price_type made{std::string(from.text_of("Ид")), std::string(from.text_of("Наименование")),
                    std::string(from.text_of("Валюта"))};
    const auto same =
        std::find_if(known_.price_types.begin(), known_.price_types.end(), [&](const auto& t) { return t.id == made.id; });
    if (same != known_.price_types.end())
      *same = std::move(made);
    else if (known_.price_types.size() >= most_price_types)
      return wrong("there are more than 1000 types of prices");
    else
      known_.price_types.push_back(std::move(made));
    return std::nullopt;
  }

  directories& known_;
  const commerceml_sink& sink_;
  file_head head_;
  std::size_t words_ = 0;
  bool is_ours_ = false, said_full_ = false;
};

}  // namespace

bool is_true(std::string_view word) {
  constexpr std::array<std::string_view, 7> words{"true", "True", "TRUE", "1", "Да", "да", "Так"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

hub::result<file_head> read_commerceml(const puller& utf8, directories& known, const commerceml_sink& sink) {
  return reading(known, sink).run(utf8);
}

}  // namespace connectors::erp
