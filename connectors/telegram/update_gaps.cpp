#include "connectors/telegram/update_gaps.hpp"

#include "connectors/telegram/polling.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace connectors::telegram {

void update_gaps::came(std::uint64_t id, time now) {
  const bool anew = seen_ == 0 || now - last_ >= limits_.quiet;
  const bool far = id > next_ ? id - next_ > longest_gap : next_ - id > longest_gap;
  last_ = now;
  if (anew || far) {
    for (const auto& [first, one] : open_) given_up_ += one.last - first + 1;
    open_.clear();
    next_ = id + 1;
    ++seen_;
    return;
  }
  if (id < next_) return fill(id);
  if (id > next_) open_[next_] = {id - 1, now, seen_};
  next_ = id + 1;
  ++seen_;
}

void update_gaps::fill(std::uint64_t id) {
  auto found = open_.upper_bound(id);
  if (found == open_.begin()) return;
  --found;
  const auto first = found->first;
  const auto whole = found->second;
  if (id > whole.last) return;
  open_.erase(found);
  ++seen_;
  if (first < id) open_[first] = {id - 1, whole.since, whole.seen};
  if (id < whole.last) open_[id + 1] = whole;
}

std::uint64_t update_gaps::give_up(time now) {
  std::erase_if(open_, [&](const auto& entry) {
    const auto& [first, one] = entry;
    const bool over = seen_ - one.seen > limits_.later || now - one.since >= limits_.open_for;
    if (over) given_up_ += one.last - first + 1;
    return over;
  });
  return std::exchange(given_up_, 0);
}

std::optional<std::uint64_t> update_id_of(std::string_view body) {
  // Inside a text its quotes would be escaped.
  constexpr std::string_view name = "\"update_id\"";
  const auto at = body.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  auto rest = body.substr(at + name.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n:"), rest.size()));
  std::uint64_t id = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), id);
  if (read.ec != std::errc{} || id == 0) return std::nullopt;
  return id;
}

}  // namespace connectors::telegram
