#include "connectors/email/position.hpp"

#include "hub/base/number.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace connectors::email {

namespace {

constexpr std::uint32_t look_back = 100;
constexpr std::size_t most_in_a_set = 500;
constexpr std::size_t most_open = 1'000'000;

bool read_set(std::string_view text, std::set<std::uint32_t>& to) {
  for (const auto& run : hub::split(text, ',')) {
    const auto colon = run.find(':');
    const auto first = hub::whole_number<std::uint32_t>(std::string_view(run).substr(0, colon));
    const auto last =
        colon == std::string::npos ? first : hub::whole_number<std::uint32_t>(std::string_view(run).substr(colon + 1));
    if (!first || !last || *last < *first || *last - *first > most_open || to.size() > most_open) return false;
    for (auto uid = *first;; ++uid) {
      to.insert(to.end(), uid);
      if (uid == *last) break;
    }
  }
  return true;
}

}  // namespace

std::string uid_set(const std::vector<std::uint32_t>& uids) {
  std::string made;
  for (std::size_t i = 0; i < uids.size();) {
    auto end = i + 1;
    while (end < uids.size() && uids[end] == uids[end - 1] + 1) ++end;
    if (!made.empty()) made += ',';
    made += std::to_string(uids[i]);
    if (end - i > 1) made += ':' + std::to_string(uids[end - 1]);
    i = end;
  }
  return made;
}

mailbox_position mailbox_position::read(std::string_view text) {
  mailbox_position made;
  const auto parts = hub::split(text, ' ');
  if (parts.size() != 4) return {};
  const auto validity = hub::whole_number<std::uint32_t>(parts[0]), highest = hub::whole_number<std::uint32_t>(parts[1]);
  const auto newest = hub::whole_number<std::int64_t>(parts[2]);
  if (!validity || !highest || !newest || (parts[3] != "-" && !read_set(parts[3], made.open))) return {};
  made.validity = *validity;
  made.highest = *highest;
  made.newest = hub::instant(std::chrono::milliseconds(*newest));
  return made;
}

std::string mailbox_position::to_text() const {
  return std::to_string(validity) + " " + std::to_string(highest) + " " + std::to_string(newest.time_since_epoch().count()) +
         " " + (open.empty() ? "-" : uid_set({open.begin(), open.end()}));
}

void mailbox_position::begin(std::uint32_t new_validity, std::uint32_t next_uid, const std::vector<std::uint32_t>& found) {
  validity = new_validity;
  highest = next_uid == 0 ? 0 : next_uid - 1;
  open = {found.begin(), found.end()};
}

std::vector<std::string> mailbox_position::to_search() const {
  std::vector<std::string> sets;
  std::vector<std::uint32_t> some;
  for (const auto uid : open) {
    some.push_back(uid);
    if (some.size() < most_in_a_set) continue;
    sets.push_back(uid_set(some));
    some.clear();
  }
  const auto above = std::to_string(highest + 1) + ":*";
  sets.push_back(some.empty() ? above : uid_set(some) + "," + above);
  return sets;
}

std::vector<std::uint32_t> mailbox_position::saw(std::vector<std::uint32_t> found) {
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  // "n:*" names the last mail even where its UID is below n.
  std::erase_if(found, [&](std::uint32_t uid) { return uid <= highest && !open.contains(uid); });
  if (!found.empty() && found.back() > highest) {
    const auto top = found.back();
    const auto from = std::max(highest, top > look_back ? top - look_back : 0);
    for (auto uid = from + 1; uid < top; ++uid) open.insert(uid);
    highest = top;
  }
  const std::set<std::uint32_t> there(found.begin(), found.end());
  std::erase_if(open, [&](std::uint32_t uid) { return highest - uid >= look_back && !there.contains(uid); });
  open.insert(there.begin(), there.end());
  return found;
}

void mailbox_position::took(std::uint32_t uid, hub::instant internal_date) {
  open.erase(uid);
  newest = std::max(newest, internal_date);
}

}  // namespace connectors::email
