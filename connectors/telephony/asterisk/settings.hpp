#pragma once
// connectors.asterisk.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come from
// describe().

#include "connectors/telephony/settings.hpp"

namespace connectors::telephony::asterisk {

enum class sign_in { md5, plain };
constexpr auto names_of(sign_in) { return std::array{hub::named{"md5", sign_in::md5}, hub::named{"plain", sign_in::plain}}; }

struct settings : common_settings {
  std::vector<std::string> inbound_contexts{"from-trunk", "from-pstn"};
  std::vector<std::string> outbound_contexts{"from-internal"};
  std::vector<std::string> trunks{"trunk"};
  std::string ami_host;
  int ami_port = 5038;
  std::string user;
  hub::secret secret;
  sign_in login = sign_in::md5;
  std::chrono::milliseconds ping_after = std::chrono::seconds(30);
  std::string cdr_file;
  std::vector<std::string> cdr_columns{"accountcode", "src",      "dst",         "dcontext", "clid",     "channel",
                                       "dstchannel",  "lastapp",  "lastdata",    "calldate", "answer",   "end",
                                       "duration",    "billsec",  "disposition", "amaflags", "uniqueid", "userfield",
                                       "peeraccount", "linkedid", "sequence"};
  std::chrono::milliseconds poll_every = std::chrono::seconds(30);
  std::chrono::milliseconds settle = std::chrono::minutes(1);
  std::string recordings_url;
  std::string ring_channel = "PJSIP/{extension}";
  std::string dial_context = "from-internal";
  std::string dial_number = "{number}";

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    common_settings::describe(self, on);
    on("inbound_contexts", self.inbound_contexts, about{.text = "Contexts of the dialplan in which calls from outside begin."});
    on("outbound_contexts", self.outbound_contexts, about{.text = "Contexts in which our own people dial."});
    on("trunks", self.trunks, about{.text = "Names of the channels that lead outside: nobody's extension."});
    on("ami_host", self.ami_host,
       about{.text = "Where the Manager Interface listens, for calls while they go on; empty: nobody asks it.", .max = 250});
    on("ami_port", self.ami_port, about{.text = "Its port.", .min = 1, .max = 65535});
    on("user", self.user,
       about{.text = "A manager of manager.conf with `read = call`, and `write = originate` where people shall ring back.",
             .max = 80});
    on("secret", self.secret, about{.text = "The manager's secret.", .secret = true});
    on("login", self.login,
       about{.text =
                 "`md5`: the secret does not travel, what is told does so openly. `plain`: for a PBX that has no challenge."});
    on("ping_after", self.ping_after, about{.text = "How long the PBX may be silent before it is asked whether it is there."});
    on("cdr_file", self.cdr_file,
       about{.text = "The PBX's file of calls (Master.csv), on this machine or mounted; it is followed. Empty: none is.",
             .max = 500,
             .example = "/var/log/asterisk/cdr-csv/Master.csv"});
    on("cdr_columns", self.cdr_columns,
       about{.text = "What the file's columns are, in their order; names as in the CDR table. `calldate` is the beginning."});
    on("poll_every", self.poll_every, about{.text = "How often the file is looked at."});
    on("settle", self.settle, about{.text = "How long after its last row a call is taken to be whole."});
    on("recordings_url", self.recordings_url,
       about{.text = "Where the PBX serves its recordings by their names; empty: they stay there.",
             .max = 500,
             .example = "https://pbx.example/monitor"});
    on("ring_channel", self.ring_channel,
       about{.text = "Ringing back: the channel that rings first, with the manager's extension for `{extension}`.", .max = 200});
    on("dial_context", self.dial_context, about{.text = "Ringing back: the context that dials outside.", .max = 80});
    on("dial_number", self.dial_number,
       about{.text = "Ringing back: what is dialled there; `{number}` stands for the digits of the international number.",
             .max = 80,
             .example = "00{number}"});
  }
};

}  // namespace connectors::telephony::asterisk
