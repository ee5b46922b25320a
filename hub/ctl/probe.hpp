#pragma once
// Asks a program of ours on its admin port. Blocking, within a second.

#include <cstdint>
#include <string>

namespace hub::ctl {

/// The status of GET http://127.0.0.1:port/path; 0 when nobody answers.
int http_status(std::uint16_t port, const std::string& path);

}  // namespace hub::ctl
