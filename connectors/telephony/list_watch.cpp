#include "connectors/telephony/list_watch.hpp"

#include "hub/base/log.hpp"

namespace connectors::telephony {

namespace {

hub::metrics::labels labels_of(const account_context& of) { return {{"channel", of.channel}, {"account", of.account}}; }

}  // namespace

// The counters are there from the beginning on: a rise from nothing would not be seen as one.
list_watch::list_watch(const account_context& of, told_calls& told)
    : of_(of),
      told_(told),
      repaired_(hub::metrics::counter("hub_intake_repaired_total", "Calls that the provider's list mended.", labels_of(of))),
      failed_(hub::metrics::counter("hub_intake_poll_failures_total", "Looks at a list of calls that failed.", labels_of(of))),
      until_(hub::metrics::gauge("hub_intake_listed_until_seconds",
                                 "Up to when the list of calls was read, in seconds since 1970.", labels_of(of))) {}

void list_watch::listed(const std::vector<hub::message::event>& events) {
  const auto mended = told_.mended_by(events, of_.clock->now());
  repaired_.Increment(static_cast<double>(mended));
  if (mended > 0)
    hub::log::warn("the list of calls tells what was not told before",
                   {{"channel", of_.channel}, {"account", of_.account}, {"calls", mended}});
}

}  // namespace connectors::telephony
