#include "hub/db/connection.hpp"

#include "hub/base/log.hpp"
#include "hub/db/parameters.hpp"
#include "hub/db/watchdog.hpp"

#include <cmath>
#include <optional>

namespace hub::db {

namespace {

// Classes 22 and 23 speak of the data that was sent; every other class, and no class at all, of the world around it.
failure kind_of(const std::string& sqlstate) {
  return sqlstate.starts_with("22") || sqlstate.starts_with("23") ? failure::permanent : failure::transient;
}

// libpqxx 6.4 keeps the constraint's name only in the text: `... constraint "lead_one_attachable"`.
std::string constraint_in(const std::string& text) {
  static constexpr std::string_view marker = "constraint \"";
  const auto from = text.find(marker);
  if (from == std::string::npos) return {};
  const auto begin = from + marker.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

// The server's first line. What follows (DETAIL, CONTEXT) shows the row that failed: customers' words, which belong in no
// log.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

// Keyword/value settings may follow a postgresql:// URL as query parameters.
std::string with_parameters(const connect_options& options) {
  std::string url = options.url.reveal();
  const auto seconds = static_cast<int>(std::ceil(static_cast<double>(options.deadline.count()) / 1000));
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += "application_name=" + options.application_name + "&connect_timeout=" + std::to_string(std::min(seconds, 10)) +
         "&options=-csearch_path%3D" + options.schema + "%20-cstatement_timeout%3D" + std::to_string(options.deadline.count()) +
         "%20-cclient_min_messages%3Dwarning";
  return url;
}

struct connection::state {
  connect_options options;
  std::function<void(pqxx::connection&)> prepare = [](pqxx::connection&) {};
  std::unique_ptr<pqxx::connection> open;
  std::optional<std::uint64_t> ticket;
  bool deadline_passed = false;
};

connection::connection(connect_options options) : state_(std::make_unique<state>()) { state_->options = std::move(options); }
connection::~connection() = default;
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;

void connection::on_connect(std::function<void(pqxx::connection&)> prepare) { state_->prepare = std::move(prepare); }

void connection::reset() noexcept { state_->open.reset(); }
bool connection::is_open() const { return state_->open && state_->open->is_open(); }

pqxx::connection& connection::ready() {
  if (is_open()) return *state_->open;
  state_->open.reset();
  auto made = std::make_unique<pqxx::connection>(with_parameters(state_->options));
  // A silent reconnect in the middle of things would forget prepared statements and settings.
  made->inhibit_reactivation(true);
  state_->prepare(*made);
  state_->open = std::move(made);
  arm();
  return *state_->open;
}

void connection::arm() {
  state_->deadline_passed = false;
  if (is_open() && !state_->ticket) state_->ticket = watchdog::instance().guard(state_->open->sock(), state_->options.deadline);
}

void connection::disarm() noexcept {
  if (!state_->ticket) return;
  state_->deadline_passed = watchdog::instance().release(*state_->ticket);
  state_->ticket.reset();
}

void connection::fail(std::exception_ptr e) {
  const auto give_up = [&](const std::string& sqlstate, const std::string& what) {
    state_->open.reset();
    throw error(failure::transient, sqlstate, "", (state_->deadline_passed ? "deadline passed: " : "") + first_line(what));
  };
  try {
    std::rethrow_exception(e);
  } catch (const pqxx::in_doubt_error& x) {
    // Committed or not, nobody knows; the event keys decide when the batch is done again.
    give_up("08007", x.what());
  } catch (const pqxx::broken_connection& x) {
    give_up("08006", x.what());
  } catch (const pqxx::sql_error& x) {
    if (state_->deadline_passed || !state_->open || !state_->open->is_open()) give_up(x.sqlstate(), x.what());
    throw error(kind_of(x.sqlstate()), x.sqlstate(), constraint_in(x.what()), first_line(x.what()));
  } catch (const pqxx::failure& x) {
    give_up("08000", x.what());
  }
  throw;  // not the database's: as it is
}

}  // namespace hub::db
