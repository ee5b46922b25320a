// What /metrics shows, read again.

#include "hub/ctl/metrics_text.hpp"
#include "hub/base/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using hub::ctl::read_metrics;

TEST(metrics_text, is_read_as_it_was_written) {
  hub::metrics::gauge("hub_test_gauge", "Of this test.", {{"team", "a \"b\" \\ c\nd"}, {"other", ""}}).Set(-1.5);
  hub::metrics::counter("hub_test_total", "Of this test.").Increment(3);
  const auto all = read_metrics(hub::metrics::expose());
  const auto named = [&](const char* name) {
    return std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  };
  ASSERT_NE(named("hub_test_gauge"), all.end());
  EXPECT_EQ(named("hub_test_gauge")->value, -1.5);
  EXPECT_EQ(named("hub_test_gauge")->labels.at("team"), "a \"b\" \\ c\nd");
  ASSERT_NE(named("hub_test_total"), all.end());
  EXPECT_EQ(named("hub_test_total")->value, 3);
}

TEST(metrics_text, leaves_out_what_is_no_sample) {
  const auto all = read_metrics("# HELP x y\nx\nx{a=\"b\nx{a=\"b\" 1\nx{} z\n{} 1\nbig 1e9\nlast{a=\"1\",} 2");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].value, 1e9);
  EXPECT_EQ(all[1].labels.at("a"), "1");
}

}  // namespace
