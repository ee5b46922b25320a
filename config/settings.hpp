#pragma once
// config/hub.yaml as the programs see it. Declared once: the reader, `hubctl print-config` (redacted), the
// environment overrides (HUB__SECTION__KEY, secrets also HUB__SECTION__KEY_FILE) and docs/reference/config.md
// come from describe(). Rules live in routing.yaml, not here.

#include "config/node.hpp"
#include "hub/base/describe.hpp"
#include "hub/base/log.hpp"
#include "hub/base/secret.hpp"
#include "hub/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace config {

using hub::about;
using namespace std::chrono_literals;

struct tls {
  std::string certificate;
  std::string key;

  bool operator==(const tls&) const = default;
  static void describe(auto& self, auto& on) {
    on("certificate", self.certificate, about{.text = "PEM file with the certificate chain; empty means plain HTTP."});
    on("key", self.key, about{.text = "PEM file with the private key."});
  }
};

struct listener {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  config::tls tls{};
  std::vector<std::string> trusted_proxies{};

  bool operator==(const listener&) const = default;
  static void describe(auto& self, auto& on) {
    on("address", self.address, about{.text = "Address to listen on."});
    on("port", self.port, about{.text = "Port; when it is taken the next free one. 0 takes any free one."});
    on("tls", self.tls, about{.text = "Certificate and key; changed files are picked up without a restart."});
    on("trusted_proxies", self.trusted_proxies,
       about{.text = "Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed."});
  }
};

struct broker {
  hub::secret url;

  bool operator==(const broker&) const = default;
  static void describe(auto& self, auto& on) {
    on("url", self.url,
       about{.text = "amqp://user:password@host:port/vhost, or amqps://. Empty: `hubctl up` runs a private broker.",
             .secret = true});
  }
};

struct database {
  hub::secret url;
  std::chrono::milliseconds deadline = 20s;

  bool operator==(const database&) const = default;
  static void describe(auto& self, auto& on) {
    on("url", self.url,
       about{.text = "postgresql://user:password@host:port/name. Empty: `hubctl up` runs a private server.", .secret = true});
    on("deadline", self.deadline,
       about{.text = "Longest wait for one SQL statement, kept by the client: a server that hangs cannot hold a program."});
  }
};

struct ingest {
  std::uint32_t shards = 2;
  std::vector<std::uint32_t> draining;
  std::uint32_t batch = 200;
  std::chrono::milliseconds linger = 3ms;
  std::uint16_t prefetch = 1000;

  bool operator==(const ingest&) const = default;
  static void describe(auto& self, auto& on) {
    on("shards", self.shards, about{.text = "Number of ingest queues; about the cores Postgres may use.", .min = 1, .max = 64});
    on("draining", self.draining, about{.text = "Earlier shard counts that are still consumed until their queues are empty."});
    on("batch", self.batch, about{.text = "Deliveries in one transaction at most.", .min = 1, .max = 1000});
    on("linger", self.linger, about{.text = "How long a batch under load waits for more."});
    on("prefetch", self.prefetch, about{.text = "Unacknowledged deliveries per shard.", .min = 1});
  }
};

struct intake {
  listener listen{.port = 8090};
  std::string public_url;
  std::chrono::milliseconds confirm_wait = 1s;
  std::string spool_directory = "spool";
  hub::byte_count spool_limit{2ULL << 30};

  bool operator==(const intake&) const = default;
  static void describe(auto& self, auto& on) {
    on("listen", self.listen, about{.text = "Where platforms reach the webhooks."});
    on("public_url", self.public_url,
       about{
           .text = "The address platforms know us by, https://hub.example.com; needed to register webhooks and to send pictures.",
           .example = "https://hub.example.com"});
    on("confirm_wait", self.confirm_wait, about{.text = "Longest wait for the broker's confirm before events go to the spool."});
    on("spool_directory", self.spool_directory,
       about{.text =
                 "Where events wait while the broker does not confirm; must survive a restart. Relative to the home directory."});
    on("spool_limit", self.spool_limit, about{.text = "When the spool is this large, intake answers 503."});
  }
};

struct internal {
  hub::secret token;

  bool operator==(const internal&) const = default;
  static void describe(auto& self, auto& on) {
    on("token", self.token, about{.text = "What programs of the hub show each other on admin ports.", .secret = true});
  }
};

struct admin {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;

  bool operator==(const admin&) const = default;
  static void describe(auto& self, auto& on) {
    on("address", self.address, about{.text = "Address of the admin port (/livez, /readyz, /metrics, /version, /internal/...)."});
    on("port", self.port, about{.text = "0 takes a free one and `hubctl up` tells the others."});
  }
};

enum class text_policy { keep, mask };
constexpr auto names_of(text_policy) {
  return std::array{hub::named{"keep", text_policy::keep}, hub::named{"mask", text_policy::mask}};
}

struct privacy {
  hub::secret fingerprint_key;
  hub::secret seal_key;
  text_policy text = text_policy::keep;

  bool operator==(const privacy&) const = default;
  static void describe(auto& self, auto& on) {
    on("fingerprint_key", self.fingerprint_key,
       about{.text = "Turns phone numbers into fingerprints; the same on every connector host, part of the backup.",
             .secret = true});
    on("seal_key", self.seal_key,
       about{.text = "Seals what only connectors may read; the same on every connector host, part of the backup.",
             .secret = true});
    on("text", self.text, about{.text = "`mask` replaces phone numbers that customers write in their texts."});
  }
};

struct media {
  std::string directory = "media";
  hub::byte_count max_size{64ULL << 20};
  std::uint32_t fetchers = 4;
  bool allow_private_addresses = false;

  bool operator==(const media&) const = default;
  static void describe(auto& self, auto& on) {
    on("directory", self.directory, about{.text = "Where files are kept by content hash. Relative to the home directory."});
    on("max_size", self.max_size, about{.text = "Larger files are recorded as too large and not kept."});
    on("fetchers", self.fetchers, about{.text = "Files fetched at the same time.", .min = 1, .max = 64});
    on("allow_private_addresses", self.allow_private_addresses,
       about{.text = "Fetch media also from loopback and private addresses over http. Only for the demo and tests."});
  }
};

/// What becomes of a message of which nobody knows whether it left.
enum class unknown_policy { hold, resend };
constexpr auto names_of(unknown_policy) {
  return std::array{hub::named{"hold", unknown_policy::hold}, hub::named{"resend", unknown_policy::resend}};
}

struct sending {
  std::uint32_t senders = 8;
  std::map<std::string, unknown_policy> on_unknown;

  bool operator==(const sending&) const = default;
  static void describe(auto& self, auto& on) {
    on("senders", self.senders, about{.text = "Messages under way at the same time, per worker.", .min = 1, .max = 64});
    on("on_unknown", self.on_unknown,
       about{
           .text =
               "By channel, for a message of which nobody knows whether it left: `hold` shows it to a person, `resend` sends it "
               "again, which may deliver it twice. `hold` where nothing is said.",
           .example = "{email: resend}"});
  }
};

struct api {
  listener listen{.port = 8080};
  std::string public_url;

  bool operator==(const api&) const = default;
  static void describe(auto& self, auto& on) {
    on("listen", self.listen, about{.text = "Where people reach the API and the console."});
    on("public_url", self.public_url,
       about{.text = "The address people open the console by; what links that the hub hands out begin with.",
             .example = "https://leads.example.com"});
  }
};

struct notify {
  std::string email, telegram, telegram_bot;

  bool operator==(const notify&) const = default;
  static void describe(auto& self, auto& on) {
    on("email", self.email,
       about{.text = "The account of `connectors.email` that mails to your own people go out by; empty: none do.",
             .max = 64,
             .example = "main"});
    on("telegram", self.telegram,
       about{.text = "The account of `connectors.telegram` whose bot writes to those who want it; empty: it does not.",
             .max = 64,
             .example = "main"});
    on("telegram_bot", self.telegram_bot,
       about{.text = "That bot's name without @: the console links to the chat. Empty: it shows what to write there.",
             .max = 64,
             .example = "avto_leads_bot"});
  }
};

/// What a supervisor scores a call by.
struct criterion {
  std::string key, uk, en;
  std::uint32_t max = 5;

  bool operator==(const criterion&) const = default;
  static void describe(auto& self, auto& on) {
    on("key", self.key,
       about{.text = "Its name in reviews and reports, never changed: a-z, 0-9 and _.", .required = true, .min = 1, .max = 40});
    on("uk", self.uk, about{.text = "What people read in Ukrainian.", .required = true, .min = 1, .max = 80});
    on("en", self.en, about{.text = "What people read in English.", .required = true, .min = 1, .max = 80});
    on("max", self.max, about{.text = "Most points; a criterion weighs as much.", .min = 1, .max = 10});
  }
};

struct call_review {
  std::vector<criterion> criteria{{"greeting", "Привітання", "Greeting", 5},
                                  {"needs", "З’ясування потреб", "Needs found out", 5},
                                  {"offer", "Пропозиція", "Offer", 5},
                                  {"next_step", "Домовленість про наступний крок", "Next step agreed", 5}};

  bool operator==(const call_review&) const = default;
  static void describe(auto& self, auto& on) {
    on("criteria", self.criteria,
       about{.text =
                 "What a supervisor scores a call by, in the order of the form. `max`, 1 to 10, is the most points and so the "
                 "weight; 5 where nothing is said. Reviews that were made keep what they were made by.",
             .min = 1,
             .max = 20,
             .example = "[{key: greeting, uk: Привітання, en: Greeting, max: 5}]"});
  }
};

struct retention {
  std::chrono::milliseconds events = std::chrono::hours(24 * 30);
  std::chrono::milliseconds quarantine_bodies = std::chrono::hours(24 * 7);

  bool operator==(const retention&) const = default;
  static void describe(auto& self, auto& on) {
    on("events", self.events, about{.text = "How long the body of a processed event is kept for replay and trace."});
    on("quarantine_bodies", self.quarantine_bodies, about{.text = "How long the body of a resolved quarantine entry is kept."});
  }
};

struct logging {
  hub::log::level level = hub::log::level::info;

  bool operator==(const logging&) const = default;
  static void describe(auto& self, auto& on) { on("level", self.level, about{.text = "Lowest level that is written."}); }
};

struct settings {
  std::string profile = "autodealer";
  config::broker broker;
  config::database database;
  config::ingest ingest;
  config::intake intake;
  config::internal internal;
  config::admin admin;
  config::privacy privacy;
  config::media media;
  config::sending sending;
  config::api api;
  config::notify notify;
  config::call_review call_review;
  config::retention retention;
  logging log;
  /// connectors.<channel>.<account>: read by each connector with its own declaration.
  std::map<std::string, std::map<std::string, node>> connectors;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("profile", self.profile, about{.text = "Which folder of config/profiles adds rules, staff and demo data."});
    on("broker", self.broker, about{.text = "RabbitMQ."});
    on("database", self.database, about{.text = "PostgreSQL."});
    on("ingest", self.ingest, about{.text = "From the broker into the database."});
    on("intake", self.intake, about{.text = "From platforms to the broker."});
    on("internal", self.internal, about{.text = "Between programs of the hub."});
    on("admin", self.admin, about{.text = "Health, metrics and internal endpoints of each program."});
    on("privacy", self.privacy, about{.text = "Phone numbers and what is done about them."});
    on("media", self.media, about{.text = "Photos, videos, files and voice notes."});
    on("sending", self.sending, about{.text = "Replies on their way out."});
    on("api", self.api, about{.text = "API and console."});
    on("notify", self.notify, about{.text = "What your own people are told outside the console."});
    on("call_review", self.call_review, about{.text = "Supervisors' reviews of calls."});
    on("retention", self.retention, about{.text = "How long bodies are kept."});
    on("log", self.log, about{.text = "Logging."});
    on("connectors", self.connectors, about{.text = "One entry per account: connectors.<channel>.<account>."});
  }
};

/// An address that paths are put behind.
std::string without_slash(std::string url);

/// What a program starts from: defaults, then the file, then the environment. `home` is LEADYARD_HOME, else ./var.
struct loaded {
  settings value;
  node tree;               ///< after overrides, for the connectors and for print-config
  hub::problems problems;  ///< not empty: do not start
  std::string home;
  std::string file;
};
/// `path` empty: config/hub.yaml beside the working directory or the installation. Reads the secrets file
/// (`<home>/secrets.env`, KEY=VALUE lines) as if its lines were in the environment; the environment wins.
loaded load_settings(const std::string& path = {});
/// The same with an environment handed in, for tests.
loaded load_settings(const std::string& path, const std::map<std::string, std::string>& environment);

/// Whether a connector's key is hidden wherever settings are shown: it ends in token, secret, key, password, user
/// or number. Connectors' settings are not declared here, so their names must tell.
bool looks_secret(std::string_view key);
/// The node at "intake.listen.port", null where nothing was written.
const node* find_setting(const node& tree, std::string_view path);

/// The effective settings as YAML, secrets as ***, each with a comment that says where it came from: `default`,
/// `config/hub.yaml:12` or `environment HUB__...`.
std::string print_settings(const loaded& from);
/// docs/reference/config.md: every setting with type, default, limits and environment name. `connectors` is Markdown
/// about the connectors' settings (connector_kind::describe_settings), one heading of the third level for each.
std::string reference_page(const std::string& connectors = {});

}  // namespace config
