#include "hub/ctl/private_mail.hpp"

#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/server_place.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

namespace hub::ctl {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr const char* program = "/usr/sbin/dovecot";
constexpr const char* imap = "/usr/lib/dovecot/imap";

std::optional<account> mail_account() { return server_account("dovecot"); }

std::string user_name() {
  const auto* known = ::getpwuid(::getuid());
  return known ? known->pw_name : std::to_string(::getuid());
}

std::string group_name() {
  const auto* known = ::getgrgid(::getgid());
  return known ? known->gr_name : std::to_string(::getgid());
}

void make_owned(const std::string& path) {
  make_directory(path, 0700);
  if (const auto owner = mail_account()) give_to(path, owner->user, owner->group);
}

}  // namespace

private_mail::private_mail(server_place place, std::string certificate, std::string key)
    : place_(std::move(place)), certificate_(std::move(certificate)), key_(std::move(key)) {
  if (!is_installed()) throw error(failure::permanent, "no dovecot", "Dovecot is not installed (Debian's package dovecot-imapd)");
  directory_ = server_directory(place_.home, "mail", mail_account());
  log_ = place_.home + "/log/dovecot.log";
}

bool private_mail::is_installed() { return fs::exists(program) && fs::exists(imap); }

void private_mail::configure() const {
  const auto owner = mail_account();
  auto ports = remembered_ports(directory_ + "/ports", {"imap", "imaps"}, owner);
  const bool tls = !certificate_.empty();
  const auto internal = owner
                            ? "default_internal_user = dovecot\ndefault_internal_group = dovecot\ndefault_login_user = dovenull\n"
                            : fmt::format("default_internal_user = {0}\ndefault_internal_group = {1}\ndefault_login_user = {0}\n",
                                          user_name(), group_name());
  write_file(
      directory_ + "/dovecot.conf",
      fmt::format(R"(base_dir = {0}/run
state_dir = {0}/run
protocols = imap
listen = 127.0.0.1
log_path = {1}
{2}first_valid_uid = 1
mail_location = maildir:~/Maildir
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {0}/users
}}
userdb {{
  driver = passwd-file
  args = {0}/users
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {3}
  }}
  inet_listener imaps {{
    port = {4}
  }}
}}
{5}
)",
                  directory_, log_, internal, ports["imap"], tls ? ports["imaps"] : "0",
                  tls ? fmt::format("ssl = yes\nssl_cert = <{}\nssl_key = <{}\ndisable_plaintext_auth = no", certificate_, key_)
                      : std::string("ssl = no\ndisable_plaintext_auth = no")),
      0600);
  make_directory(directory_ + "/run", 0755);
  // The workers of a server that root starts reach their sockets through here.
  fs::permissions(directory_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
}

process_id private_mail::process() const { return read_pid_file(directory_ + "/pid").value_or(process_id{}); }

bool private_mail::launch() {
  if (running()) return false;
  configure();
  command server{.program = program, .arguments = {"-F", "-c", directory_ + "/dovecot.conf"}, .clean_environment = true};
  server.directory = directory_;
  server.output = log_;
  write_pid_file(directory_ + "/pid", ctl::start(server));
  return true;
}

void private_mail::wait_until_ready(std::chrono::milliseconds deadline, const interruption& interrupted) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (port_is_free(port())) {
    if (interrupted && interrupted()) throw error(failure::cancelled, "cancelled", "stopped while starting");
    if (!running()) throw error(failure::permanent, "dovecot", "the private Dovecot ended at start:\n" + last_lines(log_, 10));
    if (std::chrono::steady_clock::now() > until)
      throw error(failure::transient, "timeout", "the private Dovecot is not ready:\n" + last_lines(log_, 10));
    std::this_thread::sleep_for(20ms);
  }
}

bool private_mail::start() {
  const bool started = launch();
  wait_until_ready();
  return started;
}

void private_mail::stop(std::chrono::milliseconds patience) {
  if (const auto id = process()) {
    // Sessions would live on while their clients are silent; they are of the master's group.
    ::kill(-id.pid, SIGTERM);
    end(id, SIGTERM, patience);
  }
  fs::remove(directory_ + "/pid");
}

std::uint16_t private_mail::port_of(const std::string& name) const {
  auto ports = read_map(directory_ + "/ports");
  if (!ports.contains(name)) throw error(failure::permanent, "dovecot", "the private Dovecot was never started");
  return static_cast<std::uint16_t>(std::stoi(ports[name]));
}

void private_mail::add_user(const std::string& name, const std::string& password) {
  const auto owner = mail_account();
  const auto user = owner ? owner->user : ::getuid();
  const auto group = owner ? owner->group : ::getgid();
  const auto home = directory_ + "/of-" + name;
  std::string users;
  const auto known = read_file(directory_ + "/users");
  for (std::size_t at = 0; at < known.size();) {
    const auto end = known.find('\n', at);
    const auto line = known.substr(at, end - at + 1);
    if (!line.starts_with(name + ":")) users += line;
    at = end + 1;
  }
  users += fmt::format("{}:{{PLAIN}}{}:{}:{}::{}\n", name, password, user, group, home);
  write_owned(directory_ + "/users", users, owner);
  make_owned(home);
  make_owned(home + "/Maildir");
}

std::string private_mail::maildir(const std::string& user, const std::string& folder) const {
  const auto inbox = directory_ + "/of-" + user + "/Maildir";
  return folder == "INBOX" ? inbox : inbox + "/." + folder;
}

void private_mail::deliver(const std::string& user, std::string_view mail, const std::string& folder) {
  const auto at = maildir(user, folder);
  for (const auto* part : {"", "/tmp", "/new", "/cur"}) make_owned(at + part);
  // The file's time is what the server tells as the date it had the mail.
  const auto name =
      fmt::format("{}.{}_{}.leadyard", std::chrono::system_clock::now().time_since_epoch().count(), ::getpid(), ++delivered_);
  write_owned(at + "/tmp/" + name, std::string(mail), mail_account());
  fs::rename(at + "/tmp/" + name, at + "/new/" + name);
}

void private_mail::grow_old(const std::string& user, std::chrono::hours by) {
  for (const auto& file : fs::directory_iterator(maildir(user, "INBOX") + "/new"))
    fs::last_write_time(file.path(), fs::last_write_time(file.path()) - by);
}

void private_mail::forget_uids(const std::string& user) {
  const auto inbox = maildir(user, "INBOX");
  const auto list = inbox + "/dovecot-uidlist";
  // "3 V1795003200 N71 G..."; Dovecot would take the time of day, which may be the same.
  const auto known = read_file(list);
  const auto at = known.find(" V");
  if (at == std::string::npos) throw error(failure::permanent, "dovecot", "nobody has looked into this mailbox yet");
  const auto validity = std::stoul(known.substr(at + 2));
  for (const auto& file : fs::directory_iterator(inbox))
    if (file.path().filename().string().starts_with("dovecot")) fs::remove(file.path());
  write_owned(list, fmt::format("3 V{} N1\n", validity + 1), mail_account());
}

}  // namespace hub::ctl
