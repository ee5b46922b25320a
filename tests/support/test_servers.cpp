// test_servers HOME: holds a private PostgreSQL and RabbitMQ until its standard input ends or it is told to stop, then
// removes HOME. When both are ready it writes HOME/environment, KEY=VALUE lines for tests. Started by tests/run and by
// test programs run alone; when those die in whatever way, their end of the pipe closes and the servers go too.

#include "hub/ctl/files.hpp"
#include "hub/ctl/private_servers.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>

namespace {

/// Until somebody wants us to end.
void wait_for_the_end() {
  sigset_t ends;
  sigemptyset(&ends);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, signal);
  pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {signalfd(-1, &ends, SFD_CLOEXEC), POLLIN, 0}};
  for (;;) {
    if (poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents) return;
    char ignored[64];
    if (watched[0].revents && read(STDIN_FILENO, ignored, sizeof ignored) <= 0) return;
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: test_servers HOME\n");
    return 2;
  }
  sigset_t held;
  sigemptyset(&held);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&held, signal);
  sigprocmask(SIG_BLOCK, &held, nullptr);
  try {
    const hub::ctl::server_place place{.home = arguments[1], .for_tests = true};
    hub::ctl::private_postgres postgres(place);
    hub::ctl::private_rabbitmq rabbitmq(place);
    rabbitmq.launch();
    postgres.start();
    rabbitmq.wait_until_ready();
    hub::ctl::write_file(place.home + "/environment",
                         "LEADYARD_TEST_SERVERS=" + place.home + "\nLEADYARD_TEST_DATABASE_URL=" + postgres.superuser_url() +
                             "\nLEADYARD_TEST_BROKER_URL=" + rabbitmq.url() + "\n",
                         0600);
    wait_for_the_end();
    postgres.stop();
    rabbitmq.stop();
    std::filesystem::remove_all(place.home);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "test_servers: %s\n", e.what());
    return 1;
  }
}
