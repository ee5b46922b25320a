#include "connectors/send_journal.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/message/json.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <utility>

namespace connectors {

namespace {

constexpr const char* schema =
    "pragma journal_mode=wal; pragma synchronous=full;"
    "create table if not exists kept (since integer not null);"
    "create table if not exists send (outbox_id integer not null, attempt integer not null, digest text not null,"
    " channel text not null, account text not null, conversation text not null, holder text not null, begun_at integer not null,"
    " told text, published integer not null default 0, primary key (outbox_id, attempt)) without rowid;"
    "create index if not exists send_unfinished on send (published) where published = 0;"
    "create index if not exists send_begun on send (begun_at);";

/// A process by its id and when it began (proc(5), field 22), so that a reused id is told apart.
std::string process_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto name_ends = text.rfind(')');
  if (name_ends == std::string::npos) return {};
  std::size_t at = name_ends + 1;
  for (int field = 3; field < 22 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
  if (at == std::string::npos) return {};
  return pid + ":" + text.substr(at + 1, text.find(' ', at + 1) - at - 1);
}

bool lives(const std::string& holder) { return process_of(holder.substr(0, holder.find(':'))) == holder; }

}  // namespace

struct send_journal::database {
  sqlite3* handle = nullptr;
  std::string holder = process_of(std::to_string(::getpid()));

  /// Something to be written; with others it shares a transaction, and the wait for the disk.
  struct work {
    std::function<void()> write;
    bool at_once;  ///< on disk before anybody goes on
    bool done = false;
    std::exception_ptr failed{};
  };
  std::mutex mutex;
  std::condition_variable written;
  std::vector<work*> waiting;
  bool writing = false;

  ~database() { sqlite3_close(handle); }

  [[noreturn]] void refuse(const char* doing) const {
    throw hub::error(hub::failure::transient, "journal",
                     std::string("the journal of what was sent cannot ") + doing + ": " + sqlite3_errmsg(handle));
  }
  void run(const char* sql, const char* doing) const {
    if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK) refuse(doing);
  }
};

/// Whoever finds nobody writing writes what all have brought until then.
void send_journal::write(bool at_once, std::function<void()> what) {
  auto& d = *database_;
  database::work mine{std::move(what), at_once};
  std::unique_lock lock(d.mutex);
  d.waiting.push_back(&mine);
  while (!mine.done) {
    if (d.writing) {
      d.written.wait(lock);
      continue;
    }
    d.writing = true;
    const auto batch = std::exchange(d.waiting, {});
    lock.unlock();
    std::exception_ptr failed;
    try {
      const bool full = std::any_of(batch.begin(), batch.end(), [](const auto* one) { return one->at_once; });
      d.run(full ? "pragma synchronous=full" : "pragma synchronous=normal", "be written");
      d.run("begin immediate", "be written");
      for (const auto* one : batch) one->write();
      d.run("commit", "be written");
    } catch (...) {
      failed = std::current_exception();
      sqlite3_exec(d.handle, "rollback", nullptr, nullptr, nullptr);
    }
    lock.lock();
    for (auto* one : batch) {
      one->failed = failed;
      one->done = true;
    }
    d.writing = false;
    d.written.notify_all();
  }
  if (mine.failed) std::rethrow_exception(mine.failed);
}

namespace {

/// One statement with its values; text is bound for as long as the statement lives.
class statement {
 public:
  statement(sqlite3* on, const char* sql) {
    if (sqlite3_prepare_v2(on, sql, -1, &handle_, nullptr) != SQLITE_OK) handle_ = nullptr;
  }
  ~statement() { sqlite3_finalize(handle_); }
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  statement& with(std::int64_t number) {
    sqlite3_bind_int64(handle_, ++bound_, number);
    return *this;
  }
  statement& with(const std::string& text) {
    sqlite3_bind_text(handle_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  /// SQLITE_ROW, SQLITE_DONE, or what went wrong.
  int step() { return handle_ ? sqlite3_step(handle_) : SQLITE_ERROR; }
  std::int64_t number(int column) const { return sqlite3_column_int64(handle_, column); }
  bool is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  std::string text(int column) const {
    const auto* bytes = sqlite3_column_text(handle_, column);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes),
                               static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)))
                 : std::string();
  }

 private:
  sqlite3_stmt* handle_ = nullptr;
  int bound_ = 0;
};

constexpr const char* columns = "select outbox_id, attempt, digest, channel, account, conversation, told, holder from send ";

send_entry entry_of(const statement& row) {
  send_entry made;
  made.outbox_id = static_cast<std::uint64_t>(row.number(0));
  made.attempt = static_cast<std::uint32_t>(row.number(1));
  made.digest = row.text(2);
  made.channel = row.text(3);
  made.account = row.text(4);
  made.conversation = row.text(5);
  if (row.is_null(6)) return made;
  const auto parsed = hub::message::parse_json(row.text(6));
  auto told = parsed ? hub::message::from_json<hub::message::send_told>(*parsed) : hub::problem();
  made.told = told ? std::move(*told) : hub::message::send_told{};
  return made;
}

}  // namespace

send_journal::send_journal(std::string path, hub::instant now) : database_(std::make_unique<database>()) {
  std::error_code exists;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), exists);
  if (sqlite3_open_v2(path.c_str(), &database_->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                      nullptr) != SQLITE_OK)
    database_->refuse("be opened");
  sqlite3_busy_timeout(database_->handle, 2000);
  database_->run(schema, "be prepared");
  statement begins(database_->handle, "insert into kept (since) select ? where not exists (select 1 from kept)");
  if (begins.with(now.time_since_epoch().count()).step() != SQLITE_DONE) database_->refuse("be written");
  statement since(database_->handle, "select since from kept");
  if (since.step() != SQLITE_ROW) database_->refuse("be read");
  since_ = hub::instant(std::chrono::milliseconds(since.number(0)));
}

send_journal::~send_journal() = default;

std::optional<send_entry> send_journal::find(std::uint64_t outbox_id, std::uint32_t attempt) {
  const auto sql = std::string(columns) + "where outbox_id = ? and attempt = ?";
  statement find(database_->handle, sql.c_str());
  const int found = find.with(static_cast<std::int64_t>(outbox_id)).with(attempt).step();
  if (found == SQLITE_ROW) return entry_of(find);
  if (found != SQLITE_DONE) database_->refuse("be read");
  return std::nullopt;
}

bool send_journal::begin(const send_entry& entry, hub::instant at) {
  bool begun = false;
  write(true, [&] {
    // Another message under the same number takes its place.
    statement insert(database_->handle,
                     "insert into send (outbox_id, attempt, digest, channel, account, conversation, holder, begun_at)"
                     " values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (outbox_id, attempt) do update set digest = excluded.digest,"
                     " channel = excluded.channel, account = excluded.account, conversation = excluded.conversation,"
                     " holder = excluded.holder, begun_at = excluded.begun_at, told = null, published = 0"
                     " where send.digest <> excluded.digest");
    insert.with(static_cast<std::int64_t>(entry.outbox_id)).with(entry.attempt).with(entry.digest).with(entry.channel);
    insert.with(entry.account).with(entry.conversation).with(database_->holder).with(at.time_since_epoch().count());
    if (insert.step() != SQLITE_DONE) database_->refuse("be written");
    begun = sqlite3_changes(database_->handle) == 1;
  });
  FAILPOINT("send.begun", std::to_string(entry.outbox_id));
  return begun;
}

void send_journal::end(const send_entry& entry) {
  write(true, [&] {
    statement update(database_->handle, "update send set told = ? where outbox_id = ? and attempt = ?");
    update.with(hub::message::to_json(*entry.told)).with(static_cast<std::int64_t>(entry.outbox_id)).with(entry.attempt);
    if (update.step() != SQLITE_DONE) database_->refuse("be written");
  });
  FAILPOINT("send.ended", std::to_string(entry.outbox_id));
}

void send_journal::published(const send_entry& entry) {
  // Forgotten by a power cut it is published once more, which changes nothing: no need to wait for the disk.
  write(false, [&] {
    statement update(database_->handle, "update send set published = 1 where outbox_id = ? and attempt = ?");
    if (update.with(static_cast<std::int64_t>(entry.outbox_id)).with(entry.attempt).step() != SQLITE_DONE)
      database_->refuse("be written");
  });
}

std::vector<send_entry> send_journal::unfinished() {
  std::vector<send_entry> made;
  const auto sql = std::string(columns) + "where published = 0 order by begun_at, outbox_id limit 1000";
  statement list(database_->handle, sql.c_str());
  int found = list.step();
  for (; found == SQLITE_ROW; found = list.step()) {
    auto one = entry_of(list);
    // What a living process has begun is its own.
    if (one.told || !lives(list.text(7))) made.push_back(std::move(one));
  }
  if (found != SQLITE_DONE) database_->refuse("be read");
  return made;
}

void send_journal::forget(hub::instant older_than) {
  write(false, [&] {
    statement old(database_->handle, "delete from send where begun_at < ? and published = 1");
    if (old.with(older_than.time_since_epoch().count()).step() != SQLITE_DONE) database_->refuse("be written");
  });
}

}  // namespace connectors
