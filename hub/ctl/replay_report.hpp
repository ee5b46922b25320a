#pragma once
// What `hubctl replay` prints: plan, comparison and outcome, for people and as JSON. One thread.

#include "hub/ctl/event_replay.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>

namespace hub::ctl {

struct replay_report_of {
  replay_plan plan;
  replay_comparison compared;
  replay_outcome applied;
  boost::json::array shown;
};

void print_plan(const replay_plan& plan, const kept_selection& which);
/// With what the customer wrote, shortened.
void print_differences(const kept_event& e, const replay_verdict& v);
boost::json::object json_of(const kept_event& e, const replay_verdict& v);
void print_comparison(const replay_comparison& compared, bool dry_run);
/// "Publish 3 events and change the content of 1?"
std::string question_of(const replay_plan& plan, const replay_comparison& compared, bool resend);
/// `work`: something was to be done.
void print_outcome(const replay_outcome& done, bool work);
void print_json(const replay_report_of& report, bool dry_run);

}  // namespace hub::ctl
