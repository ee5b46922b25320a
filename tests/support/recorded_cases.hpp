#pragma once
// The recorded cases of tests/contract: what a platform sent, byte for byte, as JSON, form or mail, and the connector that
// reads it, made from the account.yaml beside them. Throws std::runtime_error when that cannot be made.

#include "config/node.hpp"
#include "connectors/connector.hpp"
#include "hub/base/crypto.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

namespace test_support {

inline std::filesystem::path cases_of(std::string_view channel) {
  return std::filesystem::path(LEADYARD_SOURCE_DIR) / "tests/contract" / channel;
}

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// File names, in order: "text.json", "plain.eml", "goods.xml".
inline std::set<std::string> recorded_cases(std::string_view channel) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(cases_of(channel))) {
    const auto name = entry.path().filename().string();
    if ((name.ends_with(".json") && !name.ends_with(".expected.json")) || name.ends_with(".eml") || name.ends_with(".form") ||
        name.ends_with(".ami") || name.ends_with(".xml"))
      names.insert(name);
  }
  return names;
}

inline std::filesystem::path expected_of(std::string_view channel, const std::string& name) {
  return cases_of(channel) / std::filesystem::path(name).stem().concat(".expected.json");
}

inline connectors::account_context recorded_context(std::string_view channel, const std::string& account = "main") {
  hub::crypto_start();
  connectors::account_context context;
  context.channel = channel;
  context.account = account;
  context.seal_key = hub::secret("seal key of the contract cases");
  context.fingerprint_key = hub::secret("fingerprint key of the contract cases");
  context.public_url = "https://hub.avto.example";
  context.clock = &hub::real_clock();
  return context;
}

struct recorded_account {
  config::node settings;
  std::unique_ptr<connectors::connector> connector;
};

inline recorded_account account_of(const connectors::connector_kind& kind, const std::string& name = "main") {
  auto read = config::parse_yaml_file((cases_of(kind.channel) / "account.yaml").string());
  hub::problems found = read.problems;
  recorded_account made{read.root, nullptr};
  if (found.empty()) made.connector = kind.make(recorded_context(kind.channel, name), made.settings, found);
  if (!made.connector) throw std::runtime_error(hub::to_text(found));
  return made;
}

}  // namespace test_support
