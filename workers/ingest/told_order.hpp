#pragma once
// What an ERP's order does to its lead. Pure, any thread.

#include "hub/message/erp.hpp"
#include "hub/message/order_back.hpp"
#include "routing/lifecycle.hpp"
#include "workers/ingest/state.hpp"

#include <optional>
#include <string>

namespace workers::ingest {

/// Our own id of an order that a lead is: "lead-42". Nothing for another text.
std::optional<id_type> lead_of_order(const std::string& hub_id);
std::string order_of_lead(id_type lead);

/// Our id of it, else the ERP's.
std::string order_key(const hub::message::order& told);

/// Where the order wants its lead: cancelled or deleted is lost, shipped is sold, paid is prepayment.
std::optional<routing::stage> goal_of(const hub::message::order& told);

/// Of two tellings of one order the newer; of one instant the one that is further.
bool is_newer(instant at, const hub::message::order& told, instant known_at, const hub::message::order& known);

/// It says what we said: the ERP returns our own order unpaid, or cancelled as we cancelled it.
bool is_echo(const hub::message::order& told, const hub::message::order_asked& sent);

/// A lead with an order of an ERP.
struct ordered_lead {
  routing::stage stage = routing::stage::fresh;
  bool has_owner = false;
  bool has_vehicle = false;                ///< chosen here, or one of the order's is in stock
  std::string other_vehicle;               ///< why the order's vehicles cannot be this lead's; empty: they can
  std::optional<routing::stage> moved_to;  ///< where this order has brought it before
  bool insisted = false;                   ///< a person said that the ERP is right
};
struct order_step {
  std::optional<routing::stage> to;  ///< nothing: it stays
  std::string why_not;               ///< both sides differ, and a person has to judge
};
/// The step that follows: never back from sold but by cancellation, and out of lost only what this order had lost.
order_step step_of(const ordered_lead& lead, std::optional<routing::stage> goal, const routing::pipeline& in);

}  // namespace workers::ingest
