#pragma once
// The receive buffer of a connection: small while it idles, larger while a body comes. Inside hub/http only.

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace hub::http {

/// What was read and not yet parsed.
class input {
 public:
  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  void consume(std::size_t n) {
    begin_ += n;
    if (begin_ < end_) return;
    begin_ = end_ = 0;
    // A large body is over: an idle connection keeps little.
    if (size_ > first_buffer) {
      data_.reset();
      size_ = 0;
    }
  }

  boost::asio::mutable_buffer room() {
    if (begin_ > 0) {
      std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == size_) {
      const auto larger = std::min(std::max(first_buffer, size_ * 4), largest_buffer);
      auto data = std::make_unique_for_overwrite<char[]>(larger);
      if (end_ > 0) std::memcpy(data.get(), data_.get(), end_);
      data_ = std::move(data);
      size_ = larger;
    }
    return {data_.get() + end_, size_ - end_};
  }
  void filled(std::size_t n) { end_ += n; }

 private:
  static constexpr std::size_t first_buffer = 4 * 1024, largest_buffer = 64 * 1024;

  std::unique_ptr<char[]> data_;
  std::size_t begin_ = 0, end_ = 0, size_ = 0;
};

}  // namespace hub::http
