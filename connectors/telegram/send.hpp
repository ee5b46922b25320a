#pragma once
// A part of a reply as a call of the Bot API, and what its answer means. Facts: Bot API documentation ("Sending files",
// "sendMessage" to "sendMediaGroup", "ResponseParameters") and the bots FAQ. Pure, any thread.

#include "connectors/multipart.hpp"
#include "hub/base/problem.hpp"
#include "hub/http/client.hpp"
#include "hub/message/sending.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace connectors::telegram {

struct bot_call {
  std::string method;  ///< "sendPhoto"
  boost::json::object fields;
  std::vector<std::string> parts;  ///< names of the form's files, in the order of the part's files
};

/// The call that sends this to a chat, in the name of a business account where `connection` names one; a problem, its place the
/// code, for what no call takes.
hub::result<bot_call> call_for(const hub::message::send_asked& what, std::string_view chat, std::string_view connection = {});

/// The body: JSON, or a form where files go along. `bytes` are those of the part's files, in their order.
form_body body_of(const bot_call& call, const hub::message::send_asked& what, const std::vector<std::string>& bytes,
                  std::string_view boundary);

struct bot_answer {
  hub::message::send_told told;
  std::string moved_to;      ///< the group is a supergroup now: certainly not sent, and where to send it
  bool unreachable = false;  ///< whoever it is for does not want it, or is gone
};
bot_answer read_send_answer(const hub::http::incoming& answer);

/// Groups have ids below zero.
bool is_group(std::string_view chat);

}  // namespace connectors::telegram
