// GET /api/v1/pipelines: the ways of a lead as the rules in force have them, and the words that close it.

#include "hub/api/asked.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/views.hpp"

namespace hub::api {

namespace {

http::response list(const asked& a) {
  std::vector<pipeline_view> made;
  for (const auto& [name, of] : rules_in_force(a)->pipelines) {
    pipeline_view one{name, {}, of.sells_vehicles, of.lost_reasons, of.sold_reasons};
    for (const auto stage : of.stages) one.stages.emplace_back(name_of(stage));
    made.push_back(std::move(one));
  }
  return answer(200, made);
}

}  // namespace

void add_pipelines(route_table& to) { to.add(route("GET", "/api/v1/pipelines"), list); }

}  // namespace hub::api
