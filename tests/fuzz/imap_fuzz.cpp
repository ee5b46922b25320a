// What a mail server says, against anything: whole answers or a refusal, however the bytes are cut.

#include "connectors/email/imap_answer.hpp"
#include "connectors/email/kept_mail.hpp"
#include "connectors/email/position.hpp"
#include "hub/base/failure.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace connectors::email;
  const std::string_view said(reinterpret_cast<const char*>(data), size);
  std::size_t words[2] = {0, 0};
  for (const std::size_t piece : {std::size_t{7}, std::size_t{4096}}) {
    auto& count = words[piece == 7 ? 0 : 1];
    try {
      imap_reader reader(2000);
      for (std::size_t i = 0; i < said.size(); i += piece) {
        reader.put(said.substr(i, piece));
        while (auto one = reader.next()) {
          count += one->words.size();
          (void)code_in(*one, "UIDVALIDITY");
          (void)mail_in(std::move(*one));
        }
      }
    } catch (const hub::error&) {
    }
  }
  if (words[0] != words[1]) std::abort();
  const auto place = place_in(said);
  if (place && place_in(to_url(*place)) != place) std::abort();
  const auto position = mailbox_position::read(said);
  if (position.validity != 0 && mailbox_position::read(position.to_text()).to_text() != position.to_text()) std::abort();
  return 0;
}
