#pragma once
// Asterisk's two ways to tell of calls to canonical events: the Manager Interface while they go on (what it says is a hint), and
// the rows of the CDR table when they are over (the truth). After "CDR Specification" and the AMI events of Asterisk's
// documentation. Calls between two extensions are nobody's business and make no event. Pure: the host and the fuzzer call it on
// any thread. Problems quote nothing.

#include "connectors/telephony/asterisk/ami.hpp"
#include "connectors/telephony/asterisk/settings.hpp"
#include "connectors/telephony/call.hpp"
#include "connectors/telephony/people.hpp"

#include <boost/json/object.hpp>

namespace connectors::telephony::asterisk {

/// Nothing for an event that tells nothing of a call with somebody outside.
hub::result<std::optional<hub::message::event>> normalize_ami(const account_context& of, const settings& with,
                                                              const ami_event& told, hub::instant received_at);

/// A JSON list of rows with the columns' names. Rows of one `linkedid` are one call, so all of them belong into one list: a list
/// is asked for when the call's last row is a minute old. A row that cannot be read becomes an `unparsed` event of its own.
hub::result<std::vector<hub::message::event>> normalize_cdr(const account_context& of, const settings& with,
                                                            std::string_view rows, hub::instant received_at);

/// Either of them, told apart by the first letter: bodies that were kept.
hub::result<std::vector<hub::message::event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                                        hub::instant received_at);

/// Who is outside in the rows of one call, with the number; anonymous where none of them says. Rows that cannot be read say
/// nothing.
party outside_of(people& who, const settings& with, const std::vector<boost::json::object>& rows);

}  // namespace connectors::telephony::asterisk
