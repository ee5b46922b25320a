#include "hub/ctl/activity_player.hpp"

#include "hub/ctl/playing.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hub::ctl {

namespace {

constexpr std::array<std::string_view, 12> haulers{
    "Prairie Haul",       "Red River Heavy",    "Lone Mesa Transport", "High Plains Oversize",
    "Cedar Ridge",         "Blue Mound Rigging",
    "Three Forks Hauling", "Copper State Loads", "Windmill Blade",
    "Gulf Beam & Girder",   "Sandhills Machinery", "Tall Load"};
constexpr std::array<std::string_view, 8> first_names{"Dana", "Rosa", "Miles", "June", "Owen", "Tess", "Carl", "Nadia"};
constexpr std::array<std::string_view, 6> last_names{"Example", "Sample", "Invented", "Demo", "Fable", "Placeholder"};
struct leg {
  std::string_view from, to;
  unsigned miles;
};
constexpr std::array<leg, 8> legs{{{"Tulsa, OK", "Amarillo, TX", 363},
                                   {"Houston, TX", "Midland, TX", 507},
                                   {"Denver, CO", "Casper, WY", 279},
                                   {"Boise, ID", "Billings, MT", 605},
                                   {"Wichita, KS", "Omaha, NE", 298},
                                   {"Reno, NV", "Elko, NV", 289},
                                   {"Mobile, AL", "Macon, GA", 381},
                                   {"Fargo, ND", "Minot, ND", 267}}};
constexpr std::array<std::string_view, 4> cars{"lead", "chase", "high_pole", "steer"};
// What one company does in one visit; the first ones are told to every audience of ten.
using visit = std::vector<std::string_view>;
const std::array<visit, 6>& visits() {
  static const std::array<visit, 6> all{{{"load_plan", "quote", "order_attempt"},
                                         {"quote"},
                                         {"load_plan", "quote"},
                                         {"location_share"},
                                         {"load_plan"},
                                         {"quote", "quote", "order_attempt"}}};
  return all;
}

/// Of a company: the same whenever it comes back.
struct company {
  std::string id, name, contact;
};
company invent_company(std::uint64_t seed, std::size_t number) {
  dice roll(seed ^ (static_cast<std::uint64_t>(number) << 20));
  company made;
  made.id = std::string(demo_company_prefix) + digits(seed % 0xfffff, 5, 16) + "-" + std::to_string(number);
  made.name = std::string(haulers[(number + seed) % haulers.size()]) + " Co";
  if (number >= haulers.size()) made.name += " " + std::to_string(number / haulers.size() + 1);
  made.contact = std::string(first_names[roll.below(first_names.size())]) + " " +
                 std::string(last_names[roll.below(last_names.size())]);
  return made;
}

std::string data_of(std::string_view activity, const leg& way, dice& roll) {
  const auto text = [](std::string_view value) {
    std::string out;
    message::append_json_string(out, value);
    return out;
  };
  if (activity == "load_plan")
    return R"({"route":{"from":)" + text(way.from) + R"(,"to":)" + text(way.to) + R"(,"miles":)" + std::to_string(way.miles) +
           R"(},"load":{"length_ft":)" + std::to_string(80 + roll.below(60)) + R"(,"width_ft":)" +
           std::to_string(10 + roll.below(7)) + R"(,"height_ft":)" + std::to_string(13 + roll.below(4)) + R"(,"weight_lb":)" +
           std::to_string(60000 + 1000 * roll.below(90)) +
           R"(},"road_types":["interstate","us_highway"]})";
  if (activity == "location_share")
    return R"({"near":)" + text(way.from) + R"(,"radius_miles":)" + std::to_string(25 * (1 + roll.below(4))) + "}";
  const std::string car_types = R"("car_types":[)" + text(cars[roll.below(cars.size())]) + "]";
  if (activity == "order_attempt") return R"({"step":"payment",)" + car_types + "}";
  return R"({"pickup":)" + text(way.from) + R"(,"delivery":)" + text(way.to) + "," + car_types + "}";
}

}  // namespace

std::vector<site_activity> tell_visits(const visit_options& options) {
  struct guest {
    company who;
    const visit* what;
    leg way;
    std::uint64_t cents;
    std::size_t next = 0;
  };
  dice roll(options.seed + 31);
  std::vector<site_activity> told;
  std::vector<guest> here;
  std::size_t begun = 0;
  const auto begin_next = [&] {
    const bool is_new = begun < options.companies;
    if (!is_new && options.count == 0) return;
    const std::size_t number = is_new ? begun++ : roll.below(options.companies);
    const auto& way = legs[roll.below(legs.size())];
    // About what an escort of that length costs, to the cent.
    const auto& what = visits()[(is_new ? number : roll.below(visits().size())) % visits().size()];
    here.push_back({invent_company(options.seed, number), &what, way, way.miles * (175 + roll.below(90)) * (1 + roll.below(2))});
  };
  for (std::size_t i = 0; i < std::clamp<std::size_t>(options.companies, 1, 6); ++i) begin_next();
  while (!here.empty() && (options.count == 0 || told.size() < options.count)) {
    const std::size_t turn = roll.below(here.size());
    auto& g = here[turn];
    site_activity made;
    made.activity = (*g.what)[g.next++];
    // Played again later, the activities are new ones of the same companies.
    made.at = options.start + options.step * static_cast<std::int64_t>(told.size());
    made.id = std::string(demo_company_prefix) + digits(options.seed % 0xfffff, 5, 16) + "-" +
              digits(static_cast<std::uint64_t>(options.start.time_since_epoch().count()), 12, 16) + "-" +
              std::to_string(told.size());
    made.company_id = g.who.id;
    made.company_name = g.who.name;
    made.contact_name = g.who.contact;
    if (made.activity == "quote" || made.activity == "order_attempt") made.cents = g.cents;
    made.data = data_of(made.activity, g.way, roll);
    told.push_back(std::move(made));
    if (g.next < g.what->size()) continue;
    here.erase(here.begin() + static_cast<std::ptrdiff_t>(turn));
    begin_next();
  }
  return told;
}

std::string activity_body(const site_activity& told) {
  std::string out = "{\"id\":";
  const auto text = [&out](std::string_view value) { message::append_json_string(out, value); };
  text(told.id);
  out += ",\"activity\":";
  text(told.activity);
  out += ",\"at\":\"" + to_rfc3339(told.at) + "\",\"company\":{\"id\":";
  text(told.company_id);
  out += ",\"name\":";
  text(told.company_name);
  out += ",\"contact_name\":";
  text(told.contact_name);
  // What the hub has to drop.
  out += R"(,"phone":"+12025550143","email":)";
  text("dispatch@" + told.company_id + ".example");
  out += ",\"url\":";
  text("https://site.example/admin/users/" + told.company_id);
  out += "}";
  if (told.cents)
    out += ",\"total_cost\":" + std::to_string(told.cents / 100) + "." + digits(told.cents % 100, 2) + ",\"currency\":\"USD\"";
  if (!told.data.empty()) out += ",\"data\":" + told.data;
  return out + "}";
}

}  // namespace hub::ctl
