#pragma once
// What customers and leads learn from an event. Everything here commutes: the same rows in whatever order the events come
// (docs/domain.md, "What must not depend on order"). Called by fold(), pure.

#include "workers/ingest/state.hpp"

namespace workers::ingest {

/// The name of the earliest platform time stays; what a person typed is older than everything.
void learn_name(customer_row& customer, const hub::message::person& who, instant at);

/// Where an answer to this person goes; the newest told holds.
void learn_address(state& s, const hub::message::event& e, const hub::message::person& who);

/// The ad or post of the lead's earliest message that names one.
void learn_referral(state& s, std::size_t lead, const hub::message::event& e, const hub::message::chat_message& message);

/// Company, address and page of the newest activity that tells them, unless a person typed the customer.
void learn_contact(customer_row& customer, const hub::message::activity& told, instant at);

/// The same of a customer of an ERP, and the name where nobody told one before.
void learn_customer(customer_row& customer, const hub::message::customer& told, instant at);

/// Times, source, intent, priority and tags.
void learn(lead_row& lead, const hub::message::event& e, const routing::matched& m);

/// The value of the largest activity; of equal ones the currency that comes first.
void learn_value(lead_row& lead, std::optional<std::int64_t> value, const std::string& currency);

/// What the activity is worth by the rule that speaks about it, else what the site says it costs; in hundredths.
std::optional<std::int64_t> value_of(const state& s, const hub::message::event& e, const hub::message::activity& told,
                                     const routing::action& then);

/// A cost in hundredths, nothing for "". Throws hub::error (permanent) for what is no decimal number that a numeric(14, 2)
/// holds.
std::optional<std::int64_t> hundredths(std::string_view decimal);

}  // namespace workers::ingest
