#pragma once
// The approved templates of a WhatsApp Business account: GET /<version>/<waba id>/message_templates. Facts: Meta's pages "Message
// templates" and "WhatsApp Business Account, message_templates". Pure, any thread.

#include "hub/base/problem.hpp"
#include "hub/http/client.hpp"
#include "hub/message/templates.hpp"

#include <string>

namespace connectors::whatsapp {

struct template_page {
  hub::message::templates_told told;
  std::string after;  ///< cursor of the next page; empty: this is the last one
};

/// One page of the answer. Of templates only approved ones count; those that want more than values for their text (a picture, a
/// part of an address, values by name) are left out and counted. A problem, in plain words, where Meta refuses or nobody can
/// read it.
hub::result<template_page> read_template_page(const hub::http::incoming& answer);

}  // namespace connectors::whatsapp
