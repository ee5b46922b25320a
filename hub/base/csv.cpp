#include "hub/base/csv.hpp"

#include "hub/base/text.hpp"

#include <utility>

namespace hub {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

char detect_separator(std::string_view text) {
  std::size_t commas = 0, semicolons = 0;
  bool quoted = false, anything = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' && anything) break;
    if (c != '\n' && c != '\r') anything = true;
    commas += c == ',';
    semicolons += c == ';';
  }
  return semicolons > commas ? ';' : ',';
}

}  // namespace

csv_reader::csv_reader(std::string_view text, csv_limits limits) : text_(text), limits_(limits) {
  if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
  separator_ = detect_separator(text_);
}

std::size_t csv_reader::line_end() const {
  if (at_end()) return 0;
  if (text_[at_] == '\n') return 1;
  return text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 0;
}

void csv_reader::step() {
  if (text_[at_] == '\n') {
    ++line_;
    column_ = 1;
  } else if (at_ + 1 >= text_.size() || (static_cast<unsigned char>(text_[at_ + 1]) & 0xC0) != 0x80) {
    ++column_;  // the last byte of a character
  }
  ++at_;
}

void csv_reader::fault(csv_row& to, std::size_t line, std::size_t column, std::string what) const {
  to.faults.push_back({line, column, std::move(what)});
}

void csv_reader::keep(csv_field& made, bool& too_long) const {
  if (made.text.size() < limits_.field_bytes)
    made.text += text_[at_];
  else
    too_long = true;
}

void csv_reader::read_quoted(csv_row& to, csv_field& made) {
  bool too_long = false;
  for (step();; step()) {
    if (at_end()) return fault(to, made.line, made.column, "the quotation mark that begins here is never closed");
    if (text_[at_] == '"') {
      step();
      if (at_end() || text_[at_] != '"') break;
    }
    keep(made, too_long);
  }
  if (too_long) fault(to, made.line, made.column, "a field of more than " + std::to_string(limits_.field_bytes) + " bytes");
  if (at_end() || line_end() || text_[at_] == separator_) return;
  fault(to, line_, column_, "something stands between the closing quotation mark and the separator");
  while (!at_end() && !line_end() && text_[at_] != separator_) step();
}

void csv_reader::read_plain(csv_row& to, csv_field& made) {
  bool too_long = false, told_quote = false, told_return = false;
  for (; !at_end() && !line_end() && text_[at_] != separator_; step()) {
    if (text_[at_] == '"' && !std::exchange(told_quote, true))
      fault(to, line_, column_, "a quotation mark inside a field that does not begin with one");
    if (text_[at_] == '\r' && !std::exchange(told_return, true))
      fault(to, line_, column_, "a carriage return without a line feed");
    keep(made, too_long);
  }
  if (too_long) fault(to, made.line, made.column, "a field of more than " + std::to_string(limits_.field_bytes) + " bytes");
}

void csv_reader::read_field(csv_row& to) {
  csv_field made{{}, line_, column_};
  const auto faults = to.faults.size();
  if (!at_end() && text_[at_] == '"')
    read_quoted(to, made);
  else
    read_plain(to, made);
  if (to.faults.size() == faults) {
    if (!is_utf8(made.text))
      fault(to, made.line, made.column, "is no UTF-8: save the file as \"CSV UTF-8\"");
    else if (made.text.find('\0') != std::string::npos)
      fault(to, made.line, made.column, "holds a zero byte");
  }
  if (to.fields.size() < limits_.columns)
    to.fields.push_back(std::move(made));
  else if (to.fields.size() == limits_.columns &&
           (to.faults.empty() || to.faults.back().what.find("columns") == std::string::npos))
    fault(to, made.line, made.column, "more than " + std::to_string(limits_.columns) + " columns");
}

bool csv_reader::next(csv_row& to) {
  while (const auto bytes = line_end())
    for (std::size_t i = 0; i < bytes; ++i) step();
  if (at_end()) return false;
  to.line = line_;
  to.fields.clear();
  to.faults.clear();
  read_field(to);
  while (!at_end() && !line_end()) {
    step();  // the separator
    read_field(to);
  }
  for (auto bytes = line_end(); bytes > 0; --bytes) step();
  return true;
}

}  // namespace hub
