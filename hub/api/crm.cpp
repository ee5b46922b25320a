// The pages of the Pilot Cars Mini CRM: its three addresses open the matching page of the console. What they show is
// fetched there, under the policy of what is fetched. Its POST paths are registered beside the API's own.

#include "hub/api/routes.hpp"

namespace hub::api {

namespace {

async::task<http::response> go_to(std::string place) {
  http::response answer;
  answer.status = 302;
  answer.head.set("Location", std::move(place));
  co_return answer;
}

async::task<http::response> overview(visitor, http::request) { return go_to("/#overview"); }
async::task<http::response> leads(visitor, http::request) { return go_to("/#leads"); }
async::task<http::response> lead(visitor, http::request from) {
  const auto id = id_of(from);
  return go_to(id ? "/#lead-" + std::to_string(id) : std::string("/#leads"));
}

}  // namespace

void add_crm(route_table& to) {
  to.add(route("GET", "/admin/crm"), page_handler(overview));
  to.add(route("GET", "/admin/crm/leads"), page_handler(leads));
  to.add(route("GET", "/admin/crm/lead/{id}"), page_handler(lead));
}

}  // namespace hub::api
