#include "config/reference.hpp"
#include "config/settings.hpp"
#include "connectors/connector.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

TEST(config_reference, the_committed_page_is_the_printed_one) {
  std::string connectors;
  for (const auto& kind : connectors::registry()) connectors += config::connector_section(kind.channel, kind.describe_settings());
  std::ifstream file(LEADYARD_SOURCE_DIR "/docs/reference/config.md", std::ios::binary);
  std::stringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(committed.str(), config::reference_page(connectors)) << "run `hubctl reference docs/reference`";
}

}  // namespace
