#include "connectors/email/quotes.hpp"

#include "connectors/email/mime.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace connectors::email {

namespace {

constexpr std::size_t longest_attribution = 400;
constexpr std::size_t signature_lines = 10;

bool holds(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

template <std::size_t n>
bool starts_with_one(std::string_view line, const std::array<std::string_view, n>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return line.starts_with(word); });
}

/// A year of this century or a clock time.
bool names_a_moment(std::string_view line) {
  for (std::size_t i = 0; i + 4 <= line.size(); ++i) {
    if (line[i] == '2' && line[i + 1] == '0' && hub::is_digit(line[i + 2]) && hub::is_digit(line[i + 3])) return true;
    if (i + 5 <= line.size() && line[i + 2] == ':' && hub::is_digit(line[i]) && hub::is_digit(line[i + 1]) &&
        hub::is_digit(line[i + 3]) && hub::is_digit(line[i + 4]))
      return true;
  }
  return false;
}

bool is_marked(std::string_view line) { return line.starts_with('>') || line.starts_with("| "); }

/// "On <date> <someone> wrote:" in the forms that mail programs give it.
bool is_attribution(std::string_view line) {
  if (line.size() > longest_attribution || !line.ends_with(':') || !names_a_moment(line)) return false;
  static constexpr std::array<std::string_view, 6> verbs{"wrote:", "пише:", "написав", "написал", "писал", "schrieb"};
  if (std::any_of(verbs.begin(), verbs.end(), [&](auto verb) { return holds(line, verb); })) return true;
  return line.ends_with(">:") && holds(line, "<") && holds(line, "@");
}

bool is_original_mark(std::string_view line) {
  if (line.starts_with("##-")) return true;  // the line our own mails put above what they quote
  if (!line.starts_with("--")) return false;
  static constexpr std::array<std::string_view, 10> words{
      "original message",         "исходное сообщение",    "оригінальне повідомлення", "Исходное сообщение",
      "Оригінальне повідомлення", "forwarded message",     "Пересланное сообщение",    "Переслане повідомлення",
      "Пересылаемое сообщение",   "Початкове повідомлення"};
  const auto small = lower(line);
  return std::any_of(words.begin(), words.end(), [&](auto word) { return holds(small, word); });
}

bool is_forward_mark(std::string_view line) {
  const auto small = lower(line);
  return small.starts_with("begin forwarded message:") || (line.starts_with("--") && holds(small, "forwarded message"));
}

std::string_view without_stars(std::string_view line) {
  while (line.starts_with('*') || line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

/// "From: ... Sent: ... To: ... Subject: ...", at least two of them. People write "From: Kyiv, To: Lviv" themselves: one of
/// the lines must be a subject or hold an address.
bool is_header_block(const std::vector<std::string_view>& lines, std::size_t at) {
  static constexpr std::array<std::string_view, 4> from{"From:", "От:", "Від:", "Von:"};
  static constexpr std::array<std::string_view, 3> subject{"Subject:", "Тема:", "Betreff:"};
  static constexpr std::array<std::string_view, 11> others{
      "Sent:", "Date:", "To:", "Cc:", "Отправлено:", "Дата:", "Кому:", "Копия:", "Копія:", "Надіслано:", "Gesendet:"};
  const auto start = without_stars(lines[at]);
  if (!starts_with_one(start, from)) return false;
  bool other = false, sure = holds(start, "@");
  for (auto i = at + 1; i < std::min(at + 6, lines.size()); ++i) {
    const auto line = without_stars(lines[i]);
    const bool is_subject = starts_with_one(line, subject), is_other = starts_with_one(line, others);
    other = other || is_subject || is_other;
    sure = sure || is_subject || (is_other && holds(line, "@"));
  }
  return other && sure;
}

bool is_program_signature(std::string_view line) {
  static constexpr std::array<std::string_view, 9> starts{"Sent from my ",  "Sent from Mail", "Get Outlook for ",
                                                          "Отправлено из ", "Отправлено с ",  "Надіслано з ",
                                                          "Надіслано із ",  "Відправлено з ", "Sent with "};
  return starts_with_one(line, starts);
}

bool is_closing(std::string_view line) {
  static constexpr std::array<std::string_view, 10> starts{"З повагою",         "С уважением",  "Best regards", "Kind regards",
                                                           "Regards,",          "Щиро Ваш",     "Щиро ваш",     "Best wishes",
                                                           "Всього найкращого", "Всего доброго"};
  return line.size() <= 80 && starts_with_one(line, starts);
}

class parter {
 public:
  explicit parter(std::string_view text) {
    std::size_t at = 0;
    while (at <= text.size()) {
      auto end = text.find('\n', at);
      if (end == std::string_view::npos) end = text.size();
      auto line = text.substr(at, end - at);
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
      lines_.push_back(line);
      at = end + 1;
    }
    quoted_.assign(lines_.size(), false);
  }

  parted_text part(std::string_view whole) {
    mark_quotes();
    mark_signature();
    parted_text made{joined(false), joined(true)};
    if (made.own.empty()) return {std::string(hub::trim(whole)), ""};
    return made;
  }

 private:
  void quote_from(std::size_t at) { std::fill(quoted_.begin() + static_cast<std::ptrdiff_t>(at), quoted_.end(), true); }

  void mark_quotes() {
    std::size_t last_marked = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (is_marked(lines_[i])) {
        quoted_[i] = true;
        last_marked = i;
      }
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (quoted_[i] || lines_[i].empty()) continue;
      const bool ruled = lines_[i].starts_with("________________") && i + 1 < lines_.size() && is_header_block(lines_, i + 1);
      if (is_original_mark(lines_[i]) || is_forward_mark(lines_[i]) || ruled || is_header_block(lines_, i)) return quote_from(i);
      const auto begin = attribution_ending(i);
      if (begin > i) continue;
      std::fill(quoted_.begin() + static_cast<std::ptrdiff_t>(begin), quoted_.begin() + static_cast<std::ptrdiff_t>(i + 1), true);
      // Where the quote beneath has no marks, all that follows is it; where it has, answers may stand between.
      if (last_marked < i) return quote_from(i);
    }
  }

  /// Where the attribution that ends in line `at` begins, up to three lines long; behind `at` when there is none.
  std::size_t attribution_ending(std::size_t at) const {
    if (!lines_[at].ends_with(':')) return at + 1;
    std::string line(lines_[at].substr(0, longest_attribution + 1));
    for (std::size_t begin = at;; --begin) {
      if (is_attribution(line)) return begin;
      if (begin == 0 || at - begin == 2 || lines_[begin - 1].empty() || quoted_[begin - 1]) return at + 1;
      line = std::string(lines_[begin - 1].substr(0, longest_attribution + 1)) + " " + line;
    }
  }

  void mark_signature() {
    std::vector<std::size_t> own;
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (!quoted_[i] && !lines_[i].empty()) own.push_back(i);
    const auto first = own.size() > signature_lines ? own.size() - signature_lines : 0;
    for (auto k = first; k < own.size(); ++k) {
      const auto line = hub::trim(lines_[own[k]]);
      const bool dashes = line == "--" || line == "—";
      if (!dashes && !is_program_signature(line) && !is_closing(line)) continue;
      if (k == 0 && !dashes && !is_program_signature(line)) continue;
      // A program's own line may stand above what it quotes, with more of the answer beneath.
      if (is_program_signature(line)) {
        quoted_[own[k]] = true;
        continue;
      }
      for (; k < own.size(); ++k) quoted_[own[k]] = true;
      return;
    }
  }

  std::string joined(bool quoted) const {
    std::string made;
    bool blank = true;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (quoted_[i] != quoted || (lines_[i].empty() && blank)) continue;
      blank = lines_[i].empty();
      made += lines_[i];
      made += '\n';
    }
    return std::string(hub::trim(made));
  }

  std::vector<std::string_view> lines_;
  std::vector<bool> quoted_;
};

}  // namespace

parted_text part_quotes(std::string_view text) { return parter(text).part(text); }

std::string unflowed(std::string_view text, bool delete_space) {
  std::string made;
  bool open = false;
  std::size_t depth_before = 0;
  for (std::size_t at = 0; at <= text.size();) {
    auto end = text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    auto line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::size_t depth = 0;
    while (depth < line.size() && line[depth] == '>') ++depth;
    auto content = line.substr(depth);
    if (content.starts_with(' ')) content.remove_prefix(1);
    const bool joins = open && depth == depth_before && content != "-- ";
    if (!joins) {
      if (!made.empty() || open) made += '\n';
      if (depth > 0) made.append(depth, '>').append(" ");
    }
    open = content.ends_with(' ') && content != "-- ";
    depth_before = depth;
    if (open && delete_space) content.remove_suffix(1);
    made += content;
  }
  return made;
}

}  // namespace connectors::email
