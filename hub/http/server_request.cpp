#include "hub/http/server_request.hpp"

#include "hub/http/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/src.hpp>

#include <algorithm>

namespace hub::http {

namespace beast = boost::beast;

namespace {

constexpr std::uint64_t no_limit_yet = 1ULL << 62;
constexpr std::uint64_t most_reserved = 1 << 20;
constexpr std::size_t most_fields = 128;

/// Beast's tokenizer writing straight into our request: no field container of its own, no second copy.
/// What it leaves open is decided here: everything where two readers of the same bytes might disagree about where
/// a request ends is refused.
class into_request final : public beast::http::basic_parser<true> {
 public:
  request message;
  std::optional<refusal> refused;
  bool expects_continue = false;
  bool old = false;

 private:
  using text = beast::string_view;
  std::size_t hosts_ = 0, lengths_ = 0, fields_ = 0;
  bool transfer_encoding_ = false;
  bool in_trailer_ = false;

  static std::string_view plain(text t) { return {t.data(), t.size()}; }

  void refuse(int status, std::string_view why, beast::error_code& ec) {
    if (!refused) refused = refusal{status, why};
    ec = beast::http::make_error_code(beast::http::error::bad_field);
  }

  void on_request_impl(beast::http::verb, text method, text target, int version, beast::error_code& ec) override {
    old = version == 10;  // anything but 1.0 and 1.1 does not come this far
    auto parsed = hub::http::parse_target(plain(target));
    if (!parsed) return refuse(400, "malformed request target", ec);
    message.method = plain(method);
    message.path = std::move(parsed->path);
    message.query = std::move(parsed->query);
    message.head.list.reserve(12);
  }

  void on_field_impl(beast::http::field name, text name_text, text value, beast::error_code& ec) override {
    // Trailers come after the decisions were made: counted, then dropped.
    if (++fields_ > most_fields) return refuse(431, "too many header fields", ec);
    if (in_trailer_) return;
    using beast::http::field;
    switch (name) {
      case field::host:
        if (++hosts_ > 1) return refuse(400, "Host is there twice", ec);
        break;
      case field::content_length:
        if (++lengths_ > 1 || transfer_encoding_ || plain(value).find(',') != std::string_view::npos)
          return refuse(400, "Content-Length is there twice or beside Transfer-Encoding", ec);
        break;
      case field::transfer_encoding:
        if (transfer_encoding_ || lengths_ > 0)
          return refuse(400, "Transfer-Encoding is there twice or beside Content-Length", ec);
        if (old) return refuse(400, "Transfer-Encoding in HTTP/1.0", ec);
        if (!same_name(plain(value), "chunked")) return refuse(400, "the only Transfer-Encoding taken is chunked", ec);
        transfer_encoding_ = true;
        break;
      case field::content_encoding:
        if (!same_name(plain(value), "identity")) return refuse(415, "a body must not be compressed", ec);
        break;
      case field::expect:
        if (!same_name(plain(value), "100-continue")) return refuse(417, "unknown expectation", ec);
        expects_continue = !old;
        break;
      default:
        // Beast lets control characters through in values; nobody further in should have to think of them.
        if (!is_header_value(plain(value))) return refuse(400, "control character in a header", ec);
    }
    message.head.list.emplace_back(plain(name_text), plain(value));
  }

  void on_header_impl(beast::error_code& ec) override {
    in_trailer_ = true;
    if (hosts_ == 0 && !old) refuse(400, "no Host", ec);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, beast::error_code&) override {
    // What the header claims is only a claim: reserve little, grow with what really comes.
    if (length) message.body.reserve(static_cast<std::size_t>(std::min(*length, most_reserved)));
  }

  std::size_t on_body_impl(text bytes, beast::error_code&) override {
    message.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, text, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text bytes, beast::error_code&) override {
    message.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(beast::error_code&) override {}

  void on_response_impl(int, text, int, beast::error_code&) override {}
};

refusal explain(const beast::error_code& ec) {
  using beast::http::error;
  if (ec == error::header_limit) return {431, "the header is over 16 KiB"};
  if (ec == error::body_limit) return {413, "the body is over this route's limit"};
  if (ec == error::multiple_content_length || ec == error::bad_content_length)
    return {400, "Content-Length is malformed, there twice, or beside Transfer-Encoding"};
  if (ec == error::bad_transfer_encoding) return {400, "Transfer-Encoding is there twice or beside Content-Length"};
  return {400, "this is not an HTTP request"};
}

}  // namespace

struct request_reader::parser {
  std::optional<into_request> at;
  std::size_t header_bytes = 0;
};

request_reader::request_reader() : parser_(std::make_unique<parser>()) { reset(); }
request_reader::~request_reader() = default;

void request_reader::reset() {
  auto& p = parser_->at.emplace();
  parser_->header_bytes = 0;
  p.header_limit(header_limit);
  p.body_limit(no_limit_yet);
}

std::size_t request_reader::put(std::string_view bytes) {
  auto& p = *parser_->at;
  beast::error_code ec;
  const bool in_header = !p.is_header_done();
  p.eager(!in_header);
  const auto taken = p.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (in_header) {
    // Beast's own limit starts anew with every piece it has taken; ours is for the whole header.
    parser_->header_bytes += taken;
    const auto held = p.is_header_done() ? 0 : bytes.size() - taken;
    if (parser_->header_bytes + held > header_limit)
      ec = beast::http::make_error_code(beast::http::error::header_limit);
  }
  if (ec == beast::http::error::need_more) return taken;
  if (ec && !p.refused) p.refused = explain(ec);
  return taken;
}

bool request_reader::header_done() const { return parser_->at->is_header_done(); }
bool request_reader::done() const { return parser_->at->is_done(); }
const std::optional<refusal>& request_reader::refused() const { return parser_->at->refused; }

void request_reader::limit_body(std::uint64_t limit) {
  auto& p = *parser_->at;
  p.body_limit(limit);
  const auto length = p.content_length();
  if (length && *length > limit) p.refused = refusal{413, "the body is over this route's limit"};
}

bool request_reader::keep_alive() const { return parser_->at->keep_alive(); }
bool request_reader::expects_continue() const { return parser_->at->expects_continue; }
bool request_reader::http_1_0() const { return parser_->at->old; }
bool request_reader::has_body() const {
  const auto length = parser_->at->content_length();
  return parser_->at->chunked() || (length && *length > 0);
}
request& request_reader::message() { return parser_->at->message; }

}  // namespace hub::http
