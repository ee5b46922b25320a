#include "workers/clock/hand_out.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/base/log.hpp"
#include "hub/db/times.hpp"
#include "workers/owners.hpp"
#include "workers/store/queue.hpp"
#include "workers/store/rules.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace workers::clock {

namespace {

namespace queue = store::queue;

/// A queued lead, as its last decision left it.
struct waiting {
  std::int64_t lead = 0;
  std::string reason;
  int decisions = 0;
  routing::matched why;
};

/// The rule of the last decision as the rules in force have it; what the decision kept, when they have it no more.
routing::matched again(const routing::rule_set& rules, const std::string& team, const routing::receipt& kept) {
  routing::matched m;
  m.rule = kept.rule;
  m.priority = kept.priority;
  m.parts = kept.priority_parts;
  for (const auto& one : kept.evidence) m.because.push_back({one.by, one.from, one.to});
  const auto rule = std::find_if(rules.rules.begin(), rules.rules.end(), [&](const auto& r) { return r.name == kept.rule; });
  if (rule != rules.rules.end()) {
    m.then = rule->then;
    if (m.then.team.empty()) m.then.team = team;
  } else {
    m.then.team = team;
    m.then.strategy = kept.strategy;
    m.then.skills = kept.skills;
    m.then.online_required = kept.online_required;
  }
  return m;
}

/// What decides who is eligible: leads that ask for the same find the same people.
std::string demand_of(const routing::action& then) {
  return routing::cursor_key(then.team, then.skills) + (then.online_required ? " online" : "");
}

struct page_result {
  bool held = false, last = false, some_wait = false;
  std::size_t given = 0;
  queue::place behind;
};

class page {
 public:
  page(pqxx::work& tx, const routing::rule_set& rules, const std::string& team, hub::instant now, const hand_out_limits& limits)
      : tx_(tx), rules_(rules), team_(team), now_(now), limits_(limits) {}

  page_result run(std::int64_t team_id, const queue::place& behind) {
    page_result done{.held = true, .behind = behind};
    auto leads = read(team_id, done);
    move_elsewhere(leads);
    if (leads.empty()) return done;

    std::vector<const routing::action*> asked;
    for (const auto& one : leads) asked.push_back(&one.why.then);
    const auto before = load_roster(tx_, rules_, asked, now_);
    auto people = before;
    const bool nobody = decide(leads, people, done);
    write(before, people);
    done.last = done.last || nobody;
    return done;
  }

 private:
  std::vector<waiting> read(std::int64_t team_id, page_result& done) {
    hub::db::array manual, automatic, ids;
    for (const auto& rule : rules_.rules)
      (rule.then.strategy.value_or(routing::strategy::manual) == routing::strategy::manual ? manual : automatic).add(rule.name);
    std::map<std::int64_t, std::size_t> position;
    for (const auto& row : queue::page(tx_, team_id, done.behind, manual, automatic, limits_.page)) {
      done.behind = {row[1].as<std::string>(), row[0].as<std::int64_t>()};
      position.emplace(done.behind.lead, position.size());
      ids.add(done.behind.lead);
    }
    done.last = position.size() < static_cast<std::size_t>(limits_.page);
    if (position.empty()) return {};

    // Locked in order of id, given away in the order of the queue.
    std::vector<std::optional<waiting>> found(position.size());
    for (const auto& row : queue::lock(tx_, ids, team_id)) {
      const auto kept = routing::receipt_from_json(row[1].as<std::string>(""));
      if (!kept) continue;
      const auto lead = row[0].as<std::int64_t>();
      found[position.at(lead)] = {lead, row[3].as<std::string>(), row[2].as<int>(), again(rules_, team_, *kept)};
    }
    std::vector<waiting> leads;
    for (auto& one : found)
      if (one) leads.push_back(std::move(*one));
    return leads;
  }

  /// The rules in force may have given a rule to another team.
  void move_elsewhere(std::vector<waiting>& leads) {
    hub::db::array moved, teams;
    std::erase_if(leads, [&](const waiting& one) {
      if (one.why.then.team == team_) return false;
      moved.add(one.lead);
      teams.add(one.why.then.team);
      return true;
    });
    if (moved.empty()) return;
    queue::move(tx_, moved, teams);
    queue::wake(tx_, teams, now_);
  }

  /// True when nobody can be given anything any more. Leads for which nobody is there keep waiting: the first of each demand
  /// has a receipt that says why, when that is new; the others wait for the same.
  bool decide(std::vector<waiting>& leads, roster& people, page_result& done) {
    std::map<std::string, std::string> nobody;
    receipts_.reserve(leads.size());
    bool end = false;
    for (const auto& one : leads) {
      const auto demand = demand_of(one.why.then);
      if (const auto known = nobody.find(demand); known != nobody.end()) {
        tell(one, known->second);
        continue;
      }
      // Nobody for the least demand: nobody for a greater one.
      if (end) continue;
      auto made = choose_owner(rules_, one.why, people, now_);
      if (!made.winner) {
        nobody.emplace(demand, made.reason);
        end = one.why.then.skills.empty() && !one.why.then.online_required;
        if (made.reason == one.reason) continue;
        tell(one, made.reason);
      } else {
        ++done.given;
      }
      receipts_.push_back(std::move(made));
      decisions_.push_back({one.lead, "hand_out:" + std::to_string(one.lead) + ":" + std::to_string(one.decisions + 1),
                            "from the queue by rule " + receipts_.back().rule, &receipts_.back(), false});
    }
    done.some_wait = done.given < leads.size();
    return end;
  }

  void tell(const waiting& one, const std::string& reason) {
    if (one.reason == reason) return;
    told_.add(one.lead);
    reasons_.add(reason);
  }

  void write(const roster& before, const roster& after) {
    if (!told_.empty()) queue::tell_reasons(tx_, told_, reasons_);
    write_owners(tx_, decisions_, now_);
    move_rings(tx_, before, after);
    restart_clocks();
  }

  /// The first response is due on the calendar of whoever owns the lead now.
  void restart_clocks() {
    if (rules_.first_response_due.calendar != "owner") return;
    hub::db::array given, leads, due;
    for (const auto& one : decisions_)
      if (one.receipt->winner) given.add(one.lead);
    if (given.empty()) return;
    for (const auto& row : queue::clocks(tx_, given)) {
      const auto since = hub::db::instant_at(row, 1);
      leads.add(row[0].as<std::int64_t>());
      due.add(rules_.first_response_until(since, row[2].as<std::string>(), row[3].as<std::string>()));
    }
    if (!leads.empty()) queue::set_clocks(tx_, leads, due);
  }

  pqxx::work& tx_;
  const routing::rule_set& rules_;
  const std::string& team_;
  hub::instant now_;
  const hand_out_limits& limits_;
  std::vector<routing::receipt> receipts_;
  std::vector<owner_decision> decisions_;
  hub::db::array told_, reasons_;
};

/// When somebody of the team begins or ends to work, at the latest after a while.
hub::instant next_look(const routing::rule_set& rules, const std::string& team, hub::instant now,
                       std::chrono::milliseconds at_the_latest) {
  auto next = now + at_the_latest;
  const auto found = rules.teams.find(team);
  if (found == rules.teams.end()) return next;
  for (const auto& email : found->second.members)
    if (const auto* works = rules.working_time_of(email, team))
      if (const auto edge = works->next_edge(now)) next = std::min(next, *edge);
  return next;
}

}  // namespace

handed_out hand_out(hub::db::connection& database, rules_in_force& rules, const std::string& team, hub::instant now,
                    const hand_out_limits& limits) {
  handed_out all;
  queue::place behind;
  bool some_wait = false;
  for (bool first = true;; first = false) {
    const auto done = database.transact([&](pqxx::work& tx) -> page_result {
      const auto& in_force = rules.of(tx, store::rules::active(tx).hash);
      const auto id = queue::hold(tx, team);
      if (!id) return {};
      // Settled with the first page: should we die before the last one, the planned look finds what is left.
      if (first) queue::take_timers(tx, team, now);
      auto made = page(tx, in_force, team, now, limits).run(*id, behind);
      some_wait = some_wait || made.some_wait;
      if (some_wait || !made.last) queue::plan(tx, team, next_look(in_force, team, now, limits.again));
      FAILPOINT("clock.before_commit", team);
      return made;
    });
    if (!done.held) return all;
    all.held = true;
    all.given += done.given;
    behind = done.behind;
    if (done.last) break;
  }
  if (all.given > 0) hub::log::debug("queue handed out", {{"team", team}, {"leads", all.given}});
  return all;
}

}  // namespace workers::clock
