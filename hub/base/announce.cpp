#include "hub/base/announce.hpp"

#include "hub/base/failure.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace hub {

namespace fs = std::filesystem;

void announce(const std::string& home, const std::string& program, const std::map<std::string, std::uint16_t>& ports) {
  const char* told = std::getenv("LEADYARD_PROGRAM");
  const fs::path folder = fs::path(home) / "run";
  const fs::path file = folder / ((told && *told ? std::string(told) : program) + ".ports");
  const fs::path fresh = file.string() + ".new." + std::to_string(getpid());
  std::error_code failed;
  fs::create_directories(folder, failed);
  {
    std::ofstream out(fresh);
    for (const auto& [name, port] : ports) out << name << '=' << port << '\n';
    if (!out.flush()) throw error(failure::permanent, "announce", "cannot write " + file.string());
  }
  fs::rename(fresh, file, failed);
  if (failed) throw error(failure::permanent, "announce", "cannot write " + file.string() + ": " + failed.message());
}

std::map<std::string, std::uint16_t> announced(const std::string& home, const std::string& program) {
  std::map<std::string, std::uint16_t> ports;
  std::ifstream file(fs::path(home) / "run" / (program + ".ports"));
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    const int port = equals == std::string::npos ? 0 : std::atoi(line.c_str() + equals + 1);
    if (port > 0 && port < 65536) ports[line.substr(0, equals)] = static_cast<std::uint16_t>(port);
  }
  return ports;
}

std::optional<std::uint16_t> announced_port(const std::string& home, const std::string& program, const std::string& listener) {
  const auto ports = announced(home, program);
  const auto found = ports.find(listener);
  return found == ports.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace hub
