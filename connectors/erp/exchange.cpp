#include "connectors/erp/exchange.hpp"

#include "connectors/erp/file_names.hpp"
#include "connectors/erp/order_document.hpp"
#include "connectors/erp/sealed_file.hpp"
#include "connectors/erp/words.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>

namespace connectors::erp {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr std::string_view cookie_name = "HUBSESS";
constexpr auto session_life = 1h;
constexpr auto longest_silence = 10min;
constexpr std::uint64_t largest_photo = 16 << 20;
constexpr std::size_t most_orders = 500;  ///< in one answer; the others come with the next query

answer success(const std::string& more = {}) { return {"success\n" + (more.empty() ? "" : more + "\n")}; }
answer failure(const std::string& why) { return {"failure\n" + why + "\n"}; }

template <class T>
std::optional<T> read_json_file(const std::string& path) {
  const auto bytes = read_small(path);
  if (bytes.empty()) return std::nullopt;
  const auto parsed = hub::message::parse_json(bytes, {.bytes = 64 << 20, .depth = 8});
  if (!parsed) return std::nullopt;
  auto read = hub::message::from_json<T>(*parsed);
  if (!read) return std::nullopt;
  return std::move(*read);
}

/// Read, and of goods; orders hold none.
bool is_catalogue(const received_file& file) { return file.stage == stage::done && !file.catalogue.empty(); }

bool signs_in(const std::string& authorization, const settings& with) {
  const std::string wanted = "Basic " + hub::to_base64(with.user.reveal() + ":" + with.password.reveal());
  return hub::equal_in_constant_time(authorization, wanted);
}

bool has_cookie(const std::string& header, const std::string& token) {
  const auto wanted = std::string(cookie_name) + "=" + token;
  for (const auto& one : hub::split(header, ';'))
    if (hub::equal_in_constant_time(hub::trim(one), wanted)) return true;
  return false;
}

}  // namespace

exchange::exchange(account_context of, settings with, std::string directory)
    : of_(std::move(of)),
      with_(std::move(with)),
      directory_(std::move(directory)),
      outbox_(directory_ + "/ready", of_.seal_key),
      orders_(directory_ + "/orders", of_) {
  fs::create_directories(directory_ + "/inbox");
  fs::create_directories(directory_ + "/photos");
  fs::permissions(directory_, fs::perms::owner_all);
  if (auto kept = read_json_file<session>(directory_ + "/session")) session_ = std::move(*kept);
  catalogue_ = read_small(directory_ + "/catalogue");
  vehicles_ = known_vehicles::from_bytes(read_small(directory_ + "/vehicles"));
  const auto sealed = read_small(directory_ + "/directories");
  const auto opened = sealed.empty() ? hub::result<std::string>(hub::problem{}) : hub::unseal(of_.seal_key, sealed);
  const auto parsed = opened ? hub::message::parse_json(*opened, {.bytes = 256 << 20, .depth = 8}) : opened.error();
  if (parsed)
    if (auto read = hub::message::from_json<directories>(*parsed)) known_ = std::move(*read);
}

answer exchange::ask(const question& asked, hub::instant now) {
  const std::lock_guard lock(mutex_);
  if (asked.mode == "checkauth") return check_in(asked, now);
  if (!may(asked, now)) return failure("no session");
  session_.touched = now;
  if (asked.type != "catalog" && asked.type != "sale") return failure("unknown type");
  if (asked.mode == "init") return begin(asked);
  if (asked.mode == "file") return take_piece(asked);
  if (asked.mode == "import") return import(asked);
  if (asked.type == "sale" && asked.mode == "query") return query(now);
  if (asked.type == "sale" && asked.mode == "success") {
    orders_.taken(session_.token, outbox_, now);
    return success();
  }
  if (asked.type == "catalog" && asked.mode == "deactivate") return success();
  if (asked.type == "catalog" && asked.mode == "complete") {
    finish();
    return success();
  }
  return failure("unknown mode");
}

answer exchange::check_in(const question& asked, hub::instant now) {
  if (!signs_in(asked.authorization, with_)) return failure("wrong user or password");
  finish();
  clear();
  session_ = {hub::to_hex(hub::random_bytes(16)), hub::to_hex(hub::random_bytes(8)), now, now, true};
  keep_session();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return success(std::string(cookie_name) + "\n" + session_.token + "\nsessid=" + session_.sessid +
                 "\ntimestamp=" + std::to_string(seconds));
}

bool exchange::may(const question& asked, hub::instant now) const {
  if (session_.token.empty() || now - session_.touched > session_life) return false;
  if (!asked.sessid.empty() && !hub::equal_in_constant_time(asked.sessid, session_.sessid)) return false;
  // Many clients sign in each time, and some lose the cookie on the way.
  return has_cookie(asked.cookie, session_.token) || signs_in(asked.authorization, with_);
}

answer exchange::begin(const question& asked) {
  clear();
  session_.open = true;
  keep_session();
  std::string said = "zip=no\nfile_limit=" + std::to_string(file_limit) + "\n";
  if (asked.type == "sale" && !asked.version.empty())
    said += "sessid=" + session_.sessid + "\nversion=" + (asked.version < "2.10" ? "2.08" : "2.10") + "\n";
  return {said};
}

answer exchange::take_piece(const question& asked) {
  const auto name = plain_name(asked.filename);
  if (!name) return failure("bad file name");
  const bool photo = is_photo(*name);
  if (!photo && ending_of(*name) != ".xml") return failure("only XML files and pictures are taken");
  if (asked.body.size() > file_limit) return failure("a piece is larger than file_limit");
  auto file = find(*name).value_or(received_file{*name, stage::receiving, 0, 0, "", "", false, "", "", 0});
  const auto hash = hub::to_hex(hub::sha256(asked.body));
  // A piece has no number: one that comes again is told by what is in it.
  if (file.bytes > 0 && file.last_piece == hash && !begins_a_document(asked.body)) return success();
  if (file.stage == stage::checking) return failure("the file is being read");
  if (begins_a_document(asked.body) || file.stage != stage::receiving)
    file = {*name, stage::receiving, 0, 0, "", "", false, "", "", 0};
  const auto limit = photo ? largest_photo : with_.largest_file.value;
  if (file.bytes + asked.body.size() > limit) {
    file.stage = photo ? stage::done : stage::refused;
    file.said = "the file is larger than " + hub::to_text(hub::byte_count{limit});
    keep(file);
    return failure(file.said);
  }
  const auto place = photo ? directory_ + "/photos/" + short_hash(*name) : place_of(*name) + ".data";
  file.on_disk = sealed_file(place, of_.seal_key).append(file.on_disk, asked.body);
  file.bytes += asked.body.size();
  file.last_piece = hash;
  keep(file);
  receiving_ = *name;
  if (!session_.open) {
    session_.open = true;
    keep_session();
  }
  return success();
}

answer exchange::import(const question& asked) {
  const auto name = plain_name(asked.filename);
  if (!name) return failure("bad file name");
  auto file = find(*name);
  if (!file || file->bytes == 0) return failure("file is missing");
  if (is_photo(*name)) return success();
  if (file->stage == stage::done) return success(file->said);
  if (file->stage == stage::refused) return failure(file->said);
  if (file->stage == stage::receiving) {
    file->stage = stage::checking;
    keep(*file);
    read_bytes_ = 0;
  }
  return {"progress\nread " + std::to_string(std::min<std::uint64_t>(read_bytes_, file->bytes)) + " of " +
          std::to_string(file->bytes) + " bytes\n"};
}

answer exchange::query(hub::instant now) {
  const auto orders = orders_.give(session_.token, most_orders);
  return {write_orders(with_, orders, catalogue_, now),
          "application/xml; charset=" + std::string(hub::name_of(with_.orders_encoding))};
}

std::optional<hub::problem> exchange::keep_order(const hub::message::order_asked& order) {
  if (auto why = why_not(order)) return why;
  const std::lock_guard lock(mutex_);
  orders_.keep(order);
  return std::nullopt;
}

std::size_t exchange::orders_waiting() const {
  const std::lock_guard lock(mutex_);
  return orders_.waiting();
}

bool exchange::work() {
  received_file file;
  hub::instant received_at;
  std::string token;
  {
    const std::lock_guard lock(mutex_);
    const auto all = files("inbox");
    const auto wanted = std::find_if(all.begin(), all.end(), [](const auto& f) { return f.stage == stage::checking; });
    if (wanted == all.end()) return false;
    file = *wanted;
    // The same whenever it is read, so that what is told again has the keys it had.
    received_at = session_.begun;
    token = session_.token;
  }
  auto got = read(file, received_at);
  const std::lock_guard lock(mutex_);
  const auto still = find(file.name);
  // Somebody began anew meanwhile.
  if (session_.token != token || !still || still->stage != stage::checking || still->last_piece != file.last_piece) return true;
  save(file, got);
  return true;
}

exchange::outcome exchange::read(const received_file& file, hub::instant received_at) {
  const auto place = place_of(file.name);
  outcome got;
  try {
    directories known;
    known_vehicles vehicles;
    {
      const std::lock_guard lock(mutex_);
      known = known_;
      vehicles = vehicles_;
    }
    const opener sealed = sealed_file(place + ".data", of_.seal_key).open(file.on_disk);
    const opener counted = [&]() -> puller {
      read_bytes_ = 0;
      return [this, pull = sealed()] {
        if (stopping_) throw hub::error(hub::failure::cancelled, "stopping", "the exchange is stopping");
        const auto piece = pull();
        read_bytes_ += piece.size();
        return piece;
      };
    };
    sealed_lines waiting(place + ".draft", of_.seal_key);
    sealed_lines events(place + ".events", of_.seal_key);
    std::optional<std::uint64_t> size;
    const draft draft{[&](std::string_view line) { waiting.add(line); },
                      [&](const auto& take) {
                        if (!size) size = waiting.finish();
                        each_line(sealed_file(place + ".draft", of_.seal_key).open(*size), take);
                      }};
    const importing by{of_, with_, known, &vehicles, received_at};
    auto done = import_commerceml(by, counted, draft, [&](hub::message::event e) { events.add(hub::message::encode(e)); });
    if (!done) {
      got.is = stage::refused;
      got.said = done.error().where + (done.error().where.empty() ? "" : ": ") + done.error().what;
      return got;
    }
    events.finish();
    got.made = std::move(*done);
    sealed_lines present(place + ".present", of_.seal_key);
    for (const auto& id : got.made.present) present.add(id);
    got.present = present.finish();
    const std::lock_guard lock(mutex_);
    if (vehicles.to_bytes() != vehicles_.to_bytes()) replace_file(directory_ + "/vehicles", vehicles.to_bytes());
    if (known != known_) replace_file(directory_ + "/directories", hub::seal(of_.seal_key, hub::message::to_json(known)));
    vehicles_ = std::move(vehicles);
    known_ = std::move(known);
  } catch (const std::bad_alloc&) {
    got.is = stage::refused;
    got.said = "the file does not fit into memory";
  }
  return got;
}

void exchange::save(const received_file& file, const outcome& got) {
  auto now = file;
  const auto place = place_of(file.name);
  now.stage = got.is;
  now.said = got.said;
  if (got.is == stage::done) {
    const auto& made = got.made;
    now.said = "imported " + std::to_string(made.vehicles + made.offers + made.customers + made.orders);
    if (made.refused > 0) now.said += ", refused " + std::to_string(made.refused);
    now.full = made.head.full;
    now.catalogue = made.head.catalogue;
    now.formed = made.head.formed;
    now.present = got.present;
    if (!now.catalogue.empty() && now.catalogue != catalogue_) {
      replace_file(directory_ + "/catalogue", now.catalogue);
      catalogue_ = now.catalogue;
    }
    FAILPOINT("erp.complete", file.name);
    outbox_.take(place + ".events");
    FAILPOINT("erp.ready", file.name);
  }
  std::error_code ignored;
  for (const auto* const ending : {".draft", ".events"}) fs::remove(place + ending, ignored);
  keep(now);
}

void exchange::tick(hub::instant now) {
  const std::lock_guard lock(mutex_);
  // What happened before a restart is no silence.
  if (!ticked_) session_.touched = now;
  ticked_ = true;
  if (session_.open && now - session_.touched > longest_silence) finish();
}

void exchange::finish() {
  if (!session_.open) return;
  const auto events = presence_of_session("inbox");
  if (!events.empty()) outbox_.add(events);
  session_.open = false;
  keep_session();
}

std::vector<hub::message::event> exchange::presence_of_session(const std::string& in) const {
  const auto all = files(in);
  const bool whole =
      std::all_of(all.begin(), all.end(), [](const auto& f) { return is_photo(f.name) || f.stage == stage::done; });
  // A catalogue may come in portions: together they say what is there.
  std::map<std::string, std::pair<std::string, std::vector<std::string>>> catalogues;
  std::set<std::string> incremental;
  for (const auto& file : all) {
    if (is_photo(file.name) || file.catalogue.empty()) continue;
    if (!file.full) {
      incremental.insert(file.catalogue);
      continue;
    }
    auto& [formed, present] = catalogues[file.catalogue];
    // The earliest: what was told later than that is newer than the list.
    if (formed.empty() || file.formed < formed) formed = file.formed;
    each_line(sealed_file(place_of(file.name, in) + ".present", of_.seal_key).open(file.present),
              [&present = present](std::string_view id) { present.emplace_back(id); });
  }
  std::vector<hub::message::event> events;
  for (auto& [catalogue, told] : catalogues) {
    if (!whole || incremental.contains(catalogue)) continue;
    auto ranges = presence_events(of_, with_, std::move(told.second), catalogue, told.first, session_.begun);
    std::move(ranges.begin(), ranges.end(), std::back_inserter(events));
  }
  return events;
}

hub::result<std::vector<hub::message::event>> exchange::rehearse(const std::string& file, hub::instant now) {
  std::vector<hub::message::event> events;
  const auto tell = [&](hub::message::event e) { events.push_back(std::move(e)); };
  std::unique_lock lock(mutex_);
  auto known = known_;
  auto vehicles = vehicles_;
  if (!file.empty()) {
    lock.unlock();
    std::vector<std::string> lines;
    const opener body = [&file]() -> puller {
      return [&file, read = false]() mutable { return std::exchange(read, true) ? std::string_view() : std::string_view(file); };
    };
    auto done = import_commerceml({of_, with_, known, nullptr, now}, body, draft_in(lines), tell);
    if (!done) return done.error();
    if (!done->head.full || done->head.catalogue.empty()) return events;
    auto ranges = presence_events(of_, with_, std::move(done->present), done->head.catalogue, done->head.formed, now);
    std::move(ranges.begin(), ranges.end(), std::back_inserter(events));
    return events;
  }
  const auto now_there = files("inbox");
  const bool is_newest = std::any_of(now_there.begin(), now_there.end(), [](const auto& f) { return is_catalogue(f); });
  const std::string in = is_newest ? "inbox" : "last";
  for (const auto& one : files(in)) {
    if (is_photo(one.name) || one.stage != stage::done) continue;
    std::vector<std::string> lines;
    const auto body = sealed_file(place_of(one.name, in) + ".data", of_.seal_key).open(one.on_disk);
    const auto done = import_commerceml({of_, with_, known, &vehicles, session_.begun}, body, draft_in(lines), tell);
    if (!done) return done.error();
  }
  auto ranges = presence_of_session(in);
  std::move(ranges.begin(), ranges.end(), std::back_inserter(events));
  return events;
}

void exchange::clear() {
  const auto all = files("inbox");
  const bool told = std::any_of(all.begin(), all.end(), [](const auto& f) { return is_catalogue(f); });
  if (told) {
    // The last catalogue is looked at again by rehearse(), also after orders came in a session of their own.
    fs::remove_all(directory_ + "/last");
    fs::rename(directory_ + "/inbox", directory_ + "/last");
    fs::create_directories(directory_ + "/inbox");
    return;
  }
  for (const auto& entry : fs::directory_iterator(directory_ + "/inbox")) fs::remove(entry.path());
}

std::string exchange::place_of(const std::string& name, const std::string& in) const {
  return directory_ + "/" + in + "/" + short_hash(name);
}

std::optional<received_file> exchange::find(const std::string& name) const {
  auto file = read_json_file<received_file>(place_of(name) + ".json");
  return file && file->name == name ? file : std::nullopt;
}

std::vector<received_file> exchange::files(const std::string& in) const {
  std::vector<received_file> list;
  if (!fs::exists(directory_ + "/" + in)) return list;
  for (const auto& entry : fs::directory_iterator(directory_ + "/" + in))
    if (entry.path().extension() == ".json")
      if (auto file = read_json_file<received_file>(entry.path().string())) list.push_back(std::move(*file));
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return list;
}

void exchange::keep(const received_file& file) { replace_file(place_of(file.name) + ".json", hub::message::to_json(file)); }

void exchange::keep_session() { replace_file(directory_ + "/session", hub::message::to_json(session_)); }

std::optional<std::string> exchange::photo(const std::string& path) const {
  const auto name = plain_name(path);
  if (!name) return std::nullopt;
  {
    // Nothing says which piece is a picture's last one, but that something else follows.
    const std::lock_guard lock(mutex_);
    if (session_.open && receiving_ == *name) return std::nullopt;
  }
  const auto place = directory_ + "/photos/" + short_hash(*name);
  std::error_code failed;
  const auto size = fs::file_size(place, failed);
  if (failed) return std::nullopt;
  std::string bytes;
  const auto pull = sealed_file(place, of_.seal_key).open(size)();
  for (auto piece = pull(); !piece.empty(); piece = pull()) bytes += piece;
  return bytes;
}

}  // namespace connectors::erp
