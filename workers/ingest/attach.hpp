#pragma once
// Which lead an event joins, and which it opens (docs/domain.md, "Lead policy"). Called by fold(), pure, on rows that the
// transaction has locked.

#include "workers/ingest/state.hpp"

namespace workers::ingest {

/// The lead of `customer` (index into state::leads) that takes the event, which may be a lost one that comes back or a new
/// one; those two are added to the openings when they need an owner.
std::size_t join_or_open(const routing::rule_set& rules, state& s, id_type customer, const hub::message::event& e,
                         const routing::matched& m);

/// The lead that would take the event, without opening or reopening any.
std::optional<std::size_t> find_joinable(const routing::rule_set& rules, const state& s, id_type customer,
                                         const hub::message::event& e);

/// The lead_source of a channel's name ("viber" -> "viber", "activity" -> "website").
std::string source_of(std::string_view channel);

/// The word that rules and lead policies know a channel by: "call" for a telephone call, whoever connects it.
std::string rules_channel(const hub::message::event& e);

}  // namespace workers::ingest
