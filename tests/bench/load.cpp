// bench_load: sends prepared, signed callbacks over keep-alive connections and notes when each was answered. A process
// of its own, one thread on epoll, so that what it costs is small and known. Started by bench_path.
//
//   open loop    --rate R: request i is due at start + i/R and its latency counts from then, whether or not a
//                connection was free; a slow system cannot slow the clock that judges it
//   closed loop  --rate 0: every connection sends its next request when the last was answered, for --seconds
//
// Requests are made before the start. It says READY on standard output, then waits for the end of its standard input.

#include "hub/base/crypto.hpp"
#include "tests/bench/callbacks.hpp"
#include "tests/bench/samples.hpp"

#include <arpa/inet.h>
#include <boost/program_options.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

struct settings {
  std::uint16_t port = 0;
  std::size_t connections = 128, count = 0, customers = 20'000;
  std::uint64_t first = 0;
  double rate = 0, seconds = 0;
  bool in_turn = false, again = false;
  std::string out;
};

settings read_flags(int count, char** values) {
  namespace po = boost::program_options;
  settings s;
  po::options_description known("bench_load");
  auto add = known.add_options();
  add("port", po::value(&s.port)->required());
  add("connections", po::value(&s.connections));
  add("count", po::value(&s.count)->required(), "requests to prepare, and to send at most");
  add("customers", po::value(&s.customers));
  add("first", po::value(&s.first), "number of the first callback");
  add("rate", po::value(&s.rate), "requests a second; 0: closed loop");
  add("seconds", po::value(&s.seconds)->required());
  add("in-turn", po::bool_switch(&s.in_turn), "every customer once, then again, instead of drawn ones");
  add("again", po::bool_switch(&s.again), "start over with the prepared requests when they end");
  add("out", po::value(&s.out)->required(), "file for the samples");
  po::variables_map given;
  po::store(po::parse_command_line(count, values, known), given);
  po::notify(given);
  return s;
}

struct prepared {
  std::string bytes;
  std::vector<std::size_t> ends;
  std::string_view at(std::size_t i) const {
    const auto from = i == 0 ? 0 : ends[i - 1];
    return std::string_view(bytes).substr(from, ends[i] - from);
  }
};

prepared prepare(const settings& s) {
  prepared all;
  all.bytes.reserve(s.count * 1300);
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (std::size_t i = 0; i < s.count; ++i) {
    const auto number = s.first + i;
    const auto who = s.in_turn ? bench::customer_in_turn(number, s.customers) : bench::customer_drawn(number, s.customers);
    const auto body = bench::callback_body(number, who, now + static_cast<std::int64_t>(i / 16));
    all.bytes += "POST ";
    all.bytes += bench::webhook_path;
    all.bytes +=
        " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nContent-Type: application/json\r\nX-Viber-Content-Signature: ";
    all.bytes += hub::to_hex(hub::hmac_sha256(bench::account_token, body));
    all.bytes += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    all.bytes += body;
    all.ends.push_back(all.bytes.size());
  }
  return all;
}

struct connection {
  int fd = -1;
  std::string_view to_write;
  std::string answer;
  std::size_t sample = 0;
  bool busy = false;
};

class generator {
 public:
  generator(const settings& s, const prepared& requests) : s_(s), requests_(requests), poll_(epoll_create1(EPOLL_CLOEXEC)) {
    connections_.resize(s.connections);
    samples_.reserve(s.again ? 1'000'000 : s.count);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      open(i);
      idle_.push_back(i);
    }
  }

  void run() {
    const auto wall = std::chrono::system_clock::now();
    start_ = steady::now();
    wall_start_ = std::chrono::duration_cast<std::chrono::microseconds>(wall.time_since_epoch()).count();
    const auto load_ends = start_ + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(s_.seconds));
    const auto give_up = load_ends + 30s;
    std::vector<epoll_event> events(512);
    for (;;) {
      auto now = steady::now();
      while (wants_more(now, load_ends) && !idle_.empty() && due(next_) <= now) {
        const auto c = idle_.front();
        idle_.pop_front();
        send(c, now);
      }
      now = steady::now();
      if ((!wants_more(now, load_ends) && idle_.size() == connections_.size()) || now > give_up) break;
      // With no connection free, or nothing left to send, only an answer can change anything.
      const bool waits_for_time = s_.rate > 0 && !idle_.empty() && next_ < s_.count;
      const auto wait = std::clamp<steady::duration>(waits_for_time ? due(next_) - now : 100ms, 0ns, 100ms);
      const timespec time{0, static_cast<long>(std::chrono::nanoseconds(wait).count())};
      const int n = epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &time, nullptr);
      for (int i = 0; i < n; ++i) ready(events[static_cast<std::size_t>(i)]);
    }
  }

  bench::load_result result() const {
    bench::load_result r;
    r.samples = samples_;
    r.header.samples = samples_.size();
    r.header.seconds = std::chrono::duration<double>(last_answer_ - start_).count();
    auto late = late_;
    if (!late.empty()) {
      const auto at = late.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(late.size() - 1) * 0.99);
      std::nth_element(late.begin(), at, late.end());
      r.header.sent_late = *at / 1000.0;
    }
    return r;
  }

 private:
  bool wants_more(steady::time_point now, steady::time_point load_ends) const {
    if (s_.rate > 0) return next_ < s_.count;
    return now < load_ends && (s_.again || next_ < s_.count);
  }
  steady::time_point due(std::size_t i) const {
    if (s_.rate <= 0) return start_;
    return start_ + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(static_cast<double>(i) / s_.rate));
  }

  void open(std::size_t index) {
    auto& c = connections_[index];
    if (c.fd >= 0) ::close(c.fd);
    c.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(s_.port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (c.fd < 0 || ::connect(c.fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0)
      throw std::runtime_error("cannot connect: " + std::string(std::strerror(errno)));
    const int yes = 1;
    ::setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u64 = index;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, c.fd, &e);
    c.answer.clear();
  }

  void send(std::size_t index, steady::time_point now) {
    auto& c = connections_[index];
    const auto request = s_.again ? next_ % s_.count : next_;
    const auto from = s_.rate > 0 ? due(next_) : now;
    c.busy = true;
    c.sample = samples_.size();
    samples_.push_back(
        {s_.first + request, wall_start_ + std::chrono::duration_cast<std::chrono::microseconds>(from - start_).count(), 0, 0});
    due_.push_back(from);
    late_.push_back(static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(now - from).count()));
    ++next_;
    c.to_write = requests_.at(request);
    write_some(index);
  }

  void write_some(std::size_t index) {
    auto& c = connections_[index];
    // A kilobyte fits the socket's buffer: the rare rest is written at once, blocking.
    while (!c.to_write.empty()) {
      const auto n = ::send(c.fd, c.to_write.data(), c.to_write.size(), MSG_NOSIGNAL);
      if (n <= 0) return broke(index);
      c.to_write.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void ready(const epoll_event& e) {
    const auto index = static_cast<std::size_t>(e.data.u64);
    auto& c = connections_[index];
    char bytes[4096];
    const auto n = ::recv(c.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return broke(index);
    c.answer.append(bytes, static_cast<std::size_t>(n));
    const auto head = c.answer.find("\r\n\r\n");
    if (head == std::string::npos || c.answer.size() < head + 4 + body_length(std::string_view(c.answer).substr(0, head))) return;
    answered(index, static_cast<std::uint32_t>(std::atoi(c.answer.c_str() + std::strlen("HTTP/1.1 "))));
    c.answer.clear();
  }

  static std::size_t body_length(std::string_view head) {
    static constexpr std::string_view name = "\r\nContent-Length: ";
    const auto at = head.find(name);
    return at == std::string_view::npos ? 0 : static_cast<std::size_t>(std::atoll(head.data() + at + name.size()));
  }

  void answered(std::size_t index, std::uint32_t status) {
    auto& c = connections_[index];
    if (!c.busy) return;
    last_answer_ = steady::now();
    auto& s = samples_[c.sample];
    s.status = status;
    s.latency =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(last_answer_ - due_[c.sample]).count());
    c.busy = false;
    idle_.push_back(index);
  }

  void broke(std::size_t index) {
    if (++broken_ > 1000) throw std::runtime_error("connections break all the time");
    answered(index, 0);
    connections_[index].to_write = {};
    open(index);
  }

  const settings& s_;
  const prepared& requests_;
  int poll_;
  std::vector<connection> connections_;
  std::deque<std::size_t> idle_;  // first in, first out: every connection stays in use
  std::vector<bench::sample> samples_;
  std::vector<steady::time_point> due_;
  std::vector<double> late_;
  std::size_t next_ = 0, broken_ = 0;
  steady::time_point start_{}, last_answer_{};
  std::int64_t wall_start_ = 0;
};

double cpu_used() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Until whoever started us closes our standard input; not longer than five minutes.
bool wait_for_start() {
  std::cout << "READY" << std::endl;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 300'000) > 0;
}

}  // namespace

int main(int count, char** values) try {
  const auto s = read_flags(count, values);
  const auto requests = prepare(s);
  generator all(s, requests);
  if (!wait_for_start()) return 3;
  const auto before = cpu_used();
  all.run();
  const auto used = cpu_used() - before;
  auto result = all.result();
  result.header.cpu_seconds = used;
  std::ofstream out(s.out, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&result.header), sizeof result.header);
  out.write(reinterpret_cast<const char*>(result.samples.data()),
            static_cast<std::streamsize>(result.samples.size() * sizeof(bench::sample)));
  out.close();
  return out ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << "bench_load: " << e.what() << "\n";
  return 1;
}
