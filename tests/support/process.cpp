#include "tests/support/process.hpp"

#include <cstdlib>
#include <utility>

namespace test_support {

namespace {

hub::ctl::command command_for(const std::string& program, process::options how) {
  hub::ctl::command what{
      .program = program_path(program), .arguments = std::move(how.arguments), .environment = std::move(how.environment)};
  what.output = std::move(how.output);
  what.directory = std::move(how.directory);
  return what;
}

}  // namespace

std::string program_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* elsewhere = std::getenv("LEADYARD_BIN");
  return std::string(elsewhere ? elsewhere : LEADYARD_BIN_DIR) + "/" + name;
}

process::process(const std::string& program, options how) : id_(hub::ctl::start(command_for(program, std::move(how)))) {}

process::~process() {
  if (id_) hub::ctl::end(id_, SIGKILL, std::chrono::seconds(5));
}

process::process(process&& other) noexcept : id_(std::exchange(other.id_, {})), exit_code_(std::move(other.exit_code_)) {}

process& process::operator=(process&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(exit_code_, other.exit_code_);
  return *this;
}

bool process::running() { return !exit_code_ && hub::ctl::is_alive(id_, &exit_code_); }

bool process::kill(int signal) { return running() && hub::ctl::send_signal(id_, signal); }

std::optional<int> process::wait(std::chrono::milliseconds deadline) {
  if (!exit_code_) hub::ctl::wait_for_end(id_, deadline, &exit_code_);
  return exit_code_;
}

hub::ctl::finished run(const std::string& program, process::options how, std::chrono::milliseconds deadline) {
  return hub::ctl::run(command_for(program, std::move(how)), deadline);
}

}  // namespace test_support
