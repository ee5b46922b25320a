#pragma once
// connectors.odata.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come from describe().

#include "connectors/erp/odata.hpp"

#include <chrono>

namespace connectors::erp {

struct odata_settings {
  hub::secret user;
  hub::secret password;
  std::string url;
  std::string timezone = "Europe/Kyiv";
  std::string vehicles = "Catalog_Автомобили";
  std::string customers, orders;
  std::vector<std::string> expand{"Марка", "Модель"};
  odata_names attributes;
  odata_order_names order_attributes;
  std::vector<std::string> available{"ВНаличии", "ВНаявності", "В наявності", "В наличии"};
  std::vector<std::string> reserved{"Резерв", "Зарезервовано", "Зарезервирован"};
  std::vector<std::string> sold{"Продано", "Продан"};
  std::vector<std::string> archived{"Архів", "Архив"};
  std::string exchange_node;
  std::chrono::milliseconds poll_every = std::chrono::minutes(10);
  std::chrono::milliseconds scan_every = std::chrono::hours(24);
  std::chrono::milliseconds order_window = std::chrono::hours(24 * 45);
  int page_size = 1000;

  bool operator==(const odata_settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("user", self.user, about{.text = "The ERP's user; best one with a role of its own.", .required = true, .secret = true});
    on("password", self.password, about{.text = "Its password.", .required = true, .secret = true});
    on("url", self.url,
       about{.text = "Where the interface is published, up to and with `standard.odata`.", .required = true, .max = 1000});
    on("timezone", self.timezone, about{.text = "Of the dates there, which name none."});
    on("vehicles", self.vehicles, about{.text = "Entity with the vehicles; empty: they are not asked for.", .max = 255});
    on("customers", self.customers, about{.text = "Entity with the customers; empty: they are not asked for.", .max = 255});
    on("orders", self.orders, about{.text = "Entity with the orders; empty: they are not asked for.", .max = 255});
    on("expand", self.expand, about{.text = "References of vehicles whose words are wanted, not their ids."});
    on("attributes", self.attributes, about{.text = "How the attributes of vehicles are called."});
    on("order_attributes", self.order_attributes, about{.text = "How those of orders are called."});
    on("available", self.available, about{.text = "Words of the status that mean: available."});
    on("reserved", self.reserved, about{.text = "Words that mean: reserved."});
    on("sold", self.sold, about{.text = "Words that mean: sold."});
    on("archived", self.archived, about{.text = "Words that mean: archived."});
    on("exchange_node", self.exchange_node,
       about{.text = "Our node of an exchange plan, `ExchangePlan_X(guid'...')`: changes are asked for by it between the scans; "
                     "empty: every look scans the versions.",
             .max = 500});
    on("poll_every", self.poll_every, about{.text = "How often changes are asked for."});
    on("scan_every", self.scan_every,
       about{.text = "How often everything is scanned where a node tells the changes, and how often it is told what exists."});
    on("order_window", self.order_window, about{.text = "Orders older than this are not looked at again."});
    on("page_size", self.page_size, about{.text = "Rows asked for at once in a scan of versions.", .min = 1, .max = 10'000});
  }
};

}  // namespace connectors::erp
