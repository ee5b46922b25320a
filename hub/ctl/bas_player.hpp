#pragma once
// A small ERP that exchanges with the hub as BAS does: files of an invented dealer's cars, prices, customer and order, and the
// dialogue in which they are sent and the hub's orders fetched. The files follow from a seed and the time they were formed: pure,
// any thread. The dialogue is on the loop.

#include "hub/async/task.hpp"
#include "hub/base/time.hpp"
#include "hub/http/client.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hub::ctl {

/// Every invented id of the ERP begins so, which is how `hubctl seed --remove` finds them again.
inline constexpr std::string_view demo_erp_prefix = "de300000-";
inline constexpr std::string_view demo_erp_user = "demo";

struct bas_options {
  std::uint64_t seed = 1;
  std::size_t vehicles = 40;
  instant now{};
};

struct bas_file {
  std::string name, bytes;
};

/// Pictures of every fourth car, the whole catalogue, offers with prices.
std::vector<bas_file> tell_bas_catalogue(const bas_options& options);
/// An order of the first car with its customer: agreed, or a minute later paid.
std::string tell_bas_order(const bas_options& options, bool paid);
/// What the hub was asked for and gave (windows-1251) with the ERP's own number, as the ERP returns it; nothing when there is
/// none.
std::string return_orders(std::string_view given, instant now);
std::size_t count_documents(std::string_view given);

struct bas_report {
  std::size_t files = 0, pictures = 0;
  std::size_t orders_taken = 0;  ///< of the hub's
  std::string failure;           ///< what the hub answered instead of success; empty: all went well
};

/// The whole exchange: catalogue, offers, then the hub's orders fetched, confirmed and returned, an order that is paid later.
/// `address` up to the account. Throws hub::error when nobody answers.
async::task<bas_report> exchange_as_bas(http::client& http, std::string address, std::string user, std::string password,
                                        bas_options options);

}  // namespace hub::ctl
