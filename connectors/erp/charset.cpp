#include "connectors/erp/charset.hpp"

#include "hub/base/text.hpp"

#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace connectors::erp {

namespace {

constexpr std::string_view mark = "\xEF\xBB\xBF";
constexpr char undefined_1251 = '\x98';  // the only byte without a letter in windows-1251

const std::array<std::string, 256>& letters_1251() {
  static const auto table = [] {
    std::array<std::string, 256> made;
    for (std::size_t i = 0; i < made.size(); ++i) {
      const char in = static_cast<char>(i);
      icu::UnicodeString(&in, 1, "windows-1251").toUTF8String(made[i]);
    }
    return made;
  }();
  return table;
}

/// How many bytes at the end begin a letter that is not whole.
std::size_t open_end(std::string_view bytes) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const auto c = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((c & 0xC0) == 0x80) continue;
    const std::size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

bool is_all_utf8(const opener& open) {
  const auto pull = open();
  std::string rest;
  for (auto piece = pull(); !piece.empty(); piece = pull()) {
    // Only the few bytes around the seam are copied.
    if (!rest.empty()) {
      const auto more = std::min<std::size_t>(piece.size(), 4 - rest.size());
      std::string seam = rest + std::string(piece.substr(0, more));
      while (seam.size() > rest.size() && (static_cast<unsigned char>(seam.back()) & 0xC0) != 0x80) seam.pop_back();
      if (seam.size() == rest.size() + piece.size() && open_end(seam) == seam.size()) {
        rest = seam;
        continue;
      }
      if (!hub::is_utf8(seam)) return false;
      piece.remove_prefix(seam.size() - rest.size());
      rest.clear();
    }
    const auto cut = open_end(piece);
    if (!hub::is_utf8(piece.substr(0, piece.size() - cut))) return false;
    rest = piece.substr(piece.size() - cut);
  }
  return true;
}

bool is_all_1251(const opener& open) {
  const auto pull = open();
  for (auto piece = pull(); !piece.empty(); piece = pull())
    if (piece.find(undefined_1251) != std::string_view::npos) return false;
  return true;
}

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return made;
}

}  // namespace

std::string beginning_of(const opener& open) {
  constexpr std::size_t enough = 512;
  std::string made;
  const auto pull = open();
  for (auto piece = pull(); !piece.empty() && made.size() < enough; piece = pull()) made += piece.substr(0, enough);
  made.resize(std::min(made.size(), enough));
  return made;
}

std::string label_of_xml(std::string_view beginning) {
  if (beginning.starts_with(mark)) beginning.remove_prefix(mark.size());
  if (!beginning.starts_with("<?xml")) return {};
  beginning = beginning.substr(0, beginning.find("?>"));
  const auto name = beginning.find("encoding");
  const auto quote = name == std::string_view::npos ? name : beginning.find_first_of("\"'", name);
  if (quote == std::string_view::npos) return {};
  const auto end = beginning.find(beginning[quote], quote + 1);
  if (end == std::string_view::npos) return {};
  return std::string(beginning.substr(quote + 1, end - quote - 1));
}

hub::result<charset_found> charset_of(const opener& open, std::string_view label) {
  charset_found found;
  const auto beginning = beginning_of(open);
  found.has_mark = beginning.starts_with(mark);
  if (beginning.starts_with("\xFF\xFE") || beginning.starts_with("\xFE\xFF"))
    return hub::problem{"encoding", "UTF-16 is not read"};
  const auto name = lower(label);
  if (found.has_mark || name.empty() || name == "utf-8" || name == "utf8")
    found.is = charset::utf8;
  else if (name == "windows-1251" || name == "cp1251" || name == "cp-1251")
    found.is = charset::windows_1251;
  else
    return hub::problem{"encoding", "is neither UTF-8 nor windows-1251"};

  const bool utf8 = is_all_utf8(open);
  // UTF-8 is nearly never that by chance: bytes that can be both are what is stricter.
  if (found.is == charset::windows_1251) {
    const bool only_1251 = !utf8 && is_all_1251(open);
    if (only_1251) return found;
    if (!utf8) return hub::problem{"encoding", "is neither UTF-8 nor windows-1251"};
    found.is = charset::utf8;
    found.other_label = true;
    return found;
  }
  if (utf8) return found;
  if (found.has_mark || !is_all_1251(open)) return hub::problem{"encoding", "is neither UTF-8 nor windows-1251"};
  found.is = charset::windows_1251;
  found.other_label = true;
  return found;
}

puller as_utf8(puller from, const charset_found& of) {
  if (of.is == charset::utf8) {
    if (!of.has_mark) return from;
    return [from = std::move(from), left = mark.size()]() mutable {
      auto piece = from();
      while (left > 0 && !piece.empty()) {
        const auto gone = std::min(left, piece.size());
        left -= gone;
        piece.remove_prefix(gone);
        if (piece.empty()) piece = from();
      }
      return piece;
    };
  }
  return [from = std::move(from), out = std::make_shared<std::string>()] {
    const auto piece = from();
    const auto& letters = letters_1251();
    out->clear();
    out->reserve(piece.size() * 2);
    for (const char c : piece) {
      if (static_cast<unsigned char>(c) < 0x80)
        *out += c;
      else
        *out += letters[static_cast<unsigned char>(c)];
    }
    return std::string_view(*out);
  };
}

std::string xml_in(charset to, std::string_view utf8) {
  if (to == charset::utf8) return std::string(utf8);
  static const auto bytes = [] {
    std::map<char32_t, char> made;
    const auto& letters = letters_1251();
    for (std::size_t i = 0x80; i < letters.size(); ++i)
      if (static_cast<char>(i) != undefined_1251)
        made.emplace(icu::UnicodeString::fromUTF8(letters[i]).char32At(0), static_cast<char>(i));
    return made;
  }();
  const auto text = icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
  std::string made;
  made.reserve(static_cast<std::size_t>(text.length()));
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const auto letter = static_cast<char32_t>(text.char32At(at));
    if (letter < 0x80)
      made += static_cast<char>(letter);
    else if (const auto byte = bytes.find(letter); byte != bytes.end())
      made += byte->second;
    else
      made += "&#" + std::to_string(static_cast<std::uint32_t>(letter)) + ";";
  }
  return made;
}

}  // namespace connectors::erp
