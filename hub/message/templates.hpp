#pragma once
// Texts that a platform has approved beforehand, as it lists them: what hub-connector answers to GET /internal/templates, and
// what hub-api offers and checks (WhatsApp takes nothing else when the customer has not written for a day). Plain values, any
// thread.

#include "hub/base/describe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub::message {

struct template_text {
  std::string name, language, category;
  std::string header, text, footer;
  std::uint32_t gaps = 0;

  bool operator==(const template_text&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{.text = "As the platform knows it.", .required = true, .min = 1, .max = 512});
    on("language", self.language, about{.text = "As the platform writes it: `uk`, `en_US`.", .required = true, .max = 16});
    on("category", self.category, about{.text = "The platform's: utility, marketing.", .required = true, .max = 64});
    on("header", self.header, about{.text = "What stands above the text; empty: nothing.", .required = true, .max = 1024});
    on("text", self.text, about{.text = "The text, with {{1}}, {{2}} as gaps.", .required = true, .max = 4096});
    on("footer", self.footer, about{.text = "What stands below it; empty: nothing.", .required = true, .max = 1024});
    on("gaps", self.gaps, about{.text = "How many values it takes.", .required = true});
  }
};

struct templates_told {
  std::vector<template_text> templates;
  std::uint32_t left_out = 0;
  std::string why;

  bool operator==(const templates_told&) const = default;
  static void describe(auto& self, auto& on) {
    on("templates", self.templates, about{.text = "Approved, and possible to send from here.", .required = true, .max = 5000});
    on("left_out", self.left_out,
       about{.text = "Approved ones that want what cannot be given here: a picture, an address, values by name.",
             .required = true});
    on("why", self.why, about{.text = "Why they could not be listed; empty: they were.", .max = 1000});
  }
};

/// How many values a text takes: {{1}} to {{n}}, each at least once. Nothing for any other gap.
std::optional<std::uint32_t> gaps_of(std::string_view text);

/// The text with its values; a gap beyond them stays.
std::string fill_template(std::string_view text, const std::vector<std::string>& values);

}  // namespace hub::message
