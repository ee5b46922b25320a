// hubctl intake rejudge: what was refused because a secret was wrong is judged again with the one that is right now.

#include "hub/ctl/connector_client.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/message/json.hpp"

#include <iostream>

namespace hub::ctl {

namespace {

constexpr const char* intake_usage = "hubctl intake rejudge [CHANNEL/ACCOUNT]";

std::int64_t number_in(const boost::json::object& from, std::string_view name) {
  const auto* member = from.if_contains(name);
  std::int64_t number = 0;
  return member && message::read_json(*member, number) ? number : 0;
}

}  // namespace

int intake(const words& arguments) {
  options::options_description known;
  known.add_options()("verb", options::value<std::string>()->default_value(""), "")(
      "account", options::value<std::string>()->default_value(""), "");
  options::positional_options_description positional;
  positional.add("verb", 1).add("account", 1);
  const auto given = read_options(arguments, known, positional, intake_usage);
  if (given["verb"].as<std::string>() != "rejudge") throw usage_error(std::string("expected rejudge\nUsage: ") + intake_usage);
  const auto wanted = given["account"].as<std::string>();

  connector_client client(system_settings());
  table printed({"ACCOUNT", ">TAKEN IN", ">STILL REFUSED", ">FAILED"});
  bool found = false, failed_any = false;
  for (const auto& a : client.accounts()) {
    const auto name = a.channel + "/" + a.account;
    if (!wanted.empty() && name != wanted) continue;
    found = true;
    const auto got = client.judge(a.channel, a.account);
    const auto parsed = message::parse_json(got.body);
    const auto* counts = parsed ? parsed->if_object() : nullptr;
    if (got.status != 200 || !counts) {
      std::cerr << "hubctl intake: " << name << ": " << one_line(got.problem(), 600) << "\n";
      return failed;
    }
    failed_any = failed_any || number_in(*counts, "failed") > 0;
    printed.add({name, std::to_string(number_in(*counts, "accepted")), std::to_string(number_in(*counts, "refused")),
                 std::to_string(number_in(*counts, "failed"))});
  }
  if (!found) {
    std::cerr << "hubctl intake: there is no account " << (wanted.empty() ? "at all" : wanted) << "\n";
    return failed;
  }
  std::cout << printed.text()
            << "Kept refused requests stay until newer ones take their place; taking one in twice changes nothing.\n";
  return failed_any ? failed : good;
}

}  // namespace hub::ctl
