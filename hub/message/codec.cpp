#include "hub/message/codec.hpp"

#include "hub/message/envelope.hpp"
#include "hub/message/json.hpp"

#include <boost/json/serialize.hpp>

namespace hub::message {

namespace {

std::string_view kind_in(std::string_view type) {
  if (!type.starts_with(type_prefix) || !type.ends_with(type_suffix) || type.size() < type_prefix.size() + type_suffix.size())
    return {};
  return type.substr(type_prefix.size(), type.size() - type_prefix.size() - type_suffix.size());
}

// Reads `data` as the alternative whose kind it is.
template <std::size_t I = 0>
bool read_data(std::string_view kind, const boost::json::value& from, event_data& to, json_reading& reading) {
  if constexpr (I == std::variant_size_v<event_data>) {
    return false;
  } else {
    using alternative = std::variant_alternative_t<I, event_data>;
    if (alternative::kind != kind) return read_data<I + 1>(kind, from, to, reading);
    read_json(from, to.emplace<I>(), "data", reading);
    return true;
  }
}

/// A huge event's memory is given back.
constexpr std::size_t most_kept = 64 << 10;

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

}  // namespace

std::string encode(const event& e) {
  // Written in memory that is there already: the result is of the right size at once.
  thread_local std::string out, joined;
  out = "{\"specversion\":\"1.0\"";
  append_member(out, "id", e.key);
  joined.assign(source_prefix).append(e.channel).append("/").append(e.account);
  append_member(out, "source", joined);
  joined.assign(type_prefix).append(kind_of(e)).append(type_suffix);
  append_member(out, "type", joined);
  append_member(out, "subject", e.conversation);
  append_member(out, "time", to_rfc3339(e.time));
  append_member(out, "receivedat", to_rfc3339(e.received_at));
  if (!e.trace.empty()) append_member(out, "traceparent", e.trace);
  out += ",\"datacontenttype\":\"application/json\",\"data\":";
  std::visit([&](const auto& data) { append_json(out, data); }, e.data);
  out += '}';
  std::string made(out);
  if (out.capacity() > most_kept) std::string().swap(out);
  return made;
}

std::string join_batch(const std::vector<std::string_view>& encoded) {
  std::size_t size = 1;
  for (const auto& one : encoded) size += one.size() + 1;
  std::string out;
  out.reserve(size);
  out += '[';
  for (const auto& one : encoded) {
    if (out.size() > 1) out += ',';
    out += one;
  }
  out += ']';
  return out;
}

result<event> decode_one(const boost::json::value& value) {
  json_reading reading;
  envelope head;
  read_json(value, head, "", reading);
  if (!reading.found.empty()) return problem{"", to_text(reading.found)};
  if (head.specversion != "1.0") return problem{"specversion", "expected 1.0", head.specversion};

  event made;
  const std::string_view source = head.source;
  const auto slash = source.rfind('/');
  if (!source.starts_with(source_prefix) || slash < source_prefix.size())
    return problem{"source", "expected /connectors/<channel>/<account>", head.source};
  made.channel = source.substr(source_prefix.size(), slash - source_prefix.size());
  made.account = source.substr(slash + 1);
  made.key = std::move(head.id);
  made.conversation = std::move(head.subject);
  made.time = head.time;
  made.received_at = head.receivedat;
  made.trace = std::move(head.traceparent);

  const auto* data = value.as_object().if_contains("data");
  if (!data) return problem{"data", "is missing"};
  if (!read_data(kind_in(head.type), *data, made.data, reading))
    return problem{"type", "a kind this version does not know", head.type};
  if (!reading.found.empty()) return problem{"", to_text(reading.found)};
  return made;
}

std::vector<decoded> decode(std::string_view body) {
  std::vector<decoded> elements;
  const auto add = [&](std::string text, const boost::json::value& value) {
    const auto* object = value.if_object();
    const auto* id = object ? object->if_contains("id") : nullptr;
    std::string key = id && id->is_string() ? std::string(id->get_string()) : std::string();
    elements.push_back({std::move(text), std::move(key), decode_one(value)});
  };

  const auto parsed = parse_json(body, json_limits{.bytes = 64 << 20, .depth = 64});
  if (!parsed) {
    elements.push_back({std::string(body), "", parsed.error()});
  } else if (const auto* list = parsed->if_array()) {
    for (const auto& one : *list) add(boost::json::serialize(one), one);
  } else {
    add(std::string(body), *parsed);
  }
  return elements;
}

std::uint32_t shard_of(std::string_view conversation, std::uint32_t count) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : conversation) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return static_cast<std::uint32_t>(hash % count);
}

}  // namespace hub::message
