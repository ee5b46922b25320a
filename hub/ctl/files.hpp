#pragma once
// Small files of a home directory (ports, pids, secrets, status): written whole or not at all, readable by
// whom the mode says from the first byte on. Failures are hub::error, permanent.

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub::ctl {

/// Replaces the file in one step.
void write_file(const std::string& path, std::string_view content, mode_t mode);
/// Empty when there is no such file.
std::string read_file(const std::string& path);
/// At most `lines` last lines, for error texts.
std::string last_lines(const std::string& path, int lines);

/// KEY=VALUE lines; blank lines and lines that begin with # are skipped.
std::vector<std::pair<std::string, std::string>> read_pairs(const std::string& path);
std::map<std::string, std::string> read_map(const std::string& path);

/// Makes the directory and its parents; the last one gets `mode`.
void make_directory(const std::string& path, mode_t mode);
void give_to(const std::string& path, uid_t user, gid_t group);

}  // namespace hub::ctl
