#pragma once
// Who may see and change a customer, and how one is shown. A customer is seen through their leads; one without any lead by
// everybody who works with customers. Inside a handler's transaction.

#include "hub/api/asked.hpp"
#include "hub/api/customer_views.hpp"

#include <string>

namespace hub::api {

/// SQL: whether the customer `r` (a root) is among the rows of `a`, for the person $1.
std::string customer_is_visible(access a);
/// SQL: whether names and texts of the customer `r` may be shown to the person $1.
std::string customer_is_shown(access a, role r);

/// The customer's page, of a merged one the root's; refuses with 404.
customer_view read_customer(const asked& a, std::int64_t id);

/// Locks everybody of the customer's link, in order of id, and returns the root; 404 when the person may not see them.
std::int64_t lock_customer(const asked& a, std::int64_t id);

/// "customer:42", as audit rows name it.
std::string customer_subject(std::int64_t id);

/// A name, title or address somebody typed: trimmed, and refused with 400 when it holds a phone number.
std::string without_number(const std::string& typed, std::string_view field);

}  // namespace hub::api
