#include "hub/http/client_response.hpp"

#include "hub/base/failure.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace hub::http {

namespace beast = boost::beast;

namespace {

constexpr std::uint32_t most_header = 64 * 1024;
constexpr int most_interim = 16;

class into_incoming final : public beast::http::basic_parser<false> {
 public:
  incoming message;
  std::exception_ptr failed;
  const std::function<void(std::string_view)>* on_bytes = nullptr;
  std::uint64_t left = 0;

 private:
  using text = beast::string_view;
  bool in_trailer_ = false;

  void on_response_impl(int status, text, int, beast::error_code&) override { message.status = status; }

  void on_field_impl(beast::http::field, text name, text value, beast::error_code&) override {
    if (in_trailer_) return;
    message.head.list.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }

  void on_header_impl(beast::error_code&) override { in_trailer_ = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, beast::error_code& ec) override {
    if (length && *length > left) ec = beast::http::make_error_code(beast::http::error::body_limit);
  }

  std::size_t take(text bytes, beast::error_code& ec) {
    if (bytes.size() > left) {
      ec = beast::http::make_error_code(beast::http::error::body_limit);
      return 0;
    }
    left -= bytes.size();
    // Beast is not made for exceptions passing through it.
    try {
      if (*on_bytes && message.status / 100 == 2) {
        (*on_bytes)({bytes.data(), bytes.size()});
      } else {
        message.body.append(bytes.data(), bytes.size());
      }
    } catch (...) {
      failed = std::current_exception();
      ec = beast::http::make_error_code(beast::http::error::bad_value);
    }
    return bytes.size();
  }

  std::size_t on_body_impl(text bytes, beast::error_code& ec) override { return take(bytes, ec); }
  void on_chunk_header_impl(std::uint64_t, text, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text bytes, beast::error_code& ec) override { return take(bytes, ec); }
  void on_finish_impl(beast::error_code&) override {}
  void on_request_impl(beast::http::verb, text, text, int, beast::error_code&) override {}
};

}  // namespace

struct response_reader::parser {
  std::optional<into_incoming> at;

  void check(const beast::error_code& ec) const {
    if (at->failed) std::rethrow_exception(at->failed);
    if (!ec || ec == beast::http::error::need_more) return;
    if (ec == beast::http::error::body_limit)
      throw error(failure::permanent, "too large", "the answer is over its cap");
    if (ec == beast::http::error::partial_message) throw error(failure::transient, "closed", "the answer was cut off");
    throw error(failure::transient, "answer", "the answer is not HTTP: " + ec.message());
  }
};

response_reader::response_reader(bool to_head, byte_count max_body, std::function<void(std::string_view)> on_bytes)
    : to_head_(to_head),
      max_body_(max_body.value),
      on_bytes_(std::move(on_bytes)),
      parser_(std::make_unique<parser>()) {
  restart();
}

response_reader::~response_reader() = default;

void response_reader::restart() {
  auto& p = parser_->at.emplace();
  p.header_limit(most_header);
  p.body_limit(boost::none);  // counted here, so that a chunked body meets the same cap
  p.skip(to_head_);
  p.eager(true);
  p.on_bytes = &on_bytes_;
  p.left = max_body_;
}

std::size_t response_reader::put(std::string_view bytes) {
  beast::error_code ec;
  const auto taken = parser_->at->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  parser_->check(ec);
  if (const auto length = parser_->at->content_length(); header_done() && !done() && length && *length > max_body_)
    throw error(failure::permanent, "too large", "the answer is over its cap");
  const auto status = parser_->at->message.status;
  if (parser_->at->is_done() && status >= 100 && status < 200) {
    if (status == 101 || ++interim_ > most_interim)
      throw error(failure::transient, "answer", "unasked interim answers");
    restart();
  }
  return taken;
}

void response_reader::put_end() {
  beast::error_code ec;
  auto& p = *parser_->at;
  if (!p.got_some()) throw error(failure::transient, "closed", "closed without an answer");
  p.put_eof(ec);
  parser_->check(ec);
}

bool response_reader::header_done() const { return parser_->at->is_header_done(); }
bool response_reader::done() const { return parser_->at->is_done(); }
bool response_reader::keep_alive() const { return parser_->at->keep_alive() && !parser_->at->need_eof(); }
incoming& response_reader::message() { return parser_->at->message; }

}  // namespace hub::http
