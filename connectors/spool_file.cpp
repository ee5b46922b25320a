#include "connectors/spool_file.hpp"

#include "hub/base/clock.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace connectors {

namespace fs = std::filesystem;

namespace {

constexpr const char* schema =
    "pragma locking_mode=exclusive;"  // one process, so no shared memory file
    "pragma auto_vacuum=incremental;"
    "pragma journal_mode=wal;"
    "pragma synchronous=full;"
    "create table if not exists entry (id integer primary key autoincrement, key text not null, conversation text not null,"
    " body blob not null, at integer not null);"
    "begin immediate; commit;";

spool_error::kind kind_of(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL: return spool_error::kind::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return spool_error::kind::damaged;
    default: return spool_error::kind::broken;
  }
}

}  // namespace

struct spool_file::database {
  sqlite3* handle = nullptr;
  sqlite3_stmt *insert = nullptr, *erase = nullptr, *select = nullptr, *oldest = nullptr;

  ~database() {
    for (auto* statement : {insert, erase, select, oldest}) sqlite3_finalize(statement);
    sqlite3_close(handle);
  }

  void check(int code, const char* doing) const {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    throw spool_error(kind_of(handle ? sqlite3_extended_errcode(handle) : code),
                      std::string(doing) + ": " + (handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code)));
  }
  void run(const char* sql, const char* doing) const { check(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), doing); }
  // Damage shows now, not when the broker is away.
  void look_through() const {
    sqlite3_stmt* s = nullptr;
    prepare("pragma quick_check(1)", s);
    const bool sound =
        sqlite3_step(s) == SQLITE_ROW && std::string_view(reinterpret_cast<const char*>(sqlite3_column_text(s, 0))) == "ok";
    sqlite3_finalize(s);
    if (!sound) throw spool_error(spool_error::kind::damaged, "quick_check found damage");
  }
  void prepare(const char* sql, sqlite3_stmt*& statement) const {
    check(sqlite3_prepare_v3(handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr), "prepare");
  }
  void step(sqlite3_stmt* statement, const char* doing) const {
    const int code = sqlite3_step(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
      const int failed = sqlite3_extended_errcode(handle);
      const std::string why = sqlite3_errmsg(handle);
      sqlite3_reset(statement);
      throw spool_error(kind_of(failed), std::string(doing) + ": " + why);
    }
    sqlite3_reset(statement);
  }

  void open(const std::string& path) {
    check(sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr),
          "open");
    sqlite3_busy_timeout(handle, 1000);
    run(schema, "open");
    prepare("insert into entry (key, conversation, body, at) values (?, ?, ?, ?)", insert);
    prepare("delete from entry where id = ?", erase);
    prepare("select id, key, conversation, body from entry order by id limit ?", select);
    prepare("select at from entry order by id limit 1", oldest);
  }
};

spool_file::spool_file(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

spool_file::~spool_file() {
  database_.reset();
  ::close(lock_);
}

std::unique_ptr<spool_file> spool_file::lock(const std::string& path) {
  const int fd = ::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw hub::error(hub::failure::permanent, "spool", "cannot open " + path + ".lock: " + std::strerror(errno));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return nullptr;
  }
  return std::unique_ptr<spool_file>(new spool_file(path, fd));
}

std::string spool_file::open() {
  try {
    database_ = std::make_unique<database>();
    database_->open(path_);
    database_->look_through();
    return {};
  } catch (const spool_error& e) {
    if (e.why() != spool_error::kind::damaged) throw;
  }
  auto aside = move_aside();
  database_ = std::make_unique<database>();
  database_->open(path_);
  return aside;
}

std::string spool_file::move_aside() {
  database_.reset();
  auto aside = path_ + ".damaged-" + std::to_string(hub::real_clock().now().time_since_epoch().count());
  std::error_code failed;
  fs::rename(path_, aside, failed);
  if (fs::exists(path_ + "-wal", failed)) fs::rename(path_ + "-wal", aside + "-wal", failed);
  fs::remove(path_ + "-shm", failed);
  return aside;
}

void spool_file::retire() {
  database_.reset();
  std::error_code ignored;
  for (const auto* suffix : {"", "-wal", "-shm"}) fs::remove(path_ + suffix, ignored);
}

void spool_file::begin() { database_->run("begin immediate", "begin"); }

void spool_file::append(const spool_entry& entry, std::int64_t at_ms) {
  auto* s = database_->insert;
  sqlite3_bind_text(s, 1, entry.key.data(), static_cast<int>(entry.key.size()), SQLITE_STATIC);
  sqlite3_bind_text(s, 2, entry.conversation.data(), static_cast<int>(entry.conversation.size()), SQLITE_STATIC);
  sqlite3_bind_blob(s, 3, entry.body.data(), static_cast<int>(entry.body.size()), SQLITE_STATIC);
  sqlite3_bind_int64(s, 4, at_ms);
  database_->step(s, "append");
}

void spool_file::remove(std::int64_t id) {
  sqlite3_bind_int64(database_->erase, 1, id);
  database_->step(database_->erase, "delete");
}

void spool_file::remove_last() { remove(sqlite3_last_insert_rowid(database_->handle)); }

void spool_file::commit() {
  try {
    FAILPOINT("spool.commit", path_);
  } catch (const hub::error& e) {
    throw spool_error(spool_error::kind::broken, e.what());
  }
  database_->run("commit", "commit");
}

void spool_file::roll_back() noexcept {
  if (database_ && database_->handle && sqlite3_get_autocommit(database_->handle) == 0)
    sqlite3_exec(database_->handle, "rollback", nullptr, nullptr, nullptr);
}

std::vector<spooled> spool_file::read(std::size_t most) {
  std::vector<spooled> list;
  auto* s = database_->select;
  sqlite3_bind_int64(s, 1, static_cast<std::int64_t>(most + done.size()));
  const auto column = [&](int i) {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(s, i));
    return data ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(s, i))) : std::string();
  };
  int code = SQLITE_ROW;
  while (list.size() < most && (code = sqlite3_step(s)) == SQLITE_ROW) {
    if (const auto id = sqlite3_column_int64(s, 0); !done.contains(id))
      list.push_back({static_cast<std::uint64_t>(id), {column(1), column(2), column(3)}});
  }
  const int failed = sqlite3_extended_errcode(database_->handle);
  sqlite3_reset(s);
  if (code != SQLITE_DONE && code != SQLITE_ROW)
    throw spool_error(kind_of(failed), std::string("read: ") + sqlite3_errstr(failed));
  return list;
}

void spool_file::shrink() { database_->run("pragma incremental_vacuum; pragma wal_checkpoint(truncate)", "shrink"); }

std::int64_t spool_file::oldest_ms() {
  auto* s = database_->oldest;
  const int code = sqlite3_step(s);
  const std::int64_t at = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  sqlite3_reset(s);
  return at;
}

spool_file::facts spool_file::measure() {
  sqlite3_stmt* s = nullptr;
  database_->prepare(
      "select count(*), coalesce(sum(length(body) + length(key) + length(conversation)), 0), coalesce(min(at), 0) from entry", s);
  const int code = sqlite3_step(s);
  facts found;
  if (code == SQLITE_ROW)
    found = {static_cast<std::uint64_t>(sqlite3_column_int64(s, 0)), static_cast<std::uint64_t>(sqlite3_column_int64(s, 1)),
             sqlite3_column_int64(s, 2)};
  const int failed = sqlite3_extended_errcode(database_->handle);
  sqlite3_finalize(s);
  if (code != SQLITE_ROW) throw spool_error(kind_of(failed), std::string("measure: ") + sqlite3_errstr(failed));
  return found;
}

}  // namespace connectors
