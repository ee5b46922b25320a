// The CommerceML reader against anything: whatever it tells must survive the broker's codec, hold no number, and be the same
// wherever the pieces of the file end.

#include "tests/fuzz/parser.hpp"

#include "connectors/erp/import.hpp"
#include "hub/base/scrub.hpp"

#include <algorithm>

namespace {

using namespace connectors::erp;
using fuzzing::require;

const connectors::erp::settings& usual() {
  static const connectors::erp::settings with;
  return with;
}

opener pieces_of(std::string_view bytes, std::size_t size) {
  return [bytes, size]() -> puller {
    return [bytes, size, at = std::size_t{0}]() mutable {
      const auto piece = bytes.substr(std::min(at, bytes.size()), size);
      at += piece.size();
      return piece;
    };
  };
}

std::vector<std::string> keys_of(const connectors::account_context& of, std::string_view bytes, std::size_t size) {
  std::vector<std::string> lines, keys;
  const draft waiting{[&](std::string_view line) { lines.emplace_back(line); },
                      [&](const auto& take) {
                        for (const auto& line : lines) take(line);
                      }};
  directories known;
  const importing by{of, usual(), known, nullptr, fuzzing::received};
  const auto done = import_commerceml(by, pieces_of(bytes, size), waiting, [&](hub::message::event e) { keys.push_back(e.key); });
  if (!done) keys = {"refused"};
  return keys;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto of = fuzzing::account("bas");
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const auto events = normalize(of, usual(), raw, fuzzing::received);
  if (!events) {
    require(hub::is_utf8(hub::to_text(events.error())));
  } else {
    for (const auto& e : *events) {
      require(e.key.starts_with("bas:main:") && e.conversation == "erp:bas:main");
      const auto encoded = hub::message::encode(e);
      require(encoded.find('\0') == std::string::npos && hub::is_utf8(encoded));
      const auto back = hub::message::decode(encoded);
      require(back.size() == 1 && back[0].value && *back[0].value == e);
      if (const auto* who = std::get_if<hub::message::customer>(&e.data))
        require(!hub::has_number(who->who.name) && !hub::has_number(who->first_name) && !hub::has_number(who->email));
      if (const auto* car = std::get_if<hub::message::vehicle>(&e.data))
        require((car->vin.empty() || car->vin.size() == 17) && !hub::has_number(car->make));
    }
  }
  if (!raw.starts_with('{') && size < 4096) require(keys_of(of, raw, 1) == keys_of(of, raw, 4096));
  return 0;
}
