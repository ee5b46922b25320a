#pragma once
// Texts that a platform has approved, as hub-connector listed them last (hub/api/templates.cpp). Inside a handler's transaction.

#include "hub/api/asked.hpp"
#include "hub/api/views.hpp"
#include "hub/message/sending.hpp"

namespace hub::api {

struct template_view {
  std::string name, language, category, header, text, footer;
  std::int32_t gaps = 0;

  bool operator==(const template_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, always);
    on("language", self.language, always);
    on("category", self.category, always);
    on("header", self.header, always);
    on("text", self.text, always);
    on("footer", self.footer, always);
    on("gaps", self.gaps, always);
  }
};

struct template_list_view {
  std::string channel, account;
  std::vector<template_view> templates;
  std::int32_t left_out = 0;
  std::optional<instant> read_at;
  std::string problem;

  bool operator==(const template_list_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("channel", self.channel, always);
    on("account", self.account, always);
    on("templates", self.templates, always);
    on("left_out", self.left_out, always);
    on("read_at", self.read_at, always);
    on("problem", self.problem, always);
  }
};

/// 422 naming `template` for one that the account does not have, or with another number of values. What was never listed cannot
/// be checked here: the platform judges it. The words as the customer reads them; empty where they are not known.
std::string expect_template(const asked& a, const std::string& channel, const std::string& account,
                            const message::prepared_text& wanted);

}  // namespace hub::api
