// hubctl rules check FILE: is this rules file good? Needs no database; people are compared with staff when one runs.
// hubctl rules apply FILE | rollback HASH | list: which version is in force.
// hubctl rules explain --message FILE|ID: which rule would speak about a message, and who would get the lead.

#include "hub/base/text.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/rules_lookup.hpp"
#include "hub/ctl/rules_versions.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/message/codec.hpp"
#include "routing/explain.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

namespace hub::ctl {

namespace {

constexpr const char* rules_usage =
    "hubctl rules check FILE\n       hubctl rules apply FILE\n       hubctl rules rollback HASH\n"
    "       hubctl rules list [--json]\n"
    "       hubctl rules explain --message FILE|ID [--rules FILE] [OPTIONS]";
constexpr std::size_t largest_file = 1 << 20;

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code unreadable;
  if (!file || std::filesystem::is_directory(path, unreadable))
    throw error(failure::permanent, "no file", path + ": cannot be read");
  std::string text(largest_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > largest_file) throw error(failure::permanent, "too large", path + ": is larger than 1 MiB");
  return text;
}

/// The system of LEADYARD_HOME or of the configuration. Without one the files alone are looked at, and `why` says so.
std::unique_ptr<rules_lookup> find_system(std::string& why) {
  try {
    auto url = system_settings().database.url;
    if (!url.empty()) return std::make_unique<rules_lookup>(std::move(url));
    why = "no system runs";
  } catch (const error& e) {
    why = e.what();
  }
  return nullptr;
}

int check(const std::string& path) {
  auto read = routing::read_rules(read_whole(path), path);
  if (!read.problems.empty()) {
    std::cerr << to_text(read.problems);
    std::cerr << read.problems.size() << (read.problems.size() == 1 ? " problem\n" : " problems\n");
    return failed;
  }
  std::string why, staff = "people were compared with staff";
  if (auto system = find_system(why)) {
    try {
      for (auto& unknown : routing::unknown_people(*read.rules, system->staff_emails())) {
        unknown.where = path + ": " + unknown.where;
        read.warnings.push_back(std::move(unknown));
      }
    } catch (const db::error& e) {
      why = e.what();
    }
  }
  if (!why.empty()) staff = "people were not compared with staff: " + std::string(trim(why));
  for (const auto& warning : read.warnings) std::cout << "warning: " << to_text(warning) << "\n";
  std::cout << path << ": good; " << read.rules->rules.size() << " rules, " << read.rules->teams.size() << " teams, "
            << read.warnings.size() << " warnings; " << staff << "\nhash " << read.rules->hash << "\n";
  return good;
}

std::shared_ptr<const routing::rule_set> rules_for(const options::variables_map& given, rules_lookup* system) {
  std::string file = given.count("rules") ? given["rules"].as<std::string>() : "";
  std::string text;
  if (file.empty() && system)
    if (auto active = system->active_rules()) {
      file = "the rules in force";
      text = std::move(*active);
    }
  if (file.empty()) file = "config/routing.yaml";
  if (text.empty()) text = read_whole(file);
  auto read = routing::read_rules(text, file);
  if (!read.rules) throw error(failure::permanent, "rules", "the rules are not good\n" + to_text(read.problems));
  std::cout << "rules from " << file << ", hash " << read.rules->hash << "\n";
  return read.rules;
}

void fill(const message::event& event, rules_lookup* system, routing::facts& about) {
  about.channel = event.channel;
  about.account = event.account;
  about.kind = message::kind_of(event);
  if (const auto* chat = std::get_if<message::chat_message>(&event.data)) {
    about.type = chat->type;
    about.text = chat->text;
    about.language = chat->sender.language;
  } else if (const auto* done = std::get_if<message::activity>(&event.data)) {
    about.activity = done->activity;
    about.language = done->sender.language;
    if (!done->total_cost.empty()) about.activity_value = std::strtod(done->total_cost.c_str(), nullptr);
  }
  if (!system) return;
  const auto before = system->before(event);
  about.customer_known = before.known;
  about.has_open_lead = before.has_open_lead;
}

/// A file with a CloudEvent, a file with the text of a message, or the key of a kept event.
routing::facts facts_of(const std::string& message, rules_lookup* system) {
  routing::facts about;
  about.channel = "viber";
  about.account = "main";
  about.kind = message::chat_message::kind;
  std::error_code absent;
  if (!std::filesystem::exists(message, absent)) {
    if (!system) throw not_running(message + " is no file, and no system runs that could know it as an event");
    const auto event = system->load_event(message);
    if (!event) throw error(failure::permanent, "not found", message + ": neither a file nor an event that is kept");
    fill(*event, system, about);
    return about;
  }
  auto text = read_whole(message);
  if (!trim(text).starts_with('{')) {
    about.text = clean_text(trim(text));
    return about;
  }
  const auto elements = message::decode(text);
  if (!elements.front().value)
    throw error(failure::permanent, "not an event", message + ": " + to_text(elements.front().value.error()));
  fill(*elements.front().value, system, about);
  return about;
}

int explain(const options::variables_map& given) {
  if (!given.count("message")) throw usage_error("explain needs --message FILE or ID");
  std::string why;
  auto system = find_system(why);
  auto about = facts_of(given["message"].as<std::string>(), system.get());
  const auto rules = rules_for(given, system.get());
  if (given.count("channel")) about.channel = given["channel"].as<std::string>();
  if (given.count("language")) about.language = given["language"].as<std::string>();
  about.customer_known |= given.count("known") != 0;
  about.has_open_lead |= given.count("open-lead") != 0;

  const auto then = routing::match(*rules, about).then;
  const auto key = routing::cursor_key(then);
  if (!system) std::cout << trim(why) << ": everybody in the file counts as staff without leads\n";
  auto roster = system ? system->roster(*rules, then.team) : routing::roster_of(*rules, then.team);
  std::cout << routing::explain_text(*rules, about, std::move(roster),
                                     system ? system->place_in_ring(key) : routing::cursor{key, 0});
  return good;
}

}  // namespace

int rules(const std::vector<std::string>& args) {
  options::options_description known("Options");
  known.add_options()("verb", options::value<std::string>(), "")("file", options::value<std::string>(), "")(
      "message", options::value<std::string>(), "a file with a CloudEvent or a plain text, or the key of a kept event")(
      "rules", options::value<std::string>(), "explain by this file instead of the rules in force")(
      "channel", options::value<std::string>(), "as if it came by this channel")(
      "language", options::value<std::string>(), "as if the customer's app spoke this language")(
      "json", "list: print JSON")(
      "known", "as if the customer was known before")("open-lead", "as if the customer had an open lead");
  options::positional_options_description words;
  words.add("verb", 1).add("file", 1);
  const auto given = read_options(args, known, words, rules_usage);
  const auto verb = given.count("verb") ? given["verb"].as<std::string>() : "";
  if (verb == "check") {
    if (!given.count("file")) throw usage_error("check needs a FILE");
    return check(given["file"].as<std::string>());
  }
  if (verb == "apply") {
    if (!given.count("file")) throw usage_error("apply needs a FILE");
    const auto file = given["file"].as<std::string>();
    return apply_rules(read_whole(file), file);
  }
  if (verb == "rollback") {
    if (!given.count("file"))
      throw usage_error("rollback needs the HASH of a version, or its beginning; hubctl rules list shows them");
    return roll_back_rules(given["file"].as<std::string>());
  }
  if (verb == "list" && !given.count("file")) return list_rules(given.count("json") > 0);
  if (verb == "explain" && !given.count("file")) return explain(given);
  throw usage_error(std::string("expected check, apply, rollback, list or explain\nUsage: ") + rules_usage);
}

}  // namespace hub::ctl
