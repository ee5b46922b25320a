#include "connectors/email/imap_answer.hpp"

#include "connectors/email/mime.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/number.hpp"

#include <algorithm>

namespace connectors::email {

namespace {

[[noreturn]] void refuse(const char* what) { throw hub::error(hub::failure::transient, "imap", what); }

/// Of a line that ends with "{12}" or "{12+}": the size; the marker is cut off.
std::optional<std::size_t> take_literal_size(std::string_view& line) {
  if (!line.ends_with('}')) return std::nullopt;
  const auto open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  auto digits = line.substr(open + 1, line.size() - open - 2);
  if (digits.ends_with('+')) digits.remove_suffix(1);
  const auto size = hub::whole_number<std::size_t>(digits);
  if (!size) return std::nullopt;
  line = line.substr(0, open);
  if (line.ends_with('~')) line.remove_suffix(1);
  return size;
}

void add_quoted(std::string_view line, std::size_t& i, std::vector<std::string>& to) {
  std::string text;
  for (++i; i < line.size() && line[i] != '"'; ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    text += line[i];
  }
  if (i == line.size()) refuse("the mail server does not end a quoted text");
  ++i;
  to.push_back(std::move(text));
}

/// Brackets belong to the word they stand in, with the blanks between them: "BODY[HEADER.FIELDS (DATE)]".
void add_atom(std::string_view line, std::size_t& i, std::vector<std::string>& to) {
  const auto begin = i;
  bool bracketed = false;
  for (; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '[') bracketed = true;
    if (c == ']') bracketed = false;
    if (!bracketed && (c == ' ' || c == '(' || c == ')' || c == '"')) break;
  }
  to.emplace_back(line.substr(begin, i - begin));
}

void add_words(std::string_view line, std::vector<std::string>& to) {
  // Behind a status comes a sentence for people, in whatever signs: it is one word.
  const auto is_status = [&] {
    return to.size() == 2 && (lower(to[1]) == "ok" || lower(to[1]) == "no" || lower(to[1]) == "bad" || lower(to[1]) == "bye" ||
                              lower(to[1]) == "preauth");
  };
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == ' ') {
      ++i;
    } else if (is_status() && line[i] != '[') {
      to.emplace_back(line.substr(i));
      return;
    } else if (!to.empty() && to.back().starts_with('[') && to.size() == 3) {
      to.emplace_back(line.substr(i));
      return;
    } else if (line[i] == '(' || line[i] == ')') {
      to.emplace_back(1, line[i++]);
    } else if (line[i] == '"') {
      add_quoted(line, i, to);
    } else {
      add_atom(line, i, to);
    }
  }
}

std::optional<hub::instant> internal_date_in(std::string text) {
  // " 7-Nov-2026 12:05:00 +0200"
  std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(text.size(), 11)), '-', ' ');
  return date_in(text);
}

}  // namespace

std::string_view imap_answer::word(std::size_t index) const {
  return index < words.size() ? std::string_view(words[index]) : std::string_view();
}

bool imap_answer::is(std::size_t index, std::string_view word) const {
  const auto given = this->word(index);
  return given.size() == word.size() && lower(given) == lower(word);
}

std::optional<imap_answer> imap_reader::next() {
  while (true) {
    if (in_literal_) {
      const auto taken = std::min(literal_left_, held_.size() - at_);
      literal_.append(held_, at_, taken);
      at_ += taken;
      literal_left_ -= taken;
      if (literal_left_ > 0) {
        held_.clear();
        at_ = searched_ = 0;
        return std::nullopt;
      }
      answer_.words.push_back(std::move(literal_));
      literal_.clear();
      in_literal_ = false;
      searched_ = at_;
    }
    const auto end = held_.find('\n', std::max(at_, searched_));
    if (end == std::string::npos) {
      if (held_.size() - at_ > longest_imap_line) refuse("the mail server writes a line that does not end");
      held_.erase(0, at_);
      at_ = 0;
      searched_ = held_.size();
      return std::nullopt;
    }
    auto line = std::string_view(held_).substr(at_, end - at_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto literal = take_literal_size(line);
    add_words(line, answer_.words);
    at_ = searched_ = end + 1;
    if (literal) {
      if (*literal > longest_literal_) refuse("the mail server sends more than was asked for");
      in_literal_ = true;
      literal_left_ = *literal;
      continue;
    }
    auto whole = std::move(answer_);
    answer_ = {};
    return whole;
  }
}

std::optional<imap_mail> mail_in(imap_answer answer) {
  if (!answer.is(0, "*") || !answer.is(2, "FETCH") || !answer.is(3, "(")) return std::nullopt;
  imap_mail made;
  auto& words = answer.words;
  for (std::size_t i = 4; i + 1 < words.size() && words[i] != ")"; ++i) {
    const auto name = lower(words[i]);
    ++i;
    if (words[i] == "(") {
      // Flags and other lists: nothing of them is asked for.
      for (int depth = 1; depth > 0 && ++i < words.size();) depth += words[i] == "(" ? 1 : words[i] == ")" ? -1 : 0;
    } else if (name == "uid") {
      made.uid = hub::whole_number<std::uint32_t>(words[i]).value_or(0);
    } else if (name == "rfc822.size") {
      made.size = hub::whole_number<std::uint64_t>(words[i]).value_or(0);
    } else if (name == "internaldate") {
      made.internal_date = internal_date_in(words[i]);
    } else if (name.starts_with("body[")) {
      made.body = words[i] == "NIL" ? std::string() : std::move(words[i]);
    }
  }
  return made;
}

std::optional<std::uint32_t> code_in(const imap_answer& answer, std::string_view name) {
  const auto code = answer.word(2);
  const auto wanted = "[" + std::string(name) + " ";
  if (code.size() <= wanted.size() || lower(code.substr(0, wanted.size())) != lower(wanted) || !code.ends_with(']'))
    return std::nullopt;
  return hub::whole_number<std::uint32_t>(code.substr(wanted.size(), code.size() - wanted.size() - 1));
}

}  // namespace connectors::email
