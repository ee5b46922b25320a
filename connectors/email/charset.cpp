#include "connectors/email/charset.hpp"

#include "hub/base/text.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <optional>

namespace connectors::email {

namespace {

// Left: what mail says; right: what iconv calls it.
struct known_set {
  std::string_view label;
  const char* name;
};
constexpr std::array known_sets{known_set{"windows-1250", "CP1250"},
                                known_set{"windows-1251", "CP1251"},
                                known_set{"windows-1252", "CP1252"},
                                known_set{"windows-1253", "CP1253"},
                                known_set{"windows-1254", "CP1254"},
                                known_set{"windows-1255", "CP1255"},
                                known_set{"windows-1256", "CP1256"},
                                known_set{"windows-1257", "CP1257"},
                                known_set{"cp1251", "CP1251"},
                                known_set{"cp1252", "CP1252"},
                                known_set{"cp-1251", "CP1251"},
                                known_set{"koi8-r", "KOI8-R"},
                                known_set{"koi8-u", "KOI8-U"},
                                known_set{"koi8-ru", "KOI8-U"},
                                known_set{"cp866", "CP866"},
                                known_set{"ibm866", "CP866"},
                                known_set{"iso-8859-1", "CP1252"},
                                known_set{"iso-8859-2", "ISO-8859-2"},
                                known_set{"iso-8859-3", "ISO-8859-3"},
                                known_set{"iso-8859-4", "ISO-8859-4"},
                                known_set{"iso-8859-5", "ISO-8859-5"},
                                known_set{"iso-8859-7", "ISO-8859-7"},
                                known_set{"iso-8859-9", "ISO-8859-9"},
                                known_set{"iso-8859-13", "ISO-8859-13"},
                                known_set{"iso-8859-15", "ISO-8859-15"},
                                known_set{"iso-8859-16", "ISO-8859-16"},
                                known_set{"latin1", "CP1252"},
                                known_set{"x-mac-cyrillic", "MAC-UK"},
                                known_set{"utf-16", "UTF-16"},
                                known_set{"utf-16le", "UTF-16LE"},
                                known_set{"utf-16be", "UTF-16BE"},
                                known_set{"gb2312", "GBK"},
                                known_set{"gbk", "GBK"},
                                known_set{"gb18030", "GB18030"},
                                known_set{"big5", "BIG5"},
                                known_set{"shift_jis", "SHIFT_JIS"},
                                known_set{"euc-jp", "EUC-JP"},
                                known_set{"iso-2022-jp", "ISO-2022-JP"},
                                known_set{"euc-kr", "EUC-KR"}};

std::optional<std::string> converted(std::string_view bytes, const char* from) {
  const auto conversion = iconv_open("UTF-8", from);
  if (conversion == reinterpret_cast<iconv_t>(-1)) return std::nullopt;  // NOLINT: that is how iconv says no
  std::string made(bytes.size() * 4 + 16, '\0');
  std::string input(bytes);
  char* in = input.data();
  char* out = made.data();
  std::size_t in_left = input.size(), out_left = made.size();
  const auto done = iconv(conversion, &in, &in_left, &out, &out_left);
  iconv_close(conversion);
  if (done == static_cast<std::size_t>(-1)) return std::nullopt;
  made.resize(made.size() - out_left);
  return made;
}

/// Lower-case Cyrillic letters speak for a reading, capitals inside of words against it: the two sets hold the cases the
/// other way round.
long score(std::string_view text) {
  long points = 0;
  bool in_word = false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]), next = static_cast<unsigned char>(text[i + 1]);
    if (lead < 0x80) {
      in_word = false;
      continue;
    }
    if (lead != 0xD0 && lead != 0xD1 && lead != 0xD2) {
      points -= lead >= 0xC0 ? 3 : 0;
      continue;
    }
    const unsigned code = ((lead & 0x1Fu) << 6) | (next & 0x3Fu);
    const bool small = (code >= 0x430 && code <= 0x45F) || code == 0x491;
    points += small ? 2 : in_word ? -2 : 0;
    in_word = true;
    ++i;
  }
  return points;
}

/// UTF-8 that was damaged here and there is still UTF-8.
bool is_mostly_utf8(std::string_view bytes) {
  std::size_t good = 0, bad = 0;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead >= 0xC2 && i + size <= bytes.size() && hub::is_utf8(bytes.substr(i, size))) {
      ++good;
      i += size;
    } else {
      ++bad;
      ++i;
    }
  }
  return good > bad * 4;
}

}  // namespace

std::string to_utf8(std::string_view bytes, std::string_view label) {
  for (const auto& known : known_sets)
    if (known.label == label)
      if (auto text = converted(bytes, known.name)) return hub::clean_text(*text);
  if (hub::is_utf8(bytes) || is_mostly_utf8(bytes)) return hub::clean_text(bytes);
  const auto windows = converted(bytes, "CP1251"), koi = converted(bytes, "KOI8-U");
  if (windows && (!koi || score(*windows) >= score(*koi))) return hub::clean_text(*windows);
  return hub::clean_text(koi ? *koi : std::string(bytes));
}

std::string charset_of_page(std::string_view html) {
  std::string start(html.substr(0, 2048));
  for (char& c : start)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (start.find("<meta") == std::string::npos) return {};
  auto at = start.find("charset=");
  if (at == std::string::npos) return {};
  at += 8;
  while (at < start.size() && (start[at] == '"' || start[at] == '\'' || start[at] == ' ')) ++at;
  const auto end = start.find_first_of("\"'; />", at);
  return end == std::string::npos ? std::string() : start.substr(at, end - at);
}

}  // namespace connectors::email
