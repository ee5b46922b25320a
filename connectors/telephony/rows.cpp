#include "connectors/telephony/rows.hpp"

#include "connectors/body.hpp"
#include "hub/base/crypto.hpp"

#include <boost/json/serialize.hpp>

namespace connectors::telephony {

namespace {

constexpr std::size_t most_sealed = 700'000;  // sealing adds a third, and the canonical event holds 1 MiB

}  // namespace

hub::message::event refused_rows(const surroundings& in, const boost::json::array& rows, const hub::problem& why) {
  return refused_text(in, boost::json::serialize(rows), why);
}

hub::message::event refused_text(const surroundings& in, std::string body, const hub::problem& why) {
  hub::message::unparsed refused;
  refused.reason = clean(hub::to_text(why), 250);
  if (body.size() > most_sealed) {
    body.resize(most_sealed);
    refused.reason += "; larger than can be kept: only its beginning is";
  }
  refused.sealed = hub::seal(in.of.seal_key, body);
  hub::message::event made;
  made.channel = in.of.channel;
  made.account = in.of.account;
  made.key = in.of.channel + ":" + in.of.account + ":unparsed:" + hub::to_hex(hub::sha256(body));
  made.conversation = made.key;
  made.time = made.received_at = in.received_at;
  made.data = std::move(refused);
  return made;
}

std::vector<hub::message::event> read_rows(const surroundings& in, const boost::json::array& rows, const row_reader& read) {
  if (rows.size() > most_rows) refuse_body("rows", "more than a provider gives at once");
  std::vector<hub::message::event> events;
  for (const auto& one : rows) {
    try {
      const auto* row = one.if_object();
      if (!row) refuse_body("row", "expected an object");
      if (auto made = read(*row)) events.push_back(std::move(*made));
    } catch (const refused_body& r) {
      events.push_back(refused_rows(in, boost::json::array{one}, r.why));
    }
  }
  return events;
}

}  // namespace connectors::telephony
