#pragma once
// What one ingest transaction knows and changes: the rows it locked, as plain values, and what it decided to write.
// load() fills the first half, fold() the second, write() sends it. No SQL, no clock here.

#include "hub/base/time.hpp"
#include "hub/message/call_merge.hpp"
#include "hub/message/canonical.hpp"
#include "routing/match.hpp"
#include "routing/receipt.hpp"
#include "routing/rules.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace workers::ingest {

using hub::instant;
using id_type = std::int64_t;

/// One element of a delivery.
struct item {
  hub::message::event event;
  std::string body;  ///< the CloudEvent as it came: kept for replay, quarantined when it fails
};

/// A present fact about a company; the newest platform time that tells it wins.
struct contact_fact {
  std::string value;
  std::optional<instant> at;
};

struct customer_row {
  id_type id = 0;
  id_type root = 0;  ///< itself, or what it was merged into
  std::string first_name, last_name, language;
  std::optional<instant> named_at;
  bool fresh = false;  ///< created by this transaction
  bool spoke = false;  ///< has a message in this transaction
  bool renamed = false;
  contact_fact company, email, url;  ///< loaded only for customers with an activity
  bool contacts_changed = false;
};

struct lead_row {
  id_type id = 0;  ///< negative until written
  id_type customer = 0;
  std::string pipeline = "sales";
  routing::stage stage = routing::stage::fresh;
  std::optional<id_type> manager;
  std::string owner_email;  ///< empty: unowned, or nothing here asks for calendars
  std::string team;
  std::string source;
  std::string origin;                 ///< activity of the lead's earliest event
  std::optional<std::string> data;    ///< its details, when they change
  std::optional<std::int64_t> value;  ///< hundredths of `currency`
  std::string currency = "USD";
  routing::intent intent = routing::intent::other;
  int priority = 0;
  std::vector<std::string> tags;
  bool attachable = true;
  std::optional<instant> attach_until;
  std::optional<instant> closed_at;
  std::optional<instant> unanswered_since;
  std::optional<instant> response_due;
  std::optional<instant> responded_at;  ///< the first response
  std::optional<id_type> responded_by;
  instant created_at, last_activity_at;
  bool fresh = false;
  bool touched = false;                ///< something happened: its times go into an update
  bool changed = false;                ///< other facts changed, too
  bool reopened = false;               ///< lost before, takes messages again
  std::optional<instant> clock_from;   ///< the message that starts the clock of the first response
  std::optional<instant> late_answer;  ///< a reply older than the lead's newest: it answers only what came before it
  bool responded = false;              ///< the first response is in this transaction
  bool written_to = false;             ///< a person wrote to the customer
  bool now_contacted = false;          ///< so it leaves `new`
};

/// A lead that needs an owner, in the order in which owners are chosen.
struct opening {
  std::size_t lead = 0;  ///< index into state::leads
  const hub::message::event* cause = nullptr;
  routing::matched why;
  routing::receipt receipt{};
};

struct message_row {
  std::optional<std::size_t> lead;
  id_type customer = 0;
  const hub::message::event* event = nullptr;
  std::optional<std::chrono::milliseconds> late_by;
};

/// What the team of a message's lead says by itself while it is not at work.
struct automatic_answer {
  std::size_t to = 0;    ///< index into state::messages: the first of its conversation in this transaction
  instant closed_until;  ///< when the team is at work again
  std::string text;      ///< with its gaps
};

/// What a company did, on the timeline of its lead.
struct activity_row {
  std::size_t lead = 0;
  id_type customer = 0;
  const hub::message::event* event = nullptr;
  std::optional<std::int64_t> value;  ///< hundredths
};

/// One call: what was known of it, and with what is told now.
struct call_row {
  int revision = 0;  ///< as read; 0: nobody knew it
  hub::message::call_facts facts;
  std::optional<id_type> lead_id;   ///< as read
  std::optional<std::size_t> lead;  ///< index into state::leads, where it is loaded
  std::optional<id_type> customer;
  const hub::message::event* told = nullptr;  ///< the newest event; null: nothing was told in this batch
};

/// Somebody rang and nobody answered.
struct call_back_row {
  std::size_t lead = 0;
  std::string key;  ///< of the call
  instant missed_at;
};

/// Something to do that a rule asks for.
struct task_row {
  std::size_t lead = 0;
  const hub::message::event* event = nullptr;
  routing::task_rule what;
};

/// The newest fact a platform told about something sent.
struct receipt_row {
  hub::message::delivery_state state = hub::message::delivery_state::sent;
  std::map<hub::message::delivery_state, instant> at;
  std::string reason;
  std::optional<std::uint64_t> outbox_id;  ///< where the platform returned it
  std::optional<std::uint32_t> attempt;
};

/// What somebody did to a message after it was written; the newest of each kind holds.
struct change_key {
  std::string channel, account, platform_id, kind, by_whom;
  auto operator<=>(const change_key&) const = default;
};
struct change_row {
  instant at;
  std::optional<id_type> customer;
  std::string content;
  std::optional<hub::message::geo_point> location;
};

/// Present-state facts of an identity; the newest platform time wins.
struct identity_fact {
  std::optional<std::pair<instant, std::string>> reply_address;
  std::optional<std::pair<instant, bool>> subscribed;
  std::optional<instant> read_up_to;
};

/// An order of an ERP: what was told of it last, and the lead it belongs to.
struct order_row {
  std::string account;  ///< "bas:main"
  hub::message::order told;
  instant at;
  std::optional<id_type> lead;
  std::optional<routing::stage> moved_to;  ///< where it has brought that lead
  bool learned = false;                    ///< `told` is of this transaction
};

struct platform_key {
  std::string channel, account, id;
  auto operator<=>(const platform_key&) const = default;
};

/// Identities are looked up several times an event; the id alone spreads them.
struct identity_hash {
  std::size_t operator()(const hub::message::identity& who) const { return std::hash<std::string>{}(who.id); }
};
template <class T>
using by_identity = std::unordered_map<hub::message::identity, T, identity_hash>;

struct state {
  std::vector<const item*> items;          ///< new ones only, in (platform time, key) order
  std::vector<const item*> of_colleagues;  ///< new ones, too, but of no customer

  /// Whether anybody may be linked with anybody: then whole links are locked, and at once, in one order.
  bool links_exist = false;

  // loaded
  by_identity<id_type> customer_of;  ///< identity -> customer; absent: nobody knows it
  std::unordered_map<id_type, customer_row> customers;
  std::vector<lead_row> leads;
  std::unordered_map<id_type, std::vector<std::size_t>> leads_of;  ///< root customer -> indexes into leads
  /// Average of conversions, in hundredths, by event and how far back; absent: there were none.
  std::map<std::pair<const hub::message::event*, std::chrono::milliseconds>, std::int64_t> averages;

  // decided
  std::vector<opening> openings;
  std::vector<message_row> messages;
  std::vector<automatic_answer> answers;
  std::vector<activity_row> activities;
  std::vector<task_row> tasks;
  std::map<platform_key, call_row> calls;  ///< the known ones are loaded
  std::vector<call_back_row> call_backs;
  std::map<std::size_t, instant> talked;  ///< by lead: when somebody last talked with the customer
  std::map<platform_key, receipt_row> receipts;
  std::vector<const hub::message::event*> outcomes;  ///< of attempts to send
  std::map<change_key, change_row> changes;
  std::map<std::size_t, const hub::message::event*> referrals;  ///< by lead: the earliest message with one
  std::map<hub::message::identity, identity_fact> facts;
  std::map<std::pair<std::string, std::string>, order_row> orders;  ///< by account and key, what is known taken in
  std::vector<id_type> order_customers;                             ///< whose leads these are: locked with the others
  std::vector<std::pair<id_type, id_type>> declared_same;           ///< two customers named in one payload
  std::vector<std::pair<id_type, id_type>> possibly_same;           ///< those of them whom a person keeps apart
};

/// The customer an event belongs to: that of its first identity that has one. Nothing for events of strangers that may
/// not create a customer.
std::optional<id_type> customer_of(const state& s, const hub::message::event& e);

/// Adds a lead to both places that know it; returns its index.
std::size_t add_lead(state& s, lead_row lead);

}  // namespace workers::ingest
