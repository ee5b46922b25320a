#pragma once
// What both private servers share: where their data lies and as whom they run.

#include "hub/ctl/process.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hub::ctl {

/// Nothing when we are not root: then a server runs as ourselves. Throws when root and the user is missing.
std::optional<account> server_account(const std::string& name);

/// <home>/servers/<name>, owned by the account and closed to others; moved to where the account can reach it
/// when it cannot reach the home.
std::string server_directory(const std::string& home, const std::string& name, const std::optional<account>& owner);

/// Writes a file that the server's account owns and nobody else reads.
void write_owned(const std::string& path, const std::string& content, const std::optional<account>& owner);

/// The remembered ports in `path`, each kept while nobody else listens on it, else drawn anew.
std::map<std::string, std::string> remembered_ports(const std::string& path, const std::vector<std::string>& names,
                                                    const std::optional<account>& owner);

/// The password in `path`, made when there is none.
std::string remembered_password(const std::string& path, const std::optional<account>& owner);

bool port_is_free(std::uint16_t port);

}  // namespace hub::ctl
