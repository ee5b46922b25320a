#pragma once
// Mails to canonical events, after RFC 5322, 2045-2047, 2231, 3464, 3834, 8098 and 8601: one raw mail per call. Pure: the
// host, the replay of quarantined mails and the fuzzer call it on any thread. A refused mail is a problem that names the
// place and quotes nothing of it.

#include "connectors/account.hpp"
#include "connectors/email/settings.hpp"
#include "hub/base/problem.hpp"
#include "hub/base/time.hpp"
#include "hub/message/canonical.hpp"

#include <string_view>
#include <vector>

namespace connectors::email {

/// The mail's events: a message, a status for each recipient of a bounce or receipt, nothing for our own mails and for
/// delays. `kept` is the mail, with our header or without (kept_mail.hpp). When our server had it stands for a Date that is
/// missing or absurd; `received_at` where nobody says that either.
hub::result<std::vector<hub::message::event>> normalize(const account_context& of, const settings& with, std::string_view kept,
                                                        hub::instant received_at);

}  // namespace connectors::email
