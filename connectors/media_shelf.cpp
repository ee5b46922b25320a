#include "connectors/media_shelf.hpp"

#include "hub/async/within.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include <algorithm>
#include <filesystem>

namespace connectors {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kept_suffix = ".kept";
constexpr std::string_view part_suffix = ".part";
constexpr auto keep_fetched = std::chrono::hours(1);
constexpr auto keep_spooled = std::chrono::hours(24 * 14);
constexpr hub::byte_count longest_answer{64ULL << 10};  ///< of an address that says where the bytes are
constexpr int most_steps = 3;                           ///< from one such address to the next

/// A file under way; nothing is left of it unless it is taken.
class part_file {
 public:
  explicit part_file(std::string path)
      : path_(std::move(path)), fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    if (fd_ < 0) throw hub::error(hub::failure::transient, "disk", "cannot write beside the spool");
  }
  ~part_file() {
    ::close(fd_);
    if (!taken_) ::unlink(path_.c_str());
  }
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) throw hub::error(hub::failure::transient, "disk", "cannot write beside the spool");
      size_ += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void start_again() {
    if (::ftruncate(fd_, 0) == 0) ::lseek(fd_, 0, SEEK_SET);
    size_ = 0;
  }
  void take_as(const std::string& name) {
    if (::rename(path_.c_str(), name.c_str()) != 0)
      throw hub::error(hub::failure::transient, "disk", "cannot write beside the spool");
    taken_ = true;
  }
  std::uint64_t size() const { return size_; }

 private:
  std::string path_;
  int fd_;
  std::uint64_t size_ = 0;
  bool taken_ = false;
};

fetched refuse(int status, std::string why, bool retry = false) {
  fetched f;
  f.status = status;
  f.why = std::move(why);
  f.retry = retry;
  return f;
}

/// What a failed exchange means to the worker.
fetched refuse_after(const hub::error& e) {
  if (e.code() == "too large") return refuse(413, "larger than media.max_size");
  if (e.code() == "address" || e.code() == "url") return refuse(403, e.what());
  if (e.code() == "timeout" || e.code() == "too slow") return refuse(504, e.what(), true);
  return refuse(502, e.what(), true);
}

fetched refuse_status(int status, bool expired) {
  const std::string why = "the platform answered HTTP " + std::to_string(status);
  if (status == 404 || status == 410) return refuse(410, why);
  // A signed link that ran out is a 403 at most hosts.
  if (status == 401 || status == 403) return expired ? refuse(410, why) : refuse(502, why, true);
  return refuse(502, why, status >= 500 || status == 429 || status == 408);
}

fetched refuse_reference(const hub::problem& why) { return refuse(why.where == "size" ? 413 : 403, hub::to_text(why)); }

std::string host_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  return parsed ? std::string(parsed->encoded_host()) : std::string();
}

}  // namespace

media_shelf::media_shelf(std::string directory, media_limits limits, hub::http::client& http, const hub::clock& clock)
    : directory_(std::move(directory)), limits_(limits), http_(http), clock_(clock) {
  std::error_code failed;
  fs::create_directories(directory_, failed);
  fs::permissions(directory_, fs::perms::owner_all, failed);
}

std::string media_shelf::part_name() {
  return directory_ + "/" + std::to_string(::getpid()) + "-" + std::to_string(next_part_++) + std::string(part_suffix);
}

std::string media_shelf::name_of(const std::string& reference) const {
  return directory_ + "/" + hub::to_hex(hub::sha256(reference));
}

hub::async::task<fetched> media_shelf::get(connector& of, std::string reference) {
  auto opened = of.open_media(reference);
  if (!opened) co_return refuse_reference(opened.error());
  const auto name = name_of(reference);
  for (const auto& there : {name + std::string(kept_suffix), name}) {
    std::error_code missing;
    const auto size = fs::file_size(there, missing);
    // One that a power cut emptied is no file.
    if (missing || size == 0) continue;
    fetched f;
    f.path = there;
    f.size = size;
    co_return f;
  }
  co_return co_await fetch(std::move(*opened), name);
}

hub::async::task<> media_shelf::keep(connector& of, std::string reference) {
  const auto name = name_of(reference) + std::string(kept_suffix);
  std::error_code missing;
  if (fs::exists(name, missing)) co_return;
  auto opened = of.open_media(reference);
  if (!opened || !has_room(limits_.max_size.value)) co_return;
  const auto got = co_await fetch(std::move(*opened), name);
  if (got.status != 200) hub::log::debug("media of a spooled event could not be fetched ahead", {{"status", got.status}});
}

bool media_shelf::has_room(std::uint64_t for_bytes) const {
  std::uint64_t used = 0;
  std::error_code missing;
  for (const auto& file : fs::directory_iterator(directory_, missing)) {
    std::error_code gone;
    const auto size = file.file_size(gone);
    if (!gone) used += size;
  }
  const bool room = used + for_bytes <= limits_.shelf_size.value;
  if (!room) hub::log::warn("media is not kept ahead: its folder is full", {{"bytes", used}});
  return room;
}

void media_shelf::put(const std::string& reference, std::string_view bytes) {
  const auto name = name_of(reference) + std::string(kept_suffix);
  std::error_code missing;
  if (bytes.empty() || fs::exists(name, missing) || !has_room(bytes.size())) return;
  part_file part(part_name());
  part.write(bytes);
  part.take_as(name);
}

hub::async::task<fetched> media_shelf::read(media_source source, std::string into) {
  auto got = co_await hub::async::on_thread(blocking_, source.read);
  if (!got && got.error().where == "gone") co_return refuse(410, got.error().what);
  if (!got && got.error().where == "size") co_return refuse(413, got.error().what);
  if (!got) co_return refuse(502, got.error().what, true);
  if (got->size() > limits_.max_size.value) co_return refuse(413, "larger than media.max_size");
  if (got->empty()) co_return refuse(410, "an empty file");
  part_file part(part_name());
  part.write(*got);
  part.take_as(into);
  fetched f;
  f.path = into;
  f.size = part.size();
  co_return f;
}

hub::async::task<fetched> media_shelf::fetch(media_source source, std::string into) {
  if (source.read) co_return co_await read(std::move(source), std::move(into));
  const auto expires_at = source.expires_at;
  const auto is_expired = [&] { return expires_at && clock_.now() > *expires_at; };
  if (is_expired()) co_return refuse(410, "the platform no longer serves it");
  bool asking = false;
  try {
    part_file part(part_name());
    const auto until = clock_.steady() + limits_.deadline;
    std::string url = source.url, said;
    int steps = 0;
    for (int hop = 0; hop <= limits_.redirects; ++hop) {
      if (!url.starts_with("https://") && !(limits_.allow_private_addresses && url.starts_with("http://")))
        co_return refuse(403, "only https is fetched");
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock_.steady());
      if (left.count() <= 0) co_return refuse(504, "not fetched in time", true);
      part.start_again();
      said.clear();
      asking = static_cast<bool>(source.next);
      hub::http::outgoing call;
      call.url = url;
      // Credentials are for the platform, not for wherever it points to.
      if (host_of(url) == host_of(source.url)) call.head = source.head;
      if (url == source.url) {
        call.method = source.method;
        call.body = source.body;
      }
      call.total_time = left;
      call.max_body = asking ? longest_answer : limits_.max_size;
      call.slowest_bytes_per_second = limits_.slowest_bytes_per_second;
      call.public_addresses_only = !limits_.allow_private_addresses;
      call.on_bytes = [&part, &said, &asking](std::string_view bytes) {
        if (asking)
          said += bytes;
        else
          part.write(bytes);
      };
      const auto answer = co_await http_.fetch(std::move(call));
      if (answer.status == 200 && asking) {
        if (++steps > most_steps) co_return refuse(502, "one address after another, and never the bytes");
        auto found = source.next(said);
        if (!found) co_return refuse(502, hub::to_text(found.error()), true);
        source = std::move(*found);
        url = source.url;
        hop = -1;
        continue;
      }
      if (answer.status == 200 && part.size() == 0) co_return refuse(502, "the platform sent an empty file", true);
      if (answer.status == 200) {
        part.take_as(into);
        fetched f;
        f.path = into;
        f.size = part.size();
        if (const auto* type = answer.head.find("Content-Type")) f.content_type = *type;
        co_return f;
      }
      const bool redirected =
          answer.status == 301 || answer.status == 302 || answer.status == 303 || answer.status == 307 || answer.status == 308;
      if (!redirected && source.fleeting && !is_expired() && answer.status >= 400 && answer.status < 500)
        co_return refuse(502, "the platform answered HTTP " + std::to_string(answer.status), true);
      if (!redirected) co_return refuse_status(answer.status, is_expired());
      const auto* location = answer.head.find("Location");
      const auto base = boost::urls::parse_uri(url);
      const auto next = location ? boost::urls::parse_uri_reference(*location) : boost::urls::parse_uri_reference("");
      boost::urls::url resolved;
      if (!location || !base || !next || !boost::urls::resolve(*base, *next, resolved))
        co_return refuse(502, "a redirect to nowhere");
      url = std::string(resolved.buffer());
    }
    co_return refuse(502, "more redirects than are followed");
  } catch (const hub::error& e) {
    if (asking && e.code() == "too large") co_return refuse(502, "the platform's answer is longer than it can be");
    co_return refuse_after(e);
  }
}

void media_shelf::forget(const std::string& reference) {
  const auto name = name_of(reference);
  std::error_code ignored;
  fs::remove(name, ignored);
  fs::remove(name + std::string(kept_suffix), ignored);
}

void media_shelf::sweep() {
  std::error_code failed;
  const auto now = fs::file_time_type::clock::now();
  for (const auto& file : fs::directory_iterator(directory_, failed)) {
    std::error_code gone;
    const auto written = file.last_write_time(gone);
    if (gone) continue;
    const auto limit = file.path().extension() == kept_suffix ? std::chrono::duration_cast<std::chrono::seconds>(keep_spooled)
                                                              : std::chrono::duration_cast<std::chrono::seconds>(keep_fetched);
    if (now - written > limit) fs::remove(file.path(), gone);
  }
}

}  // namespace connectors
