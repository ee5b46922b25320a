#pragma once
// Who wrote a mail, and whether that is proven: anybody can write anything into From, so an address counts as a person's only
// when our own receiving server says that it checked it (Authentication-Results, RFC 8601). Pure, any thread.

#include "connectors/account.hpp"
#include "connectors/email/mime.hpp"
#include "connectors/email/settings.hpp"
#include "hub/message/canonical.hpp"

#include <string>
#include <string_view>

namespace connectors::email {

/// What our receiving server said of one mail.
struct authentication {
  bool proven = false;  ///< the From address may be believed
  bool failed = false;  ///< DMARC says that it must not
};

/// Reads the topmost Authentication-Results of our own server for `domain`: DMARC's word counts where there is one, else SPF
/// or DKIM for exactly this domain.
authentication authentication_of(const settings& with, const headers& head, std::string_view domain);

struct author {
  address who;
  authentication proof;
};

/// The one who wrote it: From, else Sender. Throws refused_body where neither names an address. Several: the first, unproven.
author author_of(const settings& with, const headers& head);

/// How an address is kept: itself, or a keyed hash where it looks like a phone number.
std::string address_id(const account_context& of, std::string_view mail);

/// The person behind an address; `proven` says in which space they are known.
hub::message::person person_at(const account_context& of, const address& who, bool proven);

}  // namespace connectors::email
