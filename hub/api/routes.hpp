#pragma once
// What stands between the HTTP server and every handler of the API: the policy table, the session, the same-origin
// check of everything that changes something, and the headers no answer goes without. A handler therefore begins with
// a visitor who may be there, and only has to put the policy's predicate into its query. On the loop.

#include "config/settings.hpp"
#include "hub/api/live_feed.hpp"
#include "hub/api/policy_table.hpp"
#include "hub/api/queries.hpp"
#include "hub/api/sign_in_guard.hpp"
#include "hub/http/client.hpp"
#include "hub/http/router.hpp"
#include "hub/media/store.hpp"
#include "routing/rules.hpp"

#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hub::api {

/// How hub-connector is asked for what only it can do. On the loop.
struct connector_door {
  http::client* http = nullptr;           ///< null: nobody is asked
  std::function<std::string()> base_url;  ///< of its admin port; empty while it does not run
  secret token;

  /// One about an account of a channel, body and patience to be added; nothing while it does not run.
  std::optional<http::outgoing> ask(std::string method, const std::string& path, const std::string& channel,
                                    const std::string& account) const;
};

/// How long what is not needed any more is kept, from the settings.
struct retention {
  std::chrono::seconds events{0}, quarantine_bodies{0};
};

/// How people are told outside the console, from the settings.
struct notify_ways {
  bool email = false, telegram = false;
  bool has_address = false;  ///< api.public_url is known: a mail can hold a link
  std::string telegram_bot;
};

/// Passwords that are hashed or compared at a time, waiting ones too: more are told to come again.
inline constexpr std::size_t most_verifications = 64;

/// One more of something under way, as long as it lives. On the loop.
class counted {
 public:
  explicit counted(std::size_t& of) : of_(of) { ++of_; }
  ~counted() { --of_; }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

 private:
  std::size_t& of_;
};

/// Everything a handler may use; lives as long as the server.
struct services {
  services(const db::connect_options& database, std::size_t threads, const std::string& media_directory, const clock& time);

  queries db;
  boost::asio::thread_pool verifying;  ///< argon2id takes 19 MiB and 50 ms a piece: two at a time, away from the queries
  std::size_t verifications = 0;       ///< under way or waiting; on the loop
  const clock& time;
  media::store media;
  std::string thumbnails;              ///< directory of small pictures
  boost::asio::thread_pool shrinking;  ///< two decoders at a time
  std::size_t thumbnails_waiting = 0;  ///< under way or waiting; on the loop
  sign_in_guard guard;
  live_feed live;
  std::mutex rules_mutex;
  std::shared_ptr<const routing::rule_set> rules;  ///< the last version read; see rules_in_force()
  connector_door connectors;
  std::map<std::string, std::vector<std::string>> accounts;  ///< the configured ones, by channel
  retention kept;
  notify_ways notify;
  std::vector<config::criterion> criteria = config::call_review{}.criteria;  ///< of reviews of calls, from the settings
  std::string nobodys_hash;  ///< verified when the account does not exist, so that both take as long
};

/// Who asks. Of an open route without a session: id 0.
struct visitor {
  std::int64_t id = 0;
  std::string name, email, language, zone;
  bool sound = true;
  api::role role = role::analyst;
  api::access access = access::none;  ///< what the policy gives this role on this route
  std::string token_hash;             ///< of the session, raw bytes
  std::string bearer_hash;            ///< of the API token, where one was used
};

using page_handler = std::function<async::task<http::response>(visitor, http::request)>;
struct asked;
/// A handler that is one transaction (asked.hpp).
using sql_handler = http::response (*)(const asked&);
async::task<http::response> answer_in_transaction(services* with, sql_handler handle, visitor who, http::request from);

class route_table {
 public:
  explicit route_table(services& with) : with_(with) {}
  /// `row` is what route("GET", "/api/v1/...") finds in the policy table while compiling.
  void add(const policy_row& row, page_handler handle);
  /// For bodies that are no JSON.
  void add(const policy_row& row, page_handler handle, http::route_limits limits);
  void add(const policy_row& row, sql_handler handle);
  /// Throws hub::error (permanent) when a row of the policy has no handler.
  http::router finish();

 private:
  services& with_;
  http::router routes_;
};

/// Whether a request that changes something may come from where it comes from: browsers say so in Sec-Fetch-Site and
/// Origin, and both must name this very origin. A program that sends neither is no browser and carries no cookie of
/// somebody else.
bool is_same_origin(const http::request& from);

/// The value of a cookie, empty if absent.
std::string cookie(const http::request& from, std::string_view name);

/// {id} of the route; 0 when it is no id.
std::int64_t id_of(const http::request& from);

/// 404 of a row that is not there or not this person's: both look the same.
http::response no_such(std::string_view what);

/// All routes of hub-api.
http::router make_routes(services& with);

// One per resource file.
void add_session(route_table& to, services& with);
void add_leads(route_table& to);
void add_timeline(route_table& to);
void add_claim(route_table& to);
void add_lead_steps(route_table& to);
void add_lead_journal(route_table& to);
void add_lead_vehicles(route_table& to);
void add_lead_edit(route_table& to);
void add_messages(route_table& to);
void add_outbox(route_table& to);
void add_calls(route_table& to);
void add_call_back(route_table& to, services& with);
void add_call_reviews(route_table& to);
void add_tasks(route_table& to);
void add_crm(route_table& to);
void add_customers(route_table& to);
void add_merge(route_table& to);
void add_vehicles(route_table& to);
void add_conflicts(route_table& to);
void add_reports(route_table& to);
void add_staff(route_table& to);
void add_password_links(route_table& to, services& with);
void add_notice_choices(route_table& to, services& with);
void add_presence(route_table& to);
void add_pipelines(route_table& to);
void add_routing_rules(route_table& to);
void add_access_keys(route_table& to);
void add_events(route_table& to, services& with);
void add_inbox(route_table& to);
void add_search(route_table& to);
void add_erasure(route_table& to, services& with);
void add_media(route_table& to, services& with);
void add_thumbnails(route_table& to, services& with);
void add_media_shelf(route_table& to, services& with);
void add_saved_replies(route_table& to);
void add_templates(route_table& to, services& with);
void add_page(route_table& to);
void add_openapi(route_table& to);

}  // namespace hub::api
