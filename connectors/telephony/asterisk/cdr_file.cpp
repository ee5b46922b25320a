#include "connectors/telephony/asterisk/cdr_file.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace connectors::telephony::asterisk {

namespace {

constexpr std::size_t largest_piece = 1 << 20;
constexpr std::size_t longest_row = 64 << 10;
constexpr std::uint64_t searched = 64 << 20;
/// Of a file without a whole row.
constexpr std::string_view no_rows = "-";

std::string bytes_at(std::ifstream& in, std::uint64_t offset, std::size_t most) {
  std::string bytes(most, '\0');
  in.clear();
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(bytes.data(), static_cast<std::streamsize>(most));
  if (in.bad()) throw hub::error(hub::failure::transient, "cdr", "the file of calls cannot be read");
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

std::string name_of(std::ifstream& in) {
  const auto first = bytes_at(in, 0, longest_row);
  const auto end = first.find('\n');
  return end == std::string::npos ? std::string(no_rows) : hub::to_hex(hub::sha256(first.substr(0, end))).substr(0, 32);
}

std::uint64_t size_of(std::ifstream& in) {
  in.clear();
  in.seekg(0, std::ios::end);
  return static_cast<std::uint64_t>(std::max<std::streamoff>(in.tellg(), 0));
}

/// Behind the last whole row.
std::uint64_t end_of_rows(std::ifstream& in) {
  const auto size = size_of(in);
  const auto from = size > longest_row ? size - longest_row : 0;
  const auto last = bytes_at(in, from, longest_row).rfind('\n');
  return last == std::string::npos ? size : from + last + 1;
}

/// RFC 4180 in one line: Asterisk doubles quotation marks.
std::vector<std::string> texts_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += line[i];
  }
  return fields;
}

cdr_row row_of(std::string_view line, const std::vector<std::string>& columns) {
  cdr_row made;
  made.fields = fields_of(line, columns);
  for (const auto* name : {"linkedid", "uniqueid"})
    if (const auto* id = made.fields.if_contains(name); id && made.call.empty()) made.call = std::string(id->as_string());
  return made;
}

}  // namespace

boost::json::object fields_of(std::string_view line, const std::vector<std::string>& columns) {
  boost::json::object made;
  const auto texts = texts_of(line);
  if (texts.size() == columns.size())
    for (std::size_t i = 0; i < columns.size(); ++i) made[columns[i]] = hub::clean_text(texts[i]);
  else
    made["line"] = hub::clean_text(line);
  return made;
}

cdr_position cdr_position::read(std::string_view text) {
  cdr_position made;
  const auto parts = hub::split(text, ' ');
  const auto offset = parts.size() == 3 ? hub::whole_number<std::uint64_t>(parts[1]) : std::nullopt;
  if (!offset || parts[0].empty()) return {};
  made.offset = *offset;
  made.file = parts[0];
  if (parts[2] == "-") return made;
  for (const auto& one : hub::split(parts[2], ',')) {
    const auto done = hub::whole_number<std::uint64_t>(one);
    if (!done) return {};
    made.done.insert(*done);
  }
  return made;
}

std::string cdr_position::to_text() const {
  std::string list;
  for (const auto offset : done) list += (list.empty() ? "" : ",") + std::to_string(offset);
  return file + " " + std::to_string(offset) + " " + (list.empty() ? "-" : list);
}

cdr_piece read_cdr(const std::string& path, const cdr_position& from) {
  cdr_piece made{from, {}};
  std::ifstream in(path, std::ios::binary);
  if (!in) throw hub::error(hub::failure::transient, "cdr", "the file of calls cannot be opened");
  const auto name = name_of(in);
  if (from.file.empty()) {
    made.at = {name, name == no_rows ? 0 : end_of_rows(in), {}};
    return made;
  }
  if (name != from.file || size_of(in) < from.offset) {
    // Another file: the rest of the former one first, where it was put aside.
    if (std::ifstream former(path + ".1", std::ios::binary); former && from.file != no_rows && name_of(former) == from.file) {
      made.bytes = bytes_at(former, from.offset, largest_piece);
      if (made.bytes.find('\n') != std::string::npos) return made;
    }
    made.at = {name, 0, {}};
  }
  made.bytes = bytes_at(in, made.at.offset, largest_piece);
  return made;
}

std::vector<cdr_row> rows_of(const cdr_piece& piece, const std::vector<std::string>& columns) {
  std::vector<cdr_row> rows;
  std::string_view left = piece.bytes;
  std::uint64_t offset = piece.at.offset;
  while (!left.empty()) {
    auto end = left.find('\n');
    // What has no end within a whole piece is no row.
    if (end == std::string_view::npos && left.size() < longest_row) break;
    const auto size = std::min(end == std::string_view::npos ? longest_row : end + 1, left.size());
    auto line = left.substr(0, end == std::string_view::npos ? size : end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto row = row_of(line, columns);
    row.offset = offset;
    row.end = offset + size;
    offset += size;
    left.remove_prefix(size);
    if (!piece.at.done.contains(row.offset)) rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<boost::json::object> find_call(const std::string& path, const std::vector<std::string>& columns,
                                           std::string_view call) {
  std::vector<boost::json::object> found;
  for (const auto& name : {path + ".1", path}) {
    std::ifstream in(name, std::ios::binary);
    if (!in && name == path) throw hub::error(hub::failure::transient, "cdr", "the file of calls cannot be opened");
    if (!in) continue;
    const auto size = size_of(in);
    in.seekg(static_cast<std::streamoff>(size > searched ? size - searched : 0));
    // Only lines that name the call are taken apart: there may be a million others.
    for (std::string line; std::getline(in, line);) {
      if (line.find(call) == std::string::npos || line.size() > longest_row) continue;
      if (line.ends_with('\r')) line.pop_back();
      if (auto row = row_of(line, columns); row.call == call) found.push_back(std::move(row.fields));
    }
  }
  return found;
}

std::vector<std::vector<std::size_t>> cdr_calls::settled(const std::vector<cdr_row>& rows,
                                                         std::chrono::steady_clock::time_point now) {
  std::vector<std::vector<std::size_t>> calls;
  std::map<std::string, std::vector<std::size_t>> of;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].call.empty())
      calls.push_back({i});
    else
      of[rows[i].call].push_back(i);
  }
  std::erase_if(open_, [&](const auto& one) { return !of.contains(one.first); });
  for (auto& [call, its] : of) {
    const auto newest = rows[its.back()].offset;
    const auto [at, is_new] = open_.try_emplace(call, last_row{newest, now});
    if (!is_new && at->second.offset != newest) at->second = {newest, now};
    if (now - at->second.seen >= settle_) calls.push_back(std::move(its));
  }
  return calls;
}

void took(cdr_position& position, const std::vector<cdr_row>& rows, const std::vector<std::size_t>& taken) {
  for (const auto i : taken) position.done.insert(rows[i].offset);
  // Those that were done before are not among the rows: the first that is still open says how far it is.
  const auto open =
      std::find_if(rows.begin(), rows.end(), [&](const cdr_row& row) { return !position.done.contains(row.offset); });
  position.offset = open != rows.end() ? open->offset : rows.back().end;
  std::erase_if(position.done, [&](std::uint64_t offset) { return offset < position.offset; });
}

}  // namespace connectors::telephony::asterisk
