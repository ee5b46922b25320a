// hubctl replay: kept events are run through again; what would change is shown first.

#include "hub/base/clock.hpp"
#include "hub/base/log.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/event_replay.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/replay_report.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"

#include <iostream>

namespace hub::ctl {

namespace {

constexpr const char* replay_usage =
    "hubctl replay EVENT_KEY... [OPTIONS]\n"
    "       hubctl replay --from TIME [--to TIME] [FILTERS] [OPTIONS]\n"
    "       hubctl replay --file FILE [--from TIME] [--to TIME] [FILTERS] [OPTIONS]\n\n"
    "TIME is when the hub received the event: 2026-11-20, \"2026-11-20 10:00\" (UTC) or RFC 3339. Filters: --channel, "
    "--account,\n"
    "--kind, --conversation, --customer, --lead; all that are given must hold.";

/// "2026-11-20", "2026-11-20 10:00", "2026-11-20 10:00:30", or RFC 3339.
instant time_of(const std::string& option, const std::string& given) {
  std::string text(trim(given));
  if (auto full = parse_rfc3339(text)) return *full;
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  for (const char* rest : {"Z", ":00Z", "T00:00:00Z"})
    if (auto made = parse_rfc3339(text + rest)) return *made;
  throw usage_error("--" + option + " " + one_line(given, 60) +
                    " is no time; expected 2026-11-20, \"2026-11-20 10:00\" or 2026-11-20T10:00:00Z");
}

struct replay_wishes {
  event_replay_options how;
  bool dry_run = false, json = false, sure = false, show = false;
};

void check(const replay_wishes& w) {
  const auto& which = w.how.which;
  if (which.keys.empty() && !which.from && which.file.empty())
    throw usage_error("say which events: keys, --from TIME, or --file FILE\nUsage: " + std::string(replay_usage));
  if (!which.keys.empty() && (which.from || which.to || !which.file.empty()))
    throw usage_error("keys say already which events; --from, --to and --file go without them");
  if (which.from && which.to && *which.from >= *which.to) throw usage_error("--from is not before --to");
  if (w.how.rate <= 0) throw usage_error("--rate takes a number above 0");
  if (w.how.patience.count() < 1) throw usage_error("--wait takes seconds from 1");
  if (w.dry_run && w.sure) throw usage_error("--dry-run changes nothing: there is nothing to say --yes to");
  if (w.json && !w.dry_run && !w.sure) throw usage_error("--json asks nobody: add --yes or --dry-run");
  static const std::vector<std::string> kinds = [] {
    std::vector<std::string> all;
    for (const auto& policy : message::kind_policies()) all.emplace_back(policy.kind);
    return all;
  }();
  if (!which.kind.empty() && std::find(kinds.begin(), kinds.end(), which.kind) == kinds.end()) {
    const auto close = did_you_mean(which.kind, kinds);
    throw usage_error("there is no kind " + one_line(which.kind, 40) + (close ? "; did you mean " + *close + "?" : ""));
  }
}

replay_wishes read(const words& arguments) {
  replay_wishes w;
  auto& which = w.how.which;
  std::string from, to;
  int wait = 60;
  std::int64_t customer = 0, lead = 0, limit = 0;
  options::options_description known;
  known.add_options()("from", options::value(&from)->value_name("TIME"), "received at this time or later")(
      "to", options::value(&to)->value_name("TIME"), "received before; now when it is not given")(
      "file", options::value(&which.file)->value_name("FILE"),
      "kept events of another database, one a line: those that are unknown here are published, the others left alone")(
      "channel", options::value(&which.channel)->value_name("NAME"), "viber, whatsapp, telegram, activity, ...")(
      "account", options::value(&which.account)->value_name("NAME"), "our account there")(
      "kind", options::value(&which.kind)->value_name("KIND"), "message, status, activity, ...")(
      "conversation", options::value(&which.conversation)->value_name("KEY"),
      "all of one conversation: viber:main:<person's id>")("customer", options::value(&customer)->value_name("N"),
                                                           "of this customer and everybody linked")(
      "lead", options::value(&lead)->value_name("N"), "on the timeline of this lead")(
      "limit", options::value(&limit)->value_name("N"), "the first N of them at most")(
      "dry-run", options::bool_switch(&w.dry_run), "compare, publish and change nothing")(
      "show", options::bool_switch(&w.show), "what differs of each event, with what the customer wrote")(
      "resend", options::bool_switch(&w.how.resend), "publish known events too: their keys drop them, nothing changes")(
      "rate", options::value(&w.how.rate)->value_name("N")->default_value(200), "events a second at most")(
      "wait", options::value(&wait)->value_name("S")->default_value(60), "seconds to wait when nothing moves")(
      "yes", options::bool_switch(&w.sure), "do not ask")("json", options::bool_switch(&w.json), "print JSON")(
      "key", options::value(&which.keys), "");
  options::positional_options_description positional;
  positional.add("key", -1);
  const auto given = read_options(arguments, known, positional, replay_usage);
  if (!from.empty()) which.from = time_of("from", from);
  if (!to.empty()) which.to = time_of("to", to);
  const auto positive = [&](const char* name, std::int64_t n) {
    if (given.count(name) && n < 1) throw usage_error("--" + std::string(name) + " takes a number from 1");
    return given.count(name) ? std::optional(n) : std::nullopt;
  };
  which.customer = positive("customer", customer);
  which.lead = positive("lead", lead);
  which.limit = static_cast<std::size_t>(positive("limit", limit).value_or(0));
  w.how.patience = std::chrono::seconds(wait);
  check(w);
  // The two walks over the events see the same ones.
  if (which.from && !which.to) which.to = real_clock().now();
  return w;
}

}  // namespace

int replay(const words& arguments) {
  auto wanted = read(arguments);
  log::set_level(log::level::warn);
  const auto settings = settings_with_database();
  auto database = open_database(settings);
  database.on_connect(prepare_replay);
  wanted.how.who = operator_name();
  if (!wanted.json) wanted.how.say = [](const std::string& text) { std::cout << text << std::endl; };

  event_replay run(database, settings, wanted.how);
  replay_report_of report;
  report.plan = run.plan();
  if (report.plan.events == 0) {
    std::cerr << "hubctl replay: no kept event matches: " << words_of(wanted.how.which)
              << ". Events are kept as long as retention.events says.\n";
    return failed;
  }
  if (!wanted.json) print_plan(report.plan, wanted.how.which);
  report.compared = run.compare([&](const kept_event& e, const replay_verdict& v) {
    if (!wanted.show) return;
    if (wanted.json)
      report.shown.push_back(json_of(e, v));
    else
      print_differences(e, v);
  });
  const auto& compared = report.compared;
  if (!wanted.json) print_comparison(compared, wanted.dry_run);

  const bool work = compared.unknown + compared.differing > 0 || wanted.how.resend;
  if (!wanted.dry_run && work) {
    if (!wanted.sure && !confirm(question_of(report.plan, compared, wanted.how.resend))) {
      std::cerr << "Nothing was changed; --yes answers for you.\n";
      return failed;
    }
    report.applied = run.apply();
  }
  if (wanted.json)
    print_json(report, wanted.dry_run);
  else if (!wanted.dry_run)
    print_outcome(report.applied, work);
  const auto& applied = report.applied;
  return compared.refused + applied.refused + applied.unpublished + applied.pending == 0 ? good : failed;
}

}  // namespace hub::ctl
