#pragma once
// A part of a reply as the Cloud API takes it, and what its answers mean. Facts: Meta's pages "Send messages", "Media",
// "Business-scoped user IDs", "Error codes". Pure, any thread. A number and a message's raw id are opened here and go to Meta
// only: nothing that is returned for others holds them.

#include "connectors/account.hpp"
#include "connectors/whatsapp/settings.hpp"
#include "hub/base/problem.hpp"
#include "hub/http/client.hpp"
#include "hub/message/sending.hpp"

#include <string>
#include <string_view>

namespace connectors::whatsapp {

/// Who it is for: the number, or the business-scoped user id of somebody who shows none.
struct receiver {
  std::string number;  ///< "+380..."
  std::string user;    ///< "UA.9900112233445566778"
};
hub::result<receiver> receiver_of(const account_context& of, const hub::message::send_asked& what);

/// "image", "video", "audio", "document": what the one file of this part goes out as; a problem, its place the code, where
/// Meta takes it as nothing.
hub::result<std::string> kind_of_file(const hub::message::send_asked& what);

/// The body of POST /messages. `media_id` is what the upload of the part's file was answered with. A problem, its place the
/// code, for what no message takes.
hub::result<std::string> message_request(const account_context& of, const settings& with, const hub::message::send_asked& what,
                                         const receiver& to, std::string_view media_id);

/// What POST /messages was answered; `attempt` is the how-manieth it was, for limits that double their wait.
hub::message::send_told read_message_answer(const account_context& of, const hub::http::incoming& answer, std::uint32_t attempt);

struct upload_answer {
  std::string media_id;          ///< empty: there is none
  hub::message::send_told told;  ///< then: never unknown, since nothing was sent to anybody
  bool repeatable = false;       ///< then: the platform failed by itself, and asking again does no harm
};
upload_answer read_upload_answer(const hub::http::incoming& answer, std::uint32_t attempt);

}  // namespace connectors::whatsapp
