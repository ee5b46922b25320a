// bench_screens: how the console feels in a browser with many leads and many photos: opening a lead with a hundred photos on a
// slow phone, and scrolling an inbox of 100,000 leads. Seeds a hub-api of its own; the browser's part is screens.mjs. Run by hand
// on a quiet machine (docs/performance.md).

#include "tests/bench/flags.hpp"
#include "tests/bench/office.hpp"
#include "tests/support/process.hpp"

#include <boost/program_options.hpp>

#include <sstream>

namespace {

using namespace std::chrono_literals;
using namespace bench;

constexpr std::int64_t lead = 4;  // open, of a team of the supervisor's
constexpr std::int64_t supervisor = 184;

/// Four photos in a message, a message every ten minutes, words between: all of them stand in the first page of the conversation.
void add_photos(office& at, const std::vector<std::int64_t>& ids) {
  constexpr std::size_t together = 4;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto message = i / together;
    if (i % together == 0)
      at.run(
          fmt::format("insert into message (lead_id, customer_id, channel, direction, type, content, sent_at, event_key) select "
                      "id, customer_id,"
                      " 'viber', 'incoming', 'photo', 'Photos {0}', now() - {1} * interval '10 minutes', 'photos:{0}' from lead "
                      "where id = {2}",
                      message, ids.size() / together - message, lead));
    at.run(
        fmt::format("insert into message_media (message_id, part, media_id) select id, '{}', {} from message where event_key ="
                    " 'photos:{}'",
                    i % together, ids[i], message));
  }
}

int run(const settings& s) {
  office at;
  say(fmt::format("{} leads, {} messages\n", s.leads, s.messages));
  seed(at, s);
  // Sees them all.
  at.run(
      fmt::format("insert into team_member (team_id, staff_id, position, supervisor) select id, {}, 900, true from team"
                  " on conflict do nothing",
                  supervisor));
  const std::map<std::string, std::string> environment{{"CONSOLE", "http://127.0.0.1:" + std::to_string(at.port())},
                                                       {"SESSION", at.session_of(supervisor)}};
  const auto browser = [&](const std::string& words) {
    return test_support::run("/bin/sh",
                             {.arguments = {"-c", "cd " LEADYARD_BUILD_DIR "/browser && exec " LEADYARD_NODE
                                                  " " LEADYARD_SOURCE_DIR "/tests/bench/screens.mjs " +
                                                      words},
                              .environment = environment},
                             600s);
  };
  const auto made = browser("photos 100");
  std::istringstream numbers(made.output);
  std::vector<std::int64_t> ids;
  for (std::int64_t id = 0; numbers >> id;) ids.push_back(id);
  if (made.exit_code != 0 || ids.size() != 100) {
    say(made.output);
    return 1;
  }
  add_photos(at, ids);
  const auto done = browser(fmt::format("measure {}", lead));
  say(done.output);
  return done.exit_code;
}

}  // namespace

int main(int count, char** values) {
  namespace po = boost::program_options;
  settings s;
  s.messages = 100'000;
  po::options_description known("bench_screens");
  auto add = known.add_options();
  add("leads", po::value(&s.leads), "default 100,000");
  add("messages", po::value(&s.messages), "default 100,000");
  if (!bench::read_flags(count, values, known)) return 0;
  hub::crypto_start();
  hub::log::start("bench", hub::log::level::error);
  return run(s);
}
