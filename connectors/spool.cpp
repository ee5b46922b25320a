#include "connectors/spool.hpp"

#include "connectors/promised.hpp"
#include "connectors/spool_files.hpp"

#include <boost/asio/post.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace connectors {

namespace {

constexpr auto probe_every = std::chrono::seconds(5);

struct append_job {
  std::vector<spool_entry> list;
  std::shared_ptr<promised<bool>> reply;
};
struct read_job {
  std::size_t most;
  std::shared_ptr<promised<std::vector<spooled>>> reply;
};
struct remove_job {
  std::vector<std::uint64_t> ids;
  std::shared_ptr<promised<bool>> reply;
};

struct jobs {
  std::vector<append_job> appends;
  std::vector<read_job> reads;
  std::vector<remove_job> removes;
  bool empty() const { return appends.empty() && reads.empty() && removes.empty(); }
};

}  // namespace

struct spool::state {
  state(boost::asio::any_io_executor on, spool_options options) : loop(std::move(on)), files(std::move(options)) {
    files.open();
    worker = std::thread([this] { work(); });
  }

  boost::asio::any_io_executor loop;
  spool_files files;

  std::mutex mutex;
  std::condition_variable bell;
  jobs waiting;
  bool stopping = false;

  std::thread worker;

  void work() {
    while (true) {
      jobs now;
      {
        std::unique_lock lock(mutex);
        bell.wait_for(lock, probe_every, [this] { return stopping || !waiting.empty(); });
        std::swap(now, waiting);
        if (now.empty() && stopping) return;
      }
      if (now.empty()) {
        if (!files.is_writable()) files.probe();
        continue;
      }
      std::vector<std::span<const spool_entry>> lists;
      for (const auto& job : now.appends) lists.emplace_back(job.list);
      auto appended = std::make_shared<std::vector<bool>>(files.append(lists));
      auto removed = std::make_shared<std::vector<bool>>();
      for (const auto& job : now.removes) removed->push_back(files.remove(job.ids));
      auto found = std::make_shared<std::vector<std::vector<spooled>>>();
      for (const auto& job : now.reads) found->push_back(files.read(job.most));
      files.tell();
      auto replies = std::make_shared<jobs>(std::move(now));
      boost::asio::post(loop, [replies, appended, removed, found] {
        for (std::size_t i = 0; i < replies->appends.size(); ++i) replies->appends[i].reply->set((*appended)[i]);
        for (std::size_t i = 0; i < replies->removes.size(); ++i) replies->removes[i].reply->set((*removed)[i]);
        for (std::size_t i = 0; i < replies->reads.size(); ++i) replies->reads[i].reply->set(std::move((*found)[i]));
      });
    }
  }

  template <class Job>
  void hand_in(std::vector<Job> jobs::*where, Job job) {
    {
      std::lock_guard lock(mutex);
      (waiting.*where).push_back(std::move(job));
    }
    bell.notify_one();
  }
};

spool::spool(boost::asio::any_io_executor loop, spool_options options)
    : state_(std::make_unique<state>(std::move(loop), std::move(options))) {}

spool::~spool() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->bell.notify_one();
  if (state_->worker.joinable()) state_->worker.join();
}

later<bool> spool::append(std::vector<spool_entry> list) {
  auto reply = std::make_shared<promised<bool>>(state_->loop);
  state_->hand_in(&jobs::appends, append_job{std::move(list), reply});
  return reply;
}

later<std::vector<spooled>> spool::read(std::size_t most) {
  auto reply = std::make_shared<promised<std::vector<spooled>>>(state_->loop);
  state_->hand_in(&jobs::reads, read_job{most, reply});
  return reply;
}

later<bool> spool::remove(std::vector<std::uint64_t> ids) {
  auto reply = std::make_shared<promised<bool>>(state_->loop);
  state_->hand_in(&jobs::removes, remove_job{std::move(ids), reply});
  return reply;
}

std::uint64_t spool::pending() const { return state_->files.pending(); }
std::uint64_t spool::bytes() const { return state_->files.bytes(); }
bool spool::is_writable() const { return state_->files.is_writable() && state_->files.has_room(); }
int spool::number() const { return state_->files.own_number(); }
std::chrono::milliseconds spool::oldest() const { return state_->files.oldest(); }

}  // namespace connectors
