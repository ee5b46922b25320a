// hubctl erp: what an ERP's file, or its last exchange, would change among the vehicles, before anybody lets it.

#include "hub/base/text.hpp"
#include "hub/ctl/connector_client.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/erp_changes.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/message/codec.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace hub::ctl {

namespace {

constexpr const char* erp_usage = "hubctl erp diff FILE|[CHANNEL/]ACCOUNT [--account [CHANNEL/]NAME] [--json]";

constexpr const char* all_vehicles = R"(
select v.id, coalesce(v.erp_sync_id, ''), coalesce(v.vin, ''), v.make, v.model, coalesce(v.year::text, ''),
       coalesce(v.price::text, ''), v.currency, v.status::text, v.colour, coalesce(v.mileage::text, ''),
       coalesce((select l.lead_id from lead_vehicle l where l.vehicle_id = v.id and l.chosen), 0)
  from vehicle v)";

std::vector<stock_vehicle> read_stock(db::connection& database) {
  return database.transact([](pqxx::work& in) {
    std::vector<stock_vehicle> list;
    for (const auto& row : in.exec(all_vehicles)) {
      stock_vehicle one;
      one.id = row[0].as<std::int64_t>();
      one.erp_id = row[1].c_str();
      one.vin = row[2].c_str();
      int column = 3;
      for (const auto* field : {"make", "model", "year", "price", "currency", "status", "colour", "mileage"})
        one.fields[field] = row[column++].c_str();
      one.lead = row[column].as<std::int64_t>();
      list.push_back(std::move(one));
    }
    return list;
  });
}

const char* word(erp_change::kind is) {
  switch (is) {
    case erp_change::kind::added: return "added";
    case erp_change::kind::changed: return "changed";
    case erp_change::kind::gone: return "gone";
    case erp_change::kind::conflict: return "conflict";
  }
  return "";
}

std::string words_of(const erp_change& change) {
  std::string made = change.why;
  if (change.is == erp_change::kind::added) {
    for (const auto& c : change.fields)
      if (c.field == "price" || c.field == "currency" || c.field == "status") made = c.after + (made.empty() ? "" : " ") + made;
    return made;
  }
  for (const auto& c : change.fields)
    made += (made.empty() ? "" : "; ") + c.field + " " + (c.before.empty() ? "-" : c.before) + " -> " + c.after;
  return made;
}

void print(const erp_changes& found) {
  table lines({"WHAT", "VEHICLE", "VIN", "CHANGE"});
  std::map<erp_change::kind, std::size_t> counts;
  for (const auto& one : found.list) {
    ++counts[one.is];
    lines.add({word(one.is), one_line(one.name, 40), one.vin, one_line(words_of(one), 160)});
  }
  if (!lines.empty()) std::cout << lines.text() << "\n";
  std::cout << counts[erp_change::kind::added] << " added, " << counts[erp_change::kind::changed] << " changed, "
            << counts[erp_change::kind::gone] << " gone, " << counts[erp_change::kind::conflict] << " in conflict, "
            << found.unchanged << " as they are\n";
  if (!found.tells_what_exists) std::cout << "what is gone is not told: it does not say that it is everything there is\n";
  for (const auto& [reason, count] : found.refused)
    std::cout << count << (count == 1 ? " row" : " rows") << " would go to quarantine: " << one_line(reason, 200) << "\n";
}

void print_json(const erp_changes& found) {
  boost::json::array list;
  for (const auto& one : found.list) {
    boost::json::array fields;
    for (const auto& c : one.fields)
      fields.push_back(boost::json::object{{"field", c.field}, {"before", c.before}, {"after", c.after}});
    boost::json::object entry{{"change", word(one.is)}, {"erp_id", one.erp_id},        {"vin", one.vin}, {"name", one.name},
                              {"vehicle", nullptr},     {"fields", std::move(fields)}, {"why", one.why}};
    if (one.vehicle != 0) entry["vehicle"] = one.vehicle;
    list.push_back(std::move(entry));
  }
  boost::json::object refused;
  for (const auto& [reason, count] : found.refused) refused[reason] = count;
  std::cout << boost::json::serialize(boost::json::object{{"changes", std::move(list)},
                                                          {"unchanged", found.unchanged},
                                                          {"tells_what_exists", found.tells_what_exists},
                                                          {"refused", std::move(refused)}})
            << std::endl;
}

/// "main" or "bas/main".
std::pair<std::string, std::string> account_in(const std::string& given) {
  const auto slash = given.find('/');
  if (slash == std::string::npos) return {"bas", given};
  return {given.substr(0, slash), given.substr(slash + 1)};
}

}  // namespace

int erp(const words& arguments) {
  std::string verb, what, account = "main";
  options::options_description known;
  known.add_options()("verb", options::value(&verb))("what", options::value(&what))(
      "account", options::value(&account)->value_name("NAME"), "whose settings read the file; without it bas/main")("json",
                                                                                                                    "print JSON");
  options::positional_options_description positional;
  positional.add("verb", 1).add("what", 1);
  const auto given = read_options(arguments, known, positional, erp_usage);
  if (verb != "diff" || what.empty()) throw usage_error(std::string("expected ") + erp_usage);
  std::string file;
  if (std::filesystem::is_regular_file(what)) {
    std::ifstream in(what, std::ios::binary);
    file.assign(std::istreambuf_iterator<char>(in), {});
    if (!in || file.empty()) throw error(failure::permanent, "file", what + " cannot be read, or is empty");
  } else if (given.count("account")) {
    throw usage_error("--account goes with a file, and " + what + " is none");
  } else {
    account = what;
  }
  const auto settings = settings_with_database();
  const auto [channel, name] = account_in(account);
  connector_client connectors(settings);
  const auto answered = connectors.rehearse(channel, name, file);
  if (answered.status == 503) throw not_running("the exchange is starting, or its disk takes nothing: try again");
  if (answered.status != 200) throw error(failure::permanent, "refused", answered.problem());
  std::vector<message::event> told;
  for (auto& one : message::decode(answered.body)) {
    if (!one.value) throw error(failure::permanent, "answer", "hub-connector answered what this hubctl does not understand");
    told.push_back(std::move(*one.value));
  }
  auto database = open_database(settings);
  const auto found = compare_with_stock(told, read_stock(database));
  if (given.count("json"))
    print_json(found);
  else
    print(found);
  const bool is_clean = found.refused.empty() && std::none_of(found.list.begin(), found.list.end(), [](const auto& one) {
                          return one.is == erp_change::kind::conflict;
                        });
  return is_clean ? good : failed;
}

}  // namespace hub::ctl
