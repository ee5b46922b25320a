#include "connectors/whatsapp/templates.hpp"

#include "connectors/body.hpp"
#include "connectors/sender.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>

namespace connectors::whatsapp {

namespace {

using boost::json::object;
using hub::problem;
using hub::message::template_text;

constexpr std::size_t longest_template = 4096, longest_line = 1024, longest_name = 512, longest_language = 16;

/// Buttons that send what stands on them need nothing of ours; one with an address may have a gap in it.
bool buttons_want_nothing(const object& component) {
  const auto* buttons = array_if(component, "buttons");
  if (!buttons) return true;
  for (const auto& each : *buttons) {
    const auto* button = each.if_object();
    if (!button) return false;
    const auto type = text_if(*button, "type");
    const bool plain = type == "QUICK_REPLY" || type == "PHONE_NUMBER" || type == "URL";
    if (!plain || text_if(*button, "url").find("{{") != std::string::npos) return false;
  }
  return true;
}

/// Nothing for one that cannot be sent from here.
std::optional<template_text> template_of(const object& from) {
  template_text made;
  made.name = hub::clean_text(text_if(from, "name"));
  made.language = hub::clean_text(text_if(from, "language"));
  made.category = hub::shorten(hub::clean_text(text_if(from, "category")), 16);
  const auto* components = array_if(from, "components");
  if (made.name.empty() || made.name.size() > longest_name || made.language.empty() || made.language.size() > longest_language ||
      !components || text_if(from, "parameter_format") == "NAMED")
    return std::nullopt;
  for (const auto& each : *components) {
    const auto* component = each.if_object();
    if (!component) return std::nullopt;
    const auto type = text_if(*component, "type");
    const auto text = hub::clean_text(text_if(*component, "text"));
    if (type == "BODY") {
      made.text = text;
    } else if (type == "HEADER") {
      if (text_if(*component, "format") != "TEXT" || text.find("{{") != std::string::npos) return std::nullopt;
      made.header = text;
    } else if (type == "FOOTER") {
      made.footer = text;
    } else if (type != "BUTTONS" || !buttons_want_nothing(*component)) {
      return std::nullopt;
    }
  }
  const auto gaps = hub::message::gaps_of(made.text);
  if (made.text.empty() || made.text.size() > longest_template || made.header.size() > longest_line ||
      made.footer.size() > longest_line || !gaps || *gaps > 32)
    return std::nullopt;
  made.gaps = *gaps;
  return made;
}

}  // namespace

hub::result<template_page> read_template_page(const hub::http::incoming& answer) {
  const auto parsed = hub::message::parse_json(answer.body, {.bytes = 4 << 20, .depth = 64});
  const auto* root = parsed ? parsed->if_object() : nullptr;
  if (!root) return problem{"answer", "Meta's answer cannot be read (HTTP " + std::to_string(answer.status) + ")"};
  if (const auto* error = object_if(*root, "error"))
    return problem{"refused", "WhatsApp says: " + platform_words(text_if(*error, "message"))};
  const auto* list = array_if(*root, "data");
  if (answer.status != 200 || !list)
    return problem{"answer", "Meta's answer cannot be read (HTTP " + std::to_string(answer.status) + ")"};
  template_page made;
  for (const auto& each : *list) {
    const auto* one = each.if_object();
    if (!one || text_if(*one, "status") != "APPROVED") continue;
    if (auto read = template_of(*one))
      made.told.templates.push_back(std::move(*read));
    else
      ++made.told.left_out;
  }
  const auto* paging = object_if(*root, "paging");
  const auto* cursors = paging && paging->contains("next") ? object_if(*paging, "cursors") : nullptr;
  if (cursors) made.after = text_if(*cursors, "after");
  return made;
}

}  // namespace connectors::whatsapp
