#include "connectors/erp/import.hpp"

#include "connectors/erp/documents.hpp"
#include "connectors/erp/vehicles.hpp"
#include "connectors/erp/words.hpp"
#include "hub/base/crypto.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace connectors::erp {

namespace {

using hub::message::event;

constexpr std::size_t most_vehicles = 1'000'000;
constexpr std::size_t ids_in_a_range = 1000;
// More refused than this, and the file is the wrong one or the settings are: a person looks first.
constexpr std::uint64_t enough_to_judge = 50;
constexpr std::uint64_t worst_share = 5;  // one in five

constexpr hub::message::json_limits record_limits{.bytes = 16 << 20, .depth = 32};

/// What is remembered of a vehicle until the end of the file.
struct seen {
  std::uint64_t id = 0, vin = 0;
  std::uint32_t number = 0;
};

std::uint64_t hash_of(std::string_view text) {
  const auto digest = hub::sha256(text);
  std::uint64_t made = 0;
  for (std::size_t i = 0; i < 8; ++i) made = made << 8 | digest[i];
  return made;
}

goods goods_in(std::string_view line) {
  const auto parsed = hub::message::parse_json(line, record_limits);
  auto read = parsed ? hub::message::from_json<goods>(*parsed) : hub::result<goods>(parsed.error());
  if (!read) throw std::runtime_error("a record on disk cannot be read");
  return std::move(*read);
}

event refused_event(const importing& by, const goods& what, const std::string& reason) {
  hub::message::unparsed data;
  data.sealed = hub::seal(by.of.seal_key, hub::message::to_json(what));
  data.reason = reason + " in line " + what.line;
  // A row that stays bad comes with every file: it waits in quarantine once.
  auto same = what;
  same.formed.clear();
  same.line.clear();
  auto made = event_of(by.of, "unparsed:" + hub::to_hex(hub::sha256(reason + "\n" + hub::message::to_json(same))),
                       formed(what.formed, by.with.timezone, by.received_at).time, by.received_at);
  made.data = std::move(data);
  return made;
}

class whole_file {
 public:
  whole_file(importing by, const draft& waiting, const std::function<void(event)>& tell)
      : by_(by), draft_(waiting), tell_(tell) {}

  hub::result<imported> run(const std::function<hub::result<file_head>(const commerceml_sink&)>& read) {
    commerceml_sink sink;
    sink.take_goods = [this](goods g) { return take(std::move(g)); };
    sink.take_customer = [this](const element& e, const std::string& formed) { return take_customer(e, formed); };
    sink.take_document = [this](const element& e, const std::string& formed) {
      return keep(read_order(by_.of, by_.with, e, formed, by_.received_at));
    };
    auto head = read(sink);
    if (!head) return head.error();
    made_.head = std::move(*head);
    if (auto wrong = judge()) return std::move(*wrong);
    emit();
    return std::move(made_);
  }

 private:
  std::optional<hub::problem> take(goods g) {
    if (++records_ > 0xFFFFFFFE) return hub::problem{"", "there are more than four thousand million records"};
    draft_.add("G" + hub::message::to_json(g));
    return std::nullopt;
  }
  std::optional<hub::problem> keep(hub::result<std::vector<event>> events) {
    if (!events) return events.error();
    for (const auto& e : *events) draft_.add("E" + hub::message::encode(e));
    return std::nullopt;
  }
  std::optional<hub::problem> take_customer(const element& from, const std::string& formed) {
    auto who = read_customer(by_.of, by_.with, from, formed, by_.received_at);
    if (!who) return who.error();
    std::vector<event> one;
    one.push_back(std::move(*who));
    return keep(std::move(one));
  }

  /// What only the end of the file tells: which record of an id is the last, who shares a VIN.
  std::optional<hub::problem> judge() {
    std::vector<seen> all;
    std::uint32_t number = 0;
    std::uint64_t refused = 0;
    std::string first;
    draft_.each([&](std::string_view line) {
      if (line.front() != 'G') return;
      ++number;
      const auto what = by_.known.resolve(goods_in(line.substr(1)));
      if (what.is_offer) return;
      const auto read = read_vehicle(by_.of, by_.with, what, by_.received_at);
      if (read.is == vehicle_reading::meaning::something_else) return;
      if (read.is == vehicle_reading::meaning::refused && refused++ == 0) first = read.reason + " in line " + what.line;
      all.push_back({hash_of(what.id), read.vehicle.vin.empty() || what.deleted ? 0 : hash_of(read.vehicle.vin), number});
    });
    if (all.size() > most_vehicles) return hub::problem{"", "holds more than 1000000 vehicles"};
    if (all.size() >= enough_to_judge && refused * worst_share > all.size())
      return hub::problem{"", std::to_string(refused) + " of " + std::to_string(all.size()) +
                                  " vehicles cannot be read, more than one in five; the first: " + first};
    std::sort(all.begin(), all.end(),
              [](const seen& a, const seen& b) { return std::tie(a.id, a.number) < std::tie(b.id, b.number); });
    std::vector<seen> last;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i + 1 < all.size() && all[i + 1].id == all[i].id) {
        superseded_.push_back(all[i].number);
        repeated_.push_back(all[i + 1].number);
      } else {
        last.push_back(all[i]);
      }
    }
    if (by_.vehicles) {
      std::vector<std::uint64_t> ids;
      for (const auto& one : last) ids.push_back(one.id);
      by_.vehicles->add(std::move(ids));
    }
    std::sort(last.begin(), last.end(), [](const seen& a, const seen& b) { return a.vin < b.vin; });
    for (std::size_t i = 0; i < last.size(); ++i) {
      const bool shared = (i > 0 && last[i - 1].vin == last[i].vin) || (i + 1 < last.size() && last[i + 1].vin == last[i].vin);
      if (last[i].vin != 0 && shared) conflicting_.push_back(last[i].number);
    }
    for (auto* list : {&superseded_, &repeated_, &conflicting_}) std::sort(list->begin(), list->end());
    return std::nullopt;
  }

  void emit() {
    std::uint32_t number = 0;
    draft_.each([&](std::string_view line) {
      if (line.front() == 'G') return emit_goods(by_.known.resolve(goods_in(line.substr(1))), ++number);
      auto read = hub::message::decode(line.substr(1));
      auto& e = read.at(0).value.value();
      ++(std::holds_alternative<hub::message::order>(e.data) ? made_.orders : made_.customers);
      tell_(std::move(e));
    });
  }

  void emit_goods(const goods& what, std::uint32_t number) {
    const auto is_in = [number](const std::vector<std::uint32_t>& list) {
      return std::binary_search(list.begin(), list.end(), number);
    };
    if (!what.is_offer && is_in(superseded_)) return;
    auto read = read_vehicle(by_.of, by_.with, what, by_.received_at);
    if (what.is_offer && read.is == vehicle_reading::meaning::something_else && (!by_.vehicles || by_.vehicles->has(what.id)))
      read.is = read.reason.empty() ? vehicle_reading::meaning::vehicle : vehicle_reading::meaning::refused;
    if (read.is == vehicle_reading::meaning::something_else) {
      ++made_.left_out;
      return;
    }
    if (!what.is_offer && made_.head.full && !what.deleted) made_.present.push_back(what.id);
    if (read.is == vehicle_reading::meaning::vehicle && is_in(conflicting_) && !what.is_offer && !what.deleted) {
      read.is = vehicle_reading::meaning::refused;
      read.reason = "vin_duplicate_of_other_id";
    }
    if (read.is == vehicle_reading::meaning::refused) {
      ++made_.refused;
      return tell_(refused_event(by_, what, read.reason));
    }
    if (!what.is_offer && is_in(repeated_)) read.vehicle.warnings.emplace_back("repeated_id");
    ++(what.is_offer ? made_.offers : made_.vehicles);
    tell_(vehicle_event(by_.of, by_.with, what, std::move(read.vehicle), by_.received_at));
  }

  importing by_;
  const draft& draft_;
  const std::function<void(event)>& tell_;
  imported made_;
  std::uint64_t records_ = 0;
  std::vector<std::uint32_t> superseded_, repeated_, conflicting_;  ///< numbers of records, sorted
};                                                                  // namespace

}  // namespace

bool known_vehicles::has(std::string_view id) const { return std::binary_search(sorted_.begin(), sorted_.end(), hash(id)); }

void known_vehicles::add(std::vector<std::uint64_t> hashes) {
  sorted_.insert(sorted_.end(), hashes.begin(), hashes.end());
  std::sort(sorted_.begin(), sorted_.end());
  sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
}

std::uint64_t known_vehicles::hash(std::string_view id) { return hash_of(id); }

std::string known_vehicles::to_bytes() const {
  std::string made;
  made.reserve(sorted_.size() * 8);
  for (const auto one : sorted_)
    for (int shift = 56; shift >= 0; shift -= 8) made += static_cast<char>(one >> shift & 0xFF);
  return made;
}

known_vehicles known_vehicles::from_bytes(std::string_view bytes) {
  known_vehicles made;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t one = 0;
    for (std::size_t i = 0; i < 8; ++i) one = one << 8 | static_cast<unsigned char>(bytes[i]);
    made.sorted_.push_back(one);
  }
  std::sort(made.sorted_.begin(), made.sorted_.end());
  return made;
}

hub::result<imported> import_records(importing by, const std::function<hub::result<file_head>(const commerceml_sink&)>& read,
                                     const draft& waiting, const std::function<void(event)>& tell) {
  return whole_file(by, waiting, tell).run(read);
}

hub::result<imported> import_commerceml(importing by, const opener& file, const draft& waiting,
                                        const std::function<void(event)>& tell) {
  const auto charset = charset_of(file, label_of_xml(beginning_of(file)));
  if (!charset) return charset.error();
  const auto read = [&](const commerceml_sink& sink) { return read_commerceml(as_utf8(file(), *charset), by.known, sink); };
  auto done = import_records(by, read, waiting, tell);
  if (done) done->other_encoding = charset->other_label;
  return done;
}

draft draft_in(std::vector<std::string>& lines) {
  return {[&lines](std::string_view line) { lines.emplace_back(line); },
          [&lines](const auto& take) {
            for (const auto& line : lines) take(line);
          }};
}

hub::result<std::vector<event>> goods_as_events(const account_context& of, const settings& with, std::vector<goods> list,
                                                hub::instant received_at) {
  directories known;
  std::vector<event> events;
  std::vector<std::string> lines;
  const auto read = [&](const commerceml_sink& sink) -> hub::result<file_head> {
    for (auto& one : list)
      if (auto refused = sink.take_goods(std::move(one))) return std::move(*refused);
    return file_head{};
  };
  const auto done = import_records({of, with, known, nullptr, received_at}, read, draft_in(lines),
                                   [&](event e) { events.push_back(std::move(e)); });
  if (!done) return done.error();
  return events;
}

hub::result<std::vector<event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                          hub::instant received_at) {
  directories known;
  std::vector<event> events;
  std::vector<std::string> lines;
  const auto waiting = draft_in(lines);
  const auto tell = [&](event e) { events.push_back(std::move(e)); };
  const importing by{of, with, known, nullptr, received_at};
  if (body.starts_with('{')) {
    const auto parsed = hub::message::parse_json(body, record_limits);
    if (!parsed) return parsed.error();
    auto what = hub::message::from_json<goods>(*parsed);
    if (!what) return what.error();
    auto read = read_vehicle(of, with, *what, received_at);
    if (!read.reason.empty()) return hub::problem{"line " + what->line, read.reason};
    if (what->id.empty()) return hub::problem{"id", "is missing"};
    tell(vehicle_event(of, with, *what, std::move(read.vehicle), received_at));
    return events;
  }
  const opener file = [body]() -> puller {
    return [body, read = false]() mutable { return std::exchange(read, true) ? std::string_view() : body; };
  };
  const auto done = import_commerceml(by, file, waiting, tell);
  if (!done) return done.error();
  return events;
}

std::vector<event> presence_events(const account_context& of, const settings& with, std::vector<std::string> present,
                                   const std::string& catalogue, std::string_view formed_text, hub::instant received_at) {
  std::vector<std::pair<std::string, std::string>> by_hash;
  by_hash.reserve(present.size());
  for (auto& id : present) by_hash.emplace_back(short_hash(id), std::move(id));
  std::sort(by_hash.begin(), by_hash.end());
  by_hash.erase(std::unique(by_hash.begin(), by_hash.end()), by_hash.end());
  const auto at = formed(formed_text, with.timezone, received_at);
  std::vector<event> events;
  std::string from(16, '0');
  for (std::size_t begun = 0; begun == 0 || begun < by_hash.size();) {
    hub::message::exchange range;
    range.objects = hub::message::vehicle::kind;
    range.catalogue = catalogue;
    range.from = from;
    range.total = by_hash.size();
    auto end = std::min(begun + ids_in_a_range, by_hash.size());
    // Ids of one hash belong to one range.
    while (end < by_hash.size() && by_hash[end].first == by_hash[end - 1].first) ++end;
    for (auto i = begun; i < end; ++i) range.present.push_back(by_hash[i].second);
    range.to = end == by_hash.size() ? std::string(16, 'f') : by_hash[end].first;
    // A range ends before the next one's first hash.
    if (end < by_hash.size()) {
      auto& last = range.to;
      for (std::size_t i = last.size(); i-- > 0;) {
        const auto borrow = last[i] == '0';
        last[i] = borrow ? 'f' : last[i] == 'a' ? '9' : static_cast<char>(last[i] - 1);
        if (!borrow) break;
      }
      from = by_hash[end].first;
    }
    auto made = event_of(
        of,
        "exchange:" + short_hash(catalogue) + ":" + at.key + ":" + range.from + ":" + short_hash(hub::message::to_json(range)),
        at.time, received_at);
    made.data = std::move(range);
    events.push_back(std::move(made));
    begun = std::max<std::size_t>(end, 1);
  }
  return events;
}

}  // namespace connectors::erp
