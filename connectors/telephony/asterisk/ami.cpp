#include "connectors/telephony/asterisk/ami.hpp"

#include "hub/base/text.hpp"
#include "hub/http/text.hpp"

namespace connectors::telephony::asterisk {

namespace {

constexpr std::size_t largest_block = 64 << 10;

}  // namespace

std::string_view ami_event::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (hub::http::same_name(key, name)) return value;
  return {};
}

std::vector<ami_event> ami_stream::put(std::string_view bytes) {
  std::vector<ami_event> done;
  for (const char c : bytes) {
    if (c == '\n') {
      end_line(done);
    } else if (++size_ > largest_block) {
      too_large_ = true;
      line_.clear();
      block_.fields.clear();
      // The end of the block is still looked for.
      line_ += '.';
      size_ = 0;
    } else {
      line_ += c;
    }
  }
  return done;
}

void ami_stream::end_line(std::vector<ami_event>& done) {
  if (line_.ends_with('\r')) line_.pop_back();
  if (!line_.empty()) {
    if (const auto colon = line_.find(':'); colon != std::string::npos && !too_large_)
      block_.fields.emplace_back(hub::clean_text(hub::trim(std::string_view(line_).substr(0, colon))),
                                 hub::clean_text(hub::trim(std::string_view(line_).substr(colon + 1))));
    line_.clear();
    return;
  }
  if (too_large_)
    ++dropped_;
  else if (!block_.fields.empty())
    done.push_back(std::move(block_));
  block_ = {};
  size_ = 0;
  too_large_ = false;
}

}  // namespace connectors::telephony::asterisk
