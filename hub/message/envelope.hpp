#pragma once
// The CloudEvents envelope as it is read and as its schema is printed; codec.cpp splits `source` and `type` into
// channel, account and kind. Plain values, any thread.

#include "hub/base/describe.hpp"
#include "hub/base/time.hpp"

#include <string>
#include <string_view>

namespace hub::message {

inline constexpr std::string_view source_prefix = "/connectors/";
inline constexpr std::string_view type_prefix = "leadyard.";
inline constexpr std::string_view type_suffix = ".v1";

struct envelope {
  std::string specversion;
  std::string id;
  std::string source;
  std::string type;
  std::string subject;
  instant time;
  instant receivedat;
  std::string traceparent;

  static void describe(auto& self, auto& on) {
    on("specversion", self.specversion, about{.text = "`1.0`.", .required = true});
    on("id", self.id, about{.text = "Permanent key of the event.", .required = true, .min = 1, .max = 1024});
    on("source", self.source, about{.text = "`/connectors/<channel>/<account>`.", .required = true, .max = 256});
    on("type", self.type, about{.text = "`leadyard.<kind>.v1`.", .required = true, .max = 64});
    on("subject", self.subject, about{.text = "Conversation key.", .required = true, .max = 1024});
    on("time", self.time, about{.text = "When it happened, by the platform's clock.", .required = true});
    on("receivedat", self.receivedat, about{.text = "When our intake had the whole request.", .required = true});
    on("traceparent", self.traceparent, about{.text = "W3C trace context.", .max = 128});
  }
};

}  // namespace hub::message
