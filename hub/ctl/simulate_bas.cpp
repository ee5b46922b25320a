#include "hub/ctl/simulate_bas.hpp"

#include "hub/async/within.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/demo_rows.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"

#include <fmt/format.h>
#include <boost/asio/thread_pool.hpp>

#include <iostream>

namespace hub::ctl {

namespace {

using namespace std::chrono_literals;

constexpr auto longest_wait = 60s;
constexpr auto longest_silence = 5s;

/// Until the vehicles are there, or nothing more comes; how many they are. They are the demo's from then on.
async::task<std::int64_t> wait_for_vehicles(std::int64_t wanted) {
  boost::asio::thread_pool blocking(1);
  auto database = open_database(settings_with_database());
  const auto count = [&database] {
    return database.transact([](pqxx::work& in) {
      mark_demo_rows(in);
      return count_demo_vehicles(in);
    });
  };
  const auto until = std::chrono::steady_clock::now() + longest_wait;
  auto last_change = std::chrono::steady_clock::now();
  std::int64_t there = 0;
  while (there < wanted && std::chrono::steady_clock::now() < until) {
    const auto now = co_await async::on_thread(blocking, count);
    if (now != there) last_change = std::chrono::steady_clock::now();
    there = now;
    if (std::chrono::steady_clock::now() - last_change > longest_silence) break;
    co_await async::sleep_for(300ms);
  }
  co_return there;
}

}  // namespace

async::task<int> play_bas(async::runtime& runtime, bas_visit visit) {
  if (!visit.json)
    std::cout << fmt::format("an ERP with {} vehicles exchanges with {}", visit.story.vehicles, visit.address) << std::endl;
  http::client http(runtime.context());
  const auto vehicles = visit.story.vehicles;
  const auto report = co_await exchange_as_bas(http, visit.address, visit.user, visit.password, visit.story);
  if (visit.json)
    std::cout << fmt::format(R"({{"files":{},"pictures":{},"orders_taken":{},"good":{},"seed":{}}})", report.files,
                             report.pictures, report.orders_taken, report.failure.empty(), visit.story.seed)
              << std::endl;
  else
    std::cout << fmt::format("{} files and {} pictures sent, {} orders of the hub taken; seed {}", report.files, report.pictures,
                             report.orders_taken, visit.story.seed)
              << std::endl;
  if (!report.failure.empty()) {
    std::cerr << "the hub did not take " << report.failure << std::endl;
    co_return failed;
  }
  if (visit.demo) {
    const auto there = co_await wait_for_vehicles(static_cast<std::int64_t>(vehicles));
    std::cout << there << " vehicles of the ERP in the database" << std::endl;
  }
  co_return good;
}

}  // namespace hub::ctl
