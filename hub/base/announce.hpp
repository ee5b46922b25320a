#pragma once
// How a program tells the machine which ports it got: <home>/run/<program>.ports, one `name=port` line per listener
// (admin, webhooks, api, console). main writes it once, after everything is bound; `hubctl up` waits for it, and
// whoever needs a neighbour's port reads it. A second process of one program is told its own name by `hubctl up`
// (LEADYARD_PROGRAM=hub-worker.2). Blocking, any thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace hub {

/// Replaces the file in one step. Throws hub::error (permanent) when the home cannot be written.
void announce(const std::string& home, const std::string& program, const std::map<std::string, std::uint16_t>& ports);

/// What a program announced last; empty when it did not. It may have ended since.
std::map<std::string, std::uint16_t> announced(const std::string& home, const std::string& program);
std::optional<std::uint16_t> announced_port(const std::string& home, const std::string& program, const std::string& listener);

}  // namespace hub
