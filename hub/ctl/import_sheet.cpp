#include "hub/ctl/import_sheet.hpp"

#include "hub/base/failure.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/terminal.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>

namespace hub::ctl {

namespace {

constexpr std::size_t most_problems = 1000;
constexpr std::uintmax_t most_bytes = 256'000'000;

void replace_all(std::string& in, std::string_view what, std::string_view by) {
  for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + by.size())) in.replace(at, what.size(), by);
}

/// Latin and Cyrillic letters small; the rest stays.
std::string small_letters(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (c >= 'A' && c <= 'Z') {
      made += static_cast<char>(c + 32);
    } else if (c == 0xD0 && next >= 0x80 && next <= 0xAF) {
      const unsigned code = next < 0x90 ? 0x400 + (next - 0x80) + 0x50 : 0x410 + (next - 0x90) + 0x20;
      made += static_cast<char>(0xC0 | (code >> 6));
      made += static_cast<char>(0x80 | (code & 0x3F));
      ++i;
    } else if (c == 0xD2 && next == 0x90) {
      made += "\xD2\x91";
      ++i;
    } else {
      made += text[i];
    }
  }
  return made;
}

}  // namespace

std::string shown(std::string_view value) { return has_number(value) ? std::string() : one_line(value, 60); }

void import_problems::add(std::size_t line, std::size_t column, const std::string& what, std::string_view found) {
  ++count_;
  if (list_.size() >= most_problems) return;
  const auto value = shown(trim(found));
  places_.emplace_back(line, column);
  list_.emplace_back(file_ + ":" + std::to_string(line) + ":" + std::to_string(column), what, value);
}

problems import_problems::in_order() const {
  std::vector<std::size_t> order(list_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return places_[a] < places_[b]; });
  problems made;
  for (const auto at : order) made.push_back(list_[at]);
  return made;
}

std::string heading_key(std::string_view text) {
  auto made = small_letters(trim(text));
  for (const std::string_view apostrophe : {"\u2019", "\u02BC", "`"}) replace_all(made, apostrophe, "'");
  replace_all(made, "\u00A0", " ");
  std::replace_if(
      made.begin(), made.end(), [](char c) { return c == '_' || c == '-' || c == '\n' || c == '\r'; }, ' ');
  for (auto at = made.find("  "); at != std::string::npos; at = made.find("  ")) made.erase(at, 1);
  return made;
}

import_columns read_header(const csv_row& header, const std::vector<import_field>& fields,
                           const std::vector<std::pair<std::string, std::string>>& map, import_problems& wrong) {
  const auto by_name = [&](std::string_view name) {
    const auto at = std::find_if(fields.begin(), fields.end(), [&](const import_field& f) { return f.name == name; });
    return at == fields.end() ? nullptr : &*at;
  };
  std::map<std::string, const import_field*> known;
  for (const auto& field : fields) {
    known[heading_key(field.name)] = &field;
    for (const auto& heading : field.headings) known[heading_key(heading)] = &field;
  }
  std::map<std::string, const import_field*> mapped;
  for (const auto& [heading, name] : map) mapped[heading_key(heading)] = by_name(name);

  import_columns made;
  std::map<const import_field*, std::size_t> taken;
  for (const auto& cell : header.fields) {
    const auto key = heading_key(cell.text);
    const auto as_mapped = mapped.find(key);
    const auto as_known = known.find(key);
    const import_field* field = as_mapped != mapped.end() ? as_mapped->second
                                : as_known != known.end() ? as_known->second
                                                          : nullptr;
    made.of.push_back(field);
    if (as_mapped != mapped.end()) mapped.erase(as_mapped);
    if (!field) {
      const auto name = shown(trim(cell.text));
      made.unknown.push_back(name.empty() ? "column " + std::to_string(made.of.size()) : name);
    } else if (++taken[field] == 2 && !field->secret) {
      wrong.add(cell.line, cell.column, "a second column for " + field->name, cell.text);
    }
  }
  for (const auto& [heading, field] : mapped) wrong.add(header.line, 1, "no column has the heading of --map", heading);
  for (const auto& field : fields)
    if (field.needed && !taken.contains(&field))
      wrong.add(header.line, 1, "there is no column for " + field.name + "; say which it is with --map COLUMN=" + field.name);
  return made;
}

import_cells::import_cells(const csv_row& row, const import_columns& columns, import_problems& wrong)
    : row_(row), columns_(columns), wrong_(wrong) {}

const csv_field* import_cells::find(std::string_view field) const {
  for (std::size_t i = 0; i < row_.fields.size() && i < columns_.of.size(); ++i)
    if (columns_.of[i] && columns_.of[i]->name == field) return &row_.fields[i];
  return nullptr;
}

std::size_t import_cells::column(std::string_view field) const {
  const auto* at = find(field);
  return at ? at->column : 1;
}

void import_cells::complain(std::string_view field, const std::string& what, bool show) const {
  const auto* at = find(field);
  wrong_.add(at ? at->line : row_.line, at ? at->column : 1, std::string(field) + ": " + what,
             at && show ? std::string_view(at->text) : std::string_view());
}

std::string read_sheet(const std::string& path) {
  std::error_code failed_at;
  const auto size = std::filesystem::file_size(path, failed_at);
  if (failed_at) throw error(failure::permanent, "import", "cannot read " + path);
  if (size > most_bytes) throw error(failure::permanent, "import", path + " has more than 256 MB; split it");
  std::ifstream in(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(size))) throw error(failure::permanent, "import", "cannot read " + path);
  return text;
}

}  // namespace hub::ctl
