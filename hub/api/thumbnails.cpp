// GET /api/v1/media/{id}/thumbnail: a small picture of a picture.

#include "hub/api/thumbnails.hpp"

#include "hub/api/asked.hpp"
#include "hub/api/media.hpp"
#include "hub/api/routes.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/number.hpp"
#include "hub/media/thumbnails.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace hub::api {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds longest{5};
constexpr std::size_t largest = 4 << 20;
constexpr std::size_t most_waiting = 64;

error cannot(const std::string& what) { return error(failure::transient, "thumbnail", what); }

/// Installed beside the program that runs.
const std::string& program() {
  static const std::string found = (fs::read_symlink("/proc/self/exe").parent_path() / "hub-thumbnail").string();
  return found;
}

struct pipe_pair {
  int read = -1, write = -1;
  pipe_pair() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw cannot("no pipe");
    read = ends[0];
    write = ends[1];
  }
  ~pipe_pair() {
    ::close(read);
    if (write >= 0) ::close(write);
  }
  pipe_pair(const pipe_pair&) = delete;
  pipe_pair& operator=(const pipe_pair&) = delete;
};

/// The picture, or nothing when the program ended any other way but well within its time.
std::optional<std::string> run(const std::string& original, int size) {
  pipe_pair out;
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, original.c_str(), O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, out.write, 1);
  ::posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
  const auto wanted = std::to_string(size);
  std::array<char*, 3> arguments{const_cast<char*>(program().c_str()), const_cast<char*>(wanted.c_str()), nullptr};
  std::array<char*, 1> environment{nullptr};
  ::pid_t child = 0;
  const int failed = ::posix_spawn(&child, program().c_str(), &files, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&files);
  if (failed != 0) throw cannot("cannot run " + program());
  ::close(out.write);
  out.write = -1;

  const auto end = std::chrono::steady_clock::now() + longest;
  std::string made;
  bool in_time = true;
  for (std::array<char, 16384> piece;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd ready{out.read, POLLIN, 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) == 0) {
      in_time = false;
      break;
    }
    const auto n = ::read(out.read, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    made.append(piece.data(), static_cast<std::size_t>(n));
    if (made.size() > largest) break;
  }
  if (!in_time || made.size() > largest) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!in_time || !WIFEXITED(status) || WEXITSTATUS(status) != 0 || made.empty()) return std::nullopt;
  return made;
}

}  // namespace

std::optional<std::string> thumbnail_of(const std::string& directory, const std::string& sha256, const std::string& original,
                                        int size) {
  const auto path = media::thumbnail_path(directory, sha256, size);
  std::error_code none;
  if (!fs::exists(path, none)) {
    const auto made = run(original, size).value_or(std::string());
    fs::create_directories(fs::path(path).parent_path(), none);
    // Whole or not there; the same by whoever else makes it.
    const auto fresh = path + "." + std::to_string(::gettid());
    {
      std::ofstream to(fresh, std::ios::binary);
      to << made;
      if (!to.flush()) throw cannot("cannot write " + fresh);
    }
    fs::rename(fresh, path, none);
    if (none) throw cannot("cannot keep " + path);
  }
  if (fs::file_size(path, none) == 0 || none) return std::nullopt;
  return path;
}

namespace {

async::task<http::response> show(services* with, visitor who, http::request from) {
  int size = 240;
  if (const auto given = query_value(from, "size"); !given.empty()) {
    size = whole_number<int>(given).value_or(0);
    constexpr auto& sizes = media::thumbnail_sizes;
    if (std::find(sizes.begin(), sizes.end(), size) == sizes.end())
      co_return refused(problem{"size", "expected 96, 240, 480 or 960"});
  }
  const auto id = id_of(from);
  auto look = [&](pqxx::work& sql) -> std::string {
    const auto rows = sql.exec_params(find_file(who), who.id, id);
    return rows.empty() ? std::string() : text_of(rows[0]["sha256"]);
  };
  const auto sha256 = co_await with->db.run(look);
  if (sha256.empty()) co_return no_such("file");
  const auto original = with->media.find(sha256);
  if (original.empty()) throw error(failure::transient, "media missing", "the media store lacks " + sha256);
  if (with->thumbnails_waiting >= most_waiting)
    refuse_for(503, "Busy", std::chrono::seconds(2), "Many pictures are being made small. Try again in a few seconds.");
  const auto etag = "\"" + sha256 + "-" + std::to_string(size) + "\"";
  http::response answer;
  answer.head.set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'");
  answer.head.set("ETag", etag);
  answer.head.set("Cache-Control", "private, no-cache");
  if (const auto* known = from.head.find("If-None-Match"); known && known->find(etag) != std::string::npos) {
    answer.status = 304;
    co_return answer;
  }
  const counted one(with->thumbnails_waiting);
  auto make = [&] { return thumbnail_of(with->thumbnails, sha256, original, size); };
  const auto path = co_await async::on_thread(with->shrinking, make);
  if (!path) co_return http::response::problem(415, "No small picture", "None can be made of this file.");
  answer.head.set("Content-Type", "image/jpeg");
  http::file_body body;
  body.path = *path;
  body.size = fs::file_size(*path);
  answer.file = std::move(body);
  co_return answer;
}

}  // namespace

void add_thumbnails(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("GET", "/api/v1/media/{id}/thumbnail"),
         [kept](visitor who, http::request from) { return show(kept, std::move(who), std::move(from)); });
}

}  // namespace hub::api
