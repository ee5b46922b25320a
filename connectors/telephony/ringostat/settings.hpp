#pragma once
// connectors.ringostat.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come from
// describe().

#include "connectors/telephony/settings.hpp"

#include <map>

namespace connectors::telephony::ringostat {

/// Where in a body each thing stands: names tried in order, a slash leads into an object. Names are chosen in the project's
/// cabinet, so every one can be another.
struct field_map {
  std::vector<std::string> call_id{"uniqueid", "cdr_id", "call_id"};
  std::vector<std::string> event{"event", "action", "ev", "additional_call_data/action"};
  std::vector<std::string> calldate{"calldate", "additional_call_data/calldate"};
  std::vector<std::string> call_type{"call_type", "additional_call_data/call_type"};
  std::vector<std::string> client_in{
      "userfield", "E164", "caller", "caller_number", "additional_call_data/userfield", "additional_call_data/caller"};
  std::vector<std::string> client_out{"dst", "additional_call_data/dst"};
  std::vector<std::string> project_number{"full_num", "dst", "additional_call_data/dst"};
  std::vector<std::string> disposition{"disposition", "status", "additional_call_data/disposition"};
  std::vector<std::string> duration{"duration", "call_duration", "additional_call_data/duration"};
  std::vector<std::string> billsec{"billsec", "dialog", "additional_call_data/billsec"};
  std::vector<std::string> waittime{"waittime", "additional_call_data/waittime"};
  std::vector<std::string> extension{"employee_number", "additional_call_data/employee_number"};
  std::vector<std::string> sip_login{"connected_with", "callee", "additional_call_data/connected_with"};
  std::vector<std::string> recording{"recording", "recording_wav", "record_link", "additional_call_data/recording"};

  bool operator==(const field_map&) const = default;
  static void describe(auto& self, auto& on) {
    on("call_id", self.call_id, about{.text = "The call's id."});
    on("event", self.event, about{.text = "Which event it is; without one it is told by the disposition."});
    on("calldate", self.calldate, about{.text = "When the call began."});
    on("call_type", self.call_type, about{.text = "`in`, `out` or `callback`."});
    on("client_in", self.client_in, about{.text = "Who calls, of an incoming call."});
    on("client_out", self.client_out, about{.text = "Who is called, of an outgoing one."});
    on("project_number", self.project_number, about{.text = "Our number, of an incoming call."});
    on("disposition", self.disposition, about{.text = "How it ended."});
    on("duration", self.duration, about{.text = "Seconds of all."});
    on("billsec", self.billsec, about{.text = "Seconds of talk."});
    on("waittime", self.waittime, about{.text = "Seconds of waiting."});
    on("extension", self.extension, about{.text = "Extension of the manager."});
    on("sip_login", self.sip_login, about{.text = "Login of the manager, where there is no extension."});
    on("recording", self.recording, about{.text = "Link to the recording."});
  }
};

struct settings : common_settings, poll_settings {
  hub::secret token;
  hub::secret api_key;
  std::string project_id;
  std::string api_base = "https://api.ringostat.net";
  std::vector<std::string> list_fields{"uniqueid", "calldate",       "call_type",       "caller",
                                       "dst",      "disposition",    "duration",        "billsec",
                                       "waittime", "connected_with", "employee_number", "recording"};
  std::vector<std::string> recording_hosts;
  field_map fields;
  std::map<std::string, std::string> event_values;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("token", self.token,
       about{.text = "Last part of the webhooks' address, which nobody can guess; Ringostat signs nothing.",
             .required = true,
             .secret = true});
    on("api_key", self.api_key,
       about{
           .text = "Key of the Ringostat API, by which the list of calls is asked for and calls are placed; without one neither.",
           .secret = true});
    on("project_id", self.project_id, about{.text = "The project's id, where its key stands for several.", .max = 64});
    on("api_base", self.api_base, about{.text = "Where the API is; another address only for tests.", .max = 500});
    on("list_fields", self.list_fields,
       about{.text = "Fields to ask for; one that the project does not have fails the whole question."});
    on("recording_hosts", self.recording_hosts,
       about{.text = "Hosts (and their subdomains) that recordings may be fetched from; none without one."});
    common_settings::describe(self, on);
    poll_settings::describe(self, on);
    on("fields", self.fields, about{.text = "What the fields of the webhooks are called."});
    on("event_values", self.event_values,
       about{.text = "Names of events that the project chose itself, each with what it means: before_call, answer, after_call."});
  }
};

}  // namespace connectors::telephony::ringostat
