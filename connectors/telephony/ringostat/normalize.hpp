#pragma once
// Ringostat's webhooks and its list of calls to canonical events, after the help pages "Webhooks 2.0", "Calls export" and "Call
// statuses". A webhook is a flat or nested JSON object, a JSON-RPC call or a query string, with names that the project chose; the
// list is a JSON array of rows, bare or in `data`. A row that cannot be read becomes an `unparsed` event of its own, calls that
// still go on are left for the next list. Pure: the host and the fuzzer call it on any thread. Problems quote nothing.

#include "connectors/telephony/call.hpp"
#include "connectors/telephony/ringostat/settings.hpp"

namespace connectors::telephony::ringostat {

hub::result<std::vector<hub::message::event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                                        hub::instant received_at);

/// The customer's side of that call in a list of calls, remembered by `who`; anonymous where the list has not got it. Never
/// leaves the connector.
party customer_in(const account_context& of, const settings& with, people& who, const boost::json::value& list,
                  std::string_view call_id);

}  // namespace connectors::telephony::ringostat
