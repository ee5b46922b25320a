#pragma once
// connectors.bas.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come from describe().

#include "connectors/erp/charset.hpp"
#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"
#include "hub/base/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace connectors::erp {

using hub::about;

struct settings {
  hub::secret user;
  hub::secret password;
  std::string timezone = "Europe/Kyiv";
  std::string price_type;
  std::vector<std::string> kinds{"Автомобілі", "Автомобили"};
  std::vector<std::string> vin{"VIN", "VIN-код", "VIN код"};
  std::vector<std::string> make{"Марка"};
  std::vector<std::string> model{"Модель"};
  std::vector<std::string> year{"Рік випуску", "Год выпуска"};
  std::vector<std::string> status{"Статус продажу", "Статус продажи", "Статус автомобіля", "Статус автомобиля"};
  std::vector<std::string> colour{"Колір", "Цвет"};
  std::vector<std::string> mileage{"Пробіг", "Пробег"};
  std::vector<std::string> mileage_thousands{"Пробіг, тис. км", "Пробег, тыс. км"};
  std::vector<std::string> available{"В наявності", "В наличии", "ВНаявності", "ВНаличии"};
  std::vector<std::string> reserved{"Резерв", "Зарезервовано", "Зарезервирован"};
  std::vector<std::string> sold{"Продано", "Продан"};
  std::vector<std::string> archived{"Архів", "Архив"};
  hub::byte_count largest_file{std::uint64_t{2} << 30};
  charset orders_encoding = charset::windows_1251;
  std::string order_status = "Новий";
  std::string drop_directory;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("user", self.user, about{.text = "The name the ERP signs in with.", .required = true, .secret = true});
    on("password", self.password, about{.text = "Its password.", .required = true, .secret = true});
    on("timezone", self.timezone, about{.text = "Of the times in its files, which name none."});
    on("price_type", self.price_type,
       about{.text = "Name or id of the price that counts; empty: the first that a file names.", .max = 255});
    on("kinds", self.kinds, about{.text = "What vehicles are called in `ВидНоменклатуры`; other goods are left out."});
    on("vin", self.vin, about{.text = "Names of the property, characteristic or requisite that holds the VIN."});
    on("make", self.make, about{.text = "The same for the make."});
    on("model", self.model, about{.text = "The same for the model."});
    on("year", self.year, about{.text = "The same for the year."});
    on("status", self.status, about{.text = "The same for the status of sale."});
    on("colour", self.colour, about{.text = "The same for the colour."});
    on("mileage", self.mileage, about{.text = "The same for the mileage in kilometres."});
    on("mileage_thousands", self.mileage_thousands, about{.text = "The same for the mileage in thousands of kilometres."});
    on("available", self.available, about{.text = "Words of the status that mean: available."});
    on("reserved", self.reserved, about{.text = "Words that mean: reserved."});
    on("sold", self.sold, about{.text = "Words that mean: sold."});
    on("archived", self.archived, about{.text = "Words that mean: archived."});
    on("largest_file", self.largest_file, about{.text = "A larger file is refused."});
    on("drop_directory", self.drop_directory,
       about{.text = "Where files are dropped for us, an absolute path; empty: nowhere.", .max = 1000});
    on("orders_encoding", self.orders_encoding, about{.text = "Of the orders that the ERP fetches: windows-1251 or utf-8."});
    on("order_status", self.order_status, about{.text = "What it reads there as `Статус заказа`.", .max = 100});
  }
};

}  // namespace connectors::erp
