#include "routing/words.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <array>

namespace routing {

namespace {

bool is_apostrophe(UChar32 c) {
  switch (c) {
    case 0x27: case 0x60: case 0xB4: case 0x2018: case 0x2019: case 0x201B: case 0x2BC: case 0x2032: case 0xFF07:
      return true;
    default:
      return false;
  }
}

bool is_stress_or_accent(UChar32 c) { return c >= 0x300 && c <= 0x36F; }

// The folded letter of ASCII and of the Cyrillic block's everyday part; 0 separates.
constexpr auto ascii_letters = [] {
  std::array<char, 128> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[c] = static_cast<char>(c), table[c - 32] = static_cast<char>(c);
  for (int c = '0'; c <= '9'; ++c) table[c] = static_cast<char>(c);
  return table;
}();
constexpr auto cyrillic_letters = [] {
  std::array<char16_t, 0x60> table{};  // U+0400 to U+045F
  for (char16_t c = 0; c < 0x60; ++c) {
    char16_t folded = 0x400 + c;
    if (c < 0x10) folded = 0x450 + c;
    else if (c < 0x30) folded = 0x420 + c;
    if (folded == 0x451 || folded == 0x450) folded = 0x435;  // ё and ѐ: е
    if (folded == 0x45D) folded = 0x438;                     // ѝ: и
    table[c] = folded;
  }
  return table;
}();

void append(std::string& out, UChar32 c) {
  char bytes[U8_MAX_LENGTH];
  int n = 0;
  U8_APPEND_UNSAFE(bytes, n, c);
  out.append(bytes, n);
}

const icu::Normalizer2& case_folding() {
  static const icu::Normalizer2& one = [&]() -> const icu::Normalizer2& {
    UErrorCode failed = U_ZERO_ERROR;
    return *icu::Normalizer2::getNFKCCasefoldInstance(failed);
  }();
  return one;
}
const icu::Normalizer2& decomposition() {
  static const icu::Normalizer2& one = [&]() -> const icu::Normalizer2& {
    UErrorCode failed = U_ZERO_ERROR;
    return *icu::Normalizer2::getNFDInstance(failed);
  }();
  return one;
}

bool loses_accents(UChar32 c) {
  UErrorCode failed = U_ZERO_ERROR;
  const auto script = uscript_getScript(c, &failed);
  return script == USCRIPT_LATIN || script == USCRIPT_GREEK;
}

// A letter outside the tables with the marks that follow it.
void append_folded(std::string& out, const icu::UnicodeString& letter) {
  UErrorCode failed = U_ZERO_ERROR;
  const icu::UnicodeString folded = case_folding().normalize(letter, failed);
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    UChar32 c = folded.char32At(i);
    if (is_stress_or_accent(c)) continue;
    if (c >= 0x400 && c < 0x460) c = cyrillic_letters[c - 0x400];
    icu::UnicodeString parts;
    if (loses_accents(c) && decomposition().getDecomposition(c, parts)) {
      for (int32_t k = 0; k < parts.length(); k = parts.moveIndex32(k, 1))
        if (!is_stress_or_accent(parts.char32At(k))) append(out, parts.char32At(k));
    } else {
      append(out, c);
    }
  }
}

enum class role { letter, separator, nothing };
role role_of(UChar32 c) {
  const auto mask = U_GET_GC_MASK(c);
  if (mask & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK)) return role::letter;
  return mask & U_GC_CF_MASK ? role::nothing : role::separator;
}

}  // namespace

class word_cutter {
 public:
  word_cutter(std::string_view text, folded_text& to) : text_(text), to_(to) {}

  void run() {
    to_.letters_.reserve(text_.size() + 8);
    to_.words_.reserve(text_.size() / 5 + 2);
    const auto size = static_cast<int32_t>(text_.size());
    int32_t at = 0;
    while (at < size) {
      const int32_t from = at;
      const auto byte = static_cast<unsigned char>(text_[at]);
      if (byte < 0x80 && !mark_follows(at + 1)) {
        ++at;
        if (const char letter = ascii_letters[byte]) {
          grow(from, at);
          to_.letters_ += letter;
        } else if (byte == '\'' || byte == '`') {
          apostrophe();
        } else {
          end();
        }
        continue;
      }
      UChar32 c;
      U8_NEXT(text_.data(), at, size, c);
      if (c >= 0x400 && c < 0x460 && !mark_follows(at)) {
        grow(from, at);
        const char16_t letter = cyrillic_letters[c - 0x400];
        to_.letters_ += static_cast<char>(0xC0 | (letter >> 6));
        to_.letters_ += static_cast<char>(0x80 | (letter & 0x3F));
      } else {
        other(c, from, at);
      }
    }
    end();
  }

 private:
  // Combining marks U+0300 to U+036F begin with one of two bytes.
  bool mark_follows(int32_t at) const {
    if (at >= static_cast<int32_t>(text_.size())) return false;
    const auto byte = static_cast<unsigned char>(text_[at]);
    return byte == 0xCC || byte == 0xCD;
  }

  void other(UChar32 c, int32_t from, int32_t& at) {
    if (c < 0) return end();
    if (is_apostrophe(c)) return apostrophe();
    switch (role_of(c)) {
      case role::nothing: return;
      case role::separator: return end();
      case role::letter: break;
    }
    icu::UnicodeString letter(c);
    while (mark_follows(at)) {
      int32_t next = at;
      UChar32 mark;
      U8_NEXT(text_.data(), next, static_cast<int32_t>(text_.size()), mark);
      if (!is_stress_or_accent(mark)) break;
      // Nobody stacks more marks than this on a letter; a text made of marks must not cost more than its length.
      if (letter.length() < 8) letter.append(mark);
      at = next;
    }
    const auto before = to_.letters_.size();
    const bool waiting = apostrophe_;
    if (waiting) to_.letters_ += '\'';
    append_folded(to_.letters_, letter);
    if (to_.letters_.size() == before + (waiting ? 1 : 0)) {  // nothing but marks
      to_.letters_.resize(before);
      return;
    }
    apostrophe_ = false;
    if (!open_) start(from, before);
    to_.words_.back().to = static_cast<std::uint32_t>(at);
  }

  void start(int32_t from, std::size_t begin) {
    open_ = true;
    to_.words_.push_back({static_cast<std::uint32_t>(begin), 0, static_cast<std::uint32_t>(from), 0});
  }
  // Another letter, from `from` to `to`, is about to be appended.
  void grow(int32_t from, int32_t to) {
    if (!open_) start(from, to_.letters_.size());
    if (apostrophe_) to_.letters_ += '\'';
    apostrophe_ = false;
    to_.words_.back().to = static_cast<std::uint32_t>(to);
  }
  // Belongs to the word only when a letter stands on both sides; two of them are quotation marks.
  void apostrophe() {
    if (!open_ || apostrophe_) return end();
    apostrophe_ = true;
  }
  void end() {
    if (open_) to_.words_.back().end = static_cast<std::uint32_t>(to_.letters_.size());
    open_ = apostrophe_ = false;
  }

  std::string_view text_;
  folded_text& to_;
  bool open_ = false;
  bool apostrophe_ = false;
};

folded_text::folded_text(std::string_view text) {
  // Messages end at 256 KiB; ICU counts in 32 bits.
  word_cutter(text.substr(0, std::size_t{1} << 28), *this).run();
}

folded_text::word folded_text::operator[](std::size_t i) const {
  const span& s = words_[i];
  return {std::string_view(letters_).substr(s.begin, s.end - s.begin), s.from, s.to};
}

std::optional<std::uint32_t> word_index::add(std::string_view phrase) {
  const folded_text cut(phrase);
  if (cut.size() == 0 || cut.size() > longest_phrase) return std::nullopt;
  std::uint32_t node = 0;
  for (std::size_t i = 0; i < cut.size(); ++i) {
    const auto word = words_.try_emplace(std::string(cut[i].folded), static_cast<std::uint32_t>(words_.size())).first->second;
    const auto [step_to, added] = next_.try_emplace(step(node, word), static_cast<std::uint32_t>(ends_.size()));
    if (added) ends_.push_back(0);
    node = step_to->second;
  }
  if (ends_[node] == 0) {
    written_.emplace_back(phrase);
    ends_[node] = static_cast<std::uint32_t>(written_.size());
  }
  return ends_[node] - 1;
}

std::vector<word_index::hit> word_index::find(const folded_text& text) const {
  constexpr std::uint32_t unknown = ~0U;
  std::vector<std::uint32_t> numbers(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto found = words_.find(text[i].folded);
    numbers[i] = found == words_.end() ? unknown : found->second;
  }
  std::vector<hit> hits;
  std::vector<bool> seen;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::uint32_t node = 0;
    for (std::size_t k = i; k < text.size() && numbers[k] != unknown; ++k) {
      const auto next = next_.find(step(node, numbers[k]));
      if (next == next_.end()) break;
      node = next->second;
      if (ends_[node] == 0) continue;
      const std::uint32_t phrase = ends_[node] - 1;
      if (seen.empty()) seen.resize(written_.size());
      if (seen[phrase]) continue;
      seen[phrase] = true;
      hits.push_back({phrase, text[i].from, text[k].to});
    }
  }
  return hits;
}

}  // namespace routing
