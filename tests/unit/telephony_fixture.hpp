#pragma once
// Recorded bodies of telephony platforms and the canonical calls they become, as tests/unit/telephony holds them.

#include "connectors/sealed.hpp"
#include "connectors/telephony/call.hpp"
#include "connectors/telephony/form.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/message/call_merge.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <sstream>

namespace telephony_test {

using namespace connectors;
using namespace connectors::telephony;
using hub::message::call_disposition;
using hub::message::call_record;
using hub::message::call_source;
using hub::message::call_step;
using hub::message::event;
using events = hub::result<std::vector<event>>;

inline std::string sample(const std::string& name) {
  std::ifstream in(LEADYARD_SOURCE_DIR "/tests/unit/telephony/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Of a recorded request its body, of a GET its query.
inline std::string body_of(const std::string& name) {
  const auto text = sample(name);
  if (!name.ends_with(".http.txt")) return text;
  if (text.starts_with("GET ")) {
    const auto question = text.find('?');
    return text.substr(question + 1, text.find(' ', question) - question - 1);
  }
  return text.substr(text.find("\r\n\r\n") + 4);
}

inline const hub::instant received_at = hub::parse_rfc3339("2026-11-18T12:00:00Z").value();

inline account_context context(const std::string& channel) {
  hub::crypto_start();
  account_context c;
  c.channel = channel;
  c.account = "main";
  c.seal_key = hub::secret("seal key of the test");
  c.fingerprint_key = hub::secret("sample-hmac-key-0001-not-for-production");
  return c;
}

inline const call_record& call_of(const event& e) { return std::get<call_record>(e.data); }

/// What the recorded canonical calls say of an event, in their words. A time that the platform did not tell is null there.
inline boost::json::object told_by(const event& e, const account_context& of) {
  const auto& call = call_of(e);
  const auto word = [](const auto& v) { return v ? boost::json::value(hub::name_of(*v)) : boost::json::value(); };
  const auto text = [](const std::string& v) { return v.empty() ? boost::json::value() : boost::json::value(v); };
  const auto time = [&](const std::optional<hub::instant>& v) {
    return v && *v != received_at ? boost::json::value(hub::to_rfc3339(*v)) : boost::json::value();
  };
  boost::json::object made;
  made["call_id"] = call.call_id;
  made["event"] = hub::name_of(call.step);
  made["direction"] = word(call.direction);
  made["caller_fp"] = call.customer.empty() ? boost::json::value() : text(call.customer[0].id.substr(12));
  made["manager_ext"] = text(call.manager);
  made["started_at"] = time(call.started_at);
  made["answered_at"] = time(call.answered_at);
  made["ended_at"] = time(call.ended_at);
  made["talk_seconds"] = call.talk_seconds ? boost::json::value(*call.talk_seconds) : boost::json::value();
  made["disposition"] = word(call.disposition);
  made["recording_url"] =
      call.recording ? text(open_sealed_media(of, call.recording->reference).value().url) : boost::json::value();
  return made;
}

/// The recorded canonical calls of a sample, with the same members.
inline std::vector<boost::json::object> recorded(const std::string& name) {
  const auto file = hub::message::parse_json(sample("expected_canonical.json")).value();
  std::vector<boost::json::object> list;
  for (const auto& one : file.at("items").as_array()) {
    if (one.at("sample").as_string() != name) continue;
    auto call = one.at("canonical").as_object();
    for (const auto* other : {"schema", "provider", "account", "fp_key_id", "note"}) call.erase(other);
    for (auto& member : call)
      if (member.key().ends_with("_at") && member.value().is_string())
        member.value() = hub::to_rfc3339(hub::parse_rfc3339(std::string(member.value().as_string())).value());
    list.push_back(std::move(call));
  }
  return list;
}

inline std::vector<std::string> recorded_samples(const std::string& beginning) {
  const auto file = hub::message::parse_json(sample("expected_canonical.json")).value();
  std::vector<std::string> names;
  for (const auto& one : file.at("items").as_array()) {
    const std::string name(one.at("sample").as_string());
    if (name.starts_with(beginning) && (names.empty() || names.back() != name)) names.push_back(name);
  }
  return names;
}

inline void expect_told(const events& got, const account_context& of, const std::string& name) {
  ASSERT_TRUE(got.has_value()) << name << ": " << hub::to_text(got.error());
  const auto wanted = recorded(name);
  ASSERT_EQ(got->size(), wanted.size()) << name;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_EQ(boost::json::value(told_by((*got)[i], of)), boost::json::value(wanted[i])) << name;
}

inline void expect_to_survive(const std::vector<event>& all) {
  for (const auto& e : all) {
    const auto back = hub::message::decode(hub::message::encode(e));
    ASSERT_EQ(back.size(), 1u);
    ASSERT_TRUE(back[0].value.has_value()) << hub::to_text(back[0].value.error());
    EXPECT_EQ(*back[0].value, e);
  }
}

/// The one call that several bodies tell of.
inline hub::message::call_outcome merged(const std::vector<event>& all) {
  hub::message::call_facts facts;
  for (const auto& e : all) hub::message::merge(facts, hub::message::facts_of(call_of(e)));
  return hub::message::outcome_of(facts);
}

}  // namespace telephony_test
