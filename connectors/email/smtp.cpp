#include "connectors/email/smtp.hpp"

#include "connectors/email/curl.hpp"
#include "connectors/email/mime.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>

namespace connectors::email {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds connect_time = 15s, total_time = 30s;
constexpr std::size_t longest_reply = 1000;

struct free_curl {
  void operator()(CURL* one) const { curl_easy_cleanup(one); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// The mail on its way through libcurl, which escapes lines that begin with a dot and writes the last one.
struct passage {
  std::string_view left;
  bool end_was_given = false;  ///< from then on the end of the mail may have been sent
  std::string reply;

  static std::size_t read(char* to, std::size_t size, std::size_t count, void* self) {
    auto& mail = *static_cast<passage*>(self);
    const auto n = std::min(size * count, mail.left.size());
    std::memcpy(to, mail.left.data(), n);
    mail.left.remove_prefix(n);
    // libcurl knows the size and need not ask again: with the last byte it has all it needs to write the end.
    if (mail.left.empty()) mail.end_was_given = true;
    return n;
  }
  /// Every line that the server says. A refusal stays its last word while only the goodbye follows.
  static std::size_t hear(char* line, std::size_t size, std::size_t count, void* self) {
    auto& last = static_cast<passage*>(self)->reply;
    const std::string_view said(line, size * count);
    const bool refused = !last.empty() && last[0] >= '4';
    if ((said.size() <= 5 || said[3] == ' ') && !(refused && said.starts_with("221")))
      last = on_one_line(said.substr(0, longest_reply));
    return size * count;
  }
};

smtp_end::place place_of(CURLcode code, const passage& mail) {
  switch (code) {
    case CURLE_OK: return smtp_end::place::done;
    case CURLE_LOGIN_DENIED: return smtp_end::place::sign_in;
    case CURLE_USE_SSL_FAILED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR: return smtp_end::place::unsafe;
    default: return mail.end_was_given ? smtp_end::place::after : smtp_end::place::before;
  }
}

}  // namespace

smtp_end submit(const smtp_server& server, const outgoing_mail& mail, const interruption& interrupted) {
  start_curl();
  smtp_end made;
  const std::unique_ptr<CURL, free_curl> curl(curl_easy_init());
  const std::unique_ptr<curl_slist, free_curl> to(curl_slist_append(nullptr, ("<" + mail.to + ">").c_str()));
  bool ready = curl && to;
  const auto set = [&](CURLoption option, auto value) {
    ready = ready && curl_easy_setopt(curl.get(), option, value) == CURLE_OK;
  };
  passage on_its_way;
  on_its_way.left = mail.bytes;
  char why[CURL_ERROR_SIZE] = {};
  int descriptor = interrupted.descriptor();
  const auto url = std::string(server.security == security::tls ? "smtps://" : "smtp://") + server.host + ":" +
                   std::to_string(server.port) + "/" + server.name;
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  if (!server.user.empty()) {
    set(CURLOPT_USERNAME, server.user.c_str());
    set(CURLOPT_PASSWORD, server.password.reveal().c_str());
  }
  if (server.security == security::starttls) set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!server.ca_file.empty()) set(CURLOPT_CAINFO, server.ca_file.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_time.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(total_time.count()));
  set(CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
  set(CURLOPT_MAIL_RCPT, to.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.bytes.size()));
  set(CURLOPT_READFUNCTION, &passage::read);
  set(CURLOPT_READDATA, &on_its_way);
  set(CURLOPT_HEADERFUNCTION, &passage::hear);
  set(CURLOPT_HEADERDATA, &on_its_way);
  set(CURLOPT_ERRORBUFFER, why);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &stop_when_interrupted);
  set(CURLOPT_XFERINFODATA, &descriptor);
  if (!ready) {
    made.why = "the connection cannot be set up";
    return made;
  }
  const auto code = curl_easy_perform(curl.get());
  made.at = place_of(code, on_its_way);
  made.reply = on_its_way.reply;
  made.why = on_one_line(why[0] != '\0' ? why : curl_easy_strerror(code));
  return made;
}

}  // namespace connectors::email
