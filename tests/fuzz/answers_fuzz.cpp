// What platforms answer to a sent message, against anything: Viber, WhatsApp, Telegram and a mail server's words. Whatever it is,
// it becomes an outcome that the broker and the database take, and only an answer that says so was sent.

#include "connectors/email/send.hpp"
#include "connectors/telegram/send.hpp"
#include "connectors/viber/send.hpp"
#include "connectors/whatsapp/send.hpp"
#include "connectors/whatsapp/templates.hpp"
#include "hub/base/scrub.hpp"
#include "hub/message/json.hpp"
#include "tests/fuzz/parser.hpp"

using namespace fuzzing;
using hub::message::send_state;
using hub::message::send_told;

namespace {

/// The status and the first byte say which platform, and how far a mail came.
constexpr int statuses[] = {200, 200, 200, 200, 202, 301, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503};

void require_outcome(const send_told& told) {
  require((told.state == send_state::sent) == told.reason.empty());
  require(hub::is_utf8(told.reason) && hub::is_utf8(told.code));
  require(told.reason.find('\0') == std::string::npos);
  require(!hub::has_number(told.reason) && !hub::has_number(told.code));
  require(told.state == send_state::deferred || (!told.pause_account && !told.retry_after_ms));
  require(told.state == send_state::sent || told.platform_ids.empty());
  hub::message::event e;
  e.channel = "viber";
  e.account = "main";
  e.key = "viber:main:send_outcome:1";
  e.conversation = "viber:main:1";
  e.time = e.received_at = received;
  hub::message::send_outcome outcome;
  outcome.outbox_id = 1;
  outcome.attempt = 1;
  outcome.told = told;
  e.data = outcome;
  require_to_survive(e, account("viber"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto whatsapp = account("whatsapp"), email = account("email");
  if (size == 0) return 0;
  hub::http::incoming answer;
  answer.status = statuses[data[0] & 15];
  answer.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch ((data[0] >> 4) & 7) {
    case 0: require_outcome(connectors::viber::read_send_answer(answer)); break;
    case 1: require_outcome(connectors::telegram::read_send_answer(answer).told); break;
    case 2: require_outcome(connectors::whatsapp::read_message_answer(whatsapp, answer, 1 + (data[0] & 7))); break;
    case 3: {
      const auto uploaded = connectors::whatsapp::read_upload_answer(answer, 1);
      // Nobody was sent anything by it.
      require(uploaded.told.state != send_state::unknown || !uploaded.media_id.empty());
      break;
    }
    case 4: {
      const auto page = connectors::whatsapp::read_template_page(answer);
      if (!page) require(hub::is_utf8(page.error().what) && !hub::has_number(page.error().what));
      if (page)
        for (const auto& one : page->told.templates)
          require(hub::is_utf8(hub::message::to_json(one)) && hub::message::gaps_of(one.text) == one.gaps);
      break;
    }
    default: {
      using place = connectors::email::smtp_end::place;
      constexpr place places[] = {place::done, place::unsafe, place::sign_in, place::before, place::after};
      connectors::email::smtp_end end;
      end.at = places[(data[0] & 15) % 5];
      end.reply = answer.body;
      end.why = answer.body;
      require_outcome(connectors::email::told_by_smtp(email, end, "hub.1200.1@avto.example"));
    }
  }
  return 0;
}
