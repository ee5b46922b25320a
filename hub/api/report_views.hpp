#pragma once
// Figures as the API shows them (docs/reports.md has the formulas): one described struct per schema of docs/openapi.yaml.

#include "hub/api/views.hpp"

namespace hub::api {

/// Money of one currency; amounts of different currencies are never added.
struct money_view {
  std::string currency;
  std::int64_t conversions = 0;
  double total = 0, average = 0;

  bool operator==(const money_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("currency", self.currency, always);
    on("conversions", self.conversions, always);
    on("total", self.total, always);
    on("average", self.average, always);
  }
};

/// The days a report is about, both included, in the business's time zone.
struct range_view {
  std::string from, to, zone;

  bool operator==(const range_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("from", self.from, always);
    on("to", self.to, always);
    on("zone", self.zone, always);
  }
};

struct overview_view {
  range_view range;
  std::int64_t created = 0, assigned = 0, conversions = 0, lost = 0;
  double rate = 0;
  std::vector<money_view> revenue;
  std::optional<double> seconds_to_conversion;
  std::int64_t pending = 0, active = 0;  ///< now, whatever the range

  bool operator==(const overview_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("range", self.range, always);
    on("created", self.created, always);
    on("assigned", self.assigned, always);
    on("conversions", self.conversions, always);
    on("lost", self.lost, always);
    on("rate", self.rate, always);
    on("revenue", self.revenue, always);
    on("seconds_to_conversion", self.seconds_to_conversion, always);
    on("pending", self.pending, always);
    on("active", self.active, always);
  }
};

struct ranked_view {
  person_view person;
  std::int64_t assigned = 0, conversions = 0;
  double rate = 0;
  std::vector<money_view> revenue;

  bool operator==(const ranked_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("person", self.person, always);
    on("assigned", self.assigned, always);
    on("conversions", self.conversions, always);
    on("rate", self.rate, always);
    on("revenue", self.revenue, always);
  }
};

struct ranking_view {
  range_view range;
  std::vector<ranked_view> people;

  bool operator==(const ranking_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("range", self.range, always);
    on("people", self.people, always);
  }
};

struct origin_view {
  std::string origin;
  std::int64_t leads = 0, conversions = 0;
  std::vector<money_view> revenue;

  bool operator==(const origin_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("origin", self.origin, always);
    on("leads", self.leads, always);
    on("conversions", self.conversions, always);
    on("revenue", self.revenue, always);
  }
};

struct origins_view {
  range_view range;
  std::vector<origin_view> origins;

  bool operator==(const origins_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("range", self.range, always);
    on("origins", self.origins, always);
  }
};

struct funnel_stage_view {
  std::string stage;
  std::int64_t entered = 0, left = 0, now = 0;
  std::optional<double> seconds_in_stage;

  bool operator==(const funnel_stage_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("stage", self.stage, always);
    on("entered", self.entered, always);
    on("left", self.left, always);
    on("now", self.now, always);
    on("seconds_in_stage", self.seconds_in_stage, always);
  }
};

struct funnel_view {
  range_view range;
  std::vector<funnel_stage_view> stages;

  bool operator==(const funnel_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("range", self.range, always);
    on("stages", self.stages, always);
  }
};

struct follow_ups_view {
  range_view range;
  std::int64_t due = 0, done_in_time = 0, leads = 0, converted = 0;
  double in_time_share = 0, converted_share = 0;

  bool operator==(const follow_ups_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("range", self.range, always);
    on("due", self.due, always);
    on("done_in_time", self.done_in_time, always);
    on("leads", self.leads, always);
    on("converted", self.converted, always);
    on("in_time_share", self.in_time_share, always);
    on("converted_share", self.converted_share, always);
  }
};

struct percentiles_view {
  double p50 = 0, p90 = 0, p95 = 0;

  bool operator==(const percentiles_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("p50", self.p50, always);
    on("p90", self.p90, always);
    on("p95", self.p95, always);
  }
};

struct response_row_view {
  person_view person;
  std::int64_t answered = 0;
  std::optional<double> seconds_to_first_response;
  std::optional<percentiles_view> working_minutes;

  bool operator==(const response_row_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("person", self.person, always);
    on("answered", self.answered, always);
    on("seconds_to_first_response", self.seconds_to_first_response, always);
    on("working_minutes", self.working_minutes, always);
  }
};

struct response_channel_view {
  std::string channel;
  std::int64_t answered = 0;
  std::optional<percentiles_view> working_minutes;

  bool operator==(const response_channel_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("channel", self.channel, always);
    on("answered", self.answered, always);
    on("working_minutes", self.working_minutes, always);
  }
};

struct response_period_view {
  std::string from;  ///< its first day
  std::int64_t answered = 0;
  std::optional<percentiles_view> working_minutes;

  bool operator==(const response_period_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("from", self.from, always);
    on("answered", self.answered, always);
    on("working_minutes", self.working_minutes, always);
  }
};

struct response_times_view {
  range_view range;
  std::vector<response_row_view> people;
  std::int64_t overdue = 0;  ///< leads whose first response is overdue now
  std::optional<percentiles_view> working_minutes;
  std::vector<response_channel_view> channels;
  std::vector<response_period_view> periods;  ///< days, of a longer range weeks

  bool operator==(const response_times_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("range", self.range, always);
    on("people", self.people, always);
    on("overdue", self.overdue, always);
    on("working_minutes", self.working_minutes, always);
    on("channels", self.channels, always);
    on("periods", self.periods, always);
  }
};

struct call_row_view {
  person_view person;
  std::int64_t inbound = 0, outbound = 0;  ///< in which people talked
  std::int64_t talk_seconds = 0;
  std::int64_t missed = 0, called_back = 0;

  bool operator==(const call_row_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("person", self.person, always);
    on("inbound", self.inbound, always);
    on("outbound", self.outbound, always);
    on("talk_seconds", self.talk_seconds, always);
    on("missed", self.missed, always);
    on("called_back", self.called_back, always);
  }
};

struct calls_view {
  range_view range;
  std::vector<call_row_view> people;
  std::int64_t missed_unowned = 0;  ///< by nobody who could be named

  bool operator==(const calls_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("range", self.range, always);
    on("people", self.people, always);
    on("missed_unowned", self.missed_unowned, always);
  }
};

/// How a criterion was scored in reviews, 0 to 100.
struct criterion_score_view {
  std::string key, uk, en;
  double score = 0;
  std::int64_t reviews = 0;

  bool operator==(const criterion_score_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("key", self.key, always);
    on("uk", self.uk, always);
    on("en", self.en, always);
    on("score", self.score, always);
    on("reviews", self.reviews, always);
  }
};

struct review_row_view {
  person_view person;
  std::int64_t calls = 0, reviewed = 0;
  std::optional<double> score;
  std::vector<criterion_score_view> criteria;

  bool operator==(const review_row_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("person", self.person, always);
    on("calls", self.calls, always);
    on("reviewed", self.reviewed, always);
    on("score", self.score, always);
    on("criteria", self.criteria, always);
  }
};

struct review_figures_view {
  range_view range;
  std::vector<review_row_view> people;
  std::vector<criterion_score_view> criteria;  ///< of all of them

  bool operator==(const review_figures_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("range", self.range, always);
    on("people", self.people, always);
    on("criteria", self.criteria, always);
  }
};

}  // namespace hub::api
