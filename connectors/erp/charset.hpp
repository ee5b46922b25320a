#pragma once
// Which character set a file of an ERP is in, and its bytes as UTF-8. Labels lie: a file says windows-1251 and is UTF-8, or
// the other way round; each set is read strictly, so a lie is found. Nothing is held but one piece. Any thread.

#include "hub/base/describe.hpp"
#include "hub/base/problem.hpp"

#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace connectors::erp {

/// The next bytes of a file, good until the next call; empty at its end. What it throws passes through.
using puller = std::function<std::string_view()>;
/// The same file from its beginning again.
using opener = std::function<puller()>;

enum class charset { utf8, windows_1251 };
constexpr auto names_of(charset) {
  return std::array{hub::named{"utf-8", charset::utf8}, hub::named{"windows-1251", charset::windows_1251}};
}

struct charset_found {
  charset is = charset::utf8;
  bool has_mark = false;     ///< it begins with a byte order mark
  bool other_label = false;  ///< it is not what it says
};

/// By the byte order mark, else by `label` (empty: UTF-8), else, where that cannot be, by the other set; a problem when it is
/// neither, or the label is of a third set. Reads the whole file once, sometimes twice. A UTF-8 file cut within a letter is
/// UTF-8.
hub::result<charset_found> charset_of(const opener& open, std::string_view label);

/// The first bytes, enough for a byte order mark and a declaration, however small the pieces are.
std::string beginning_of(const opener& open);

/// What an XML declaration at the beginning says of the encoding; empty when it says nothing.
std::string label_of_xml(std::string_view beginning);

/// The same bytes as UTF-8, without a byte order mark.
puller as_utf8(puller from, const charset_found& of);

/// UTF-8 text of an XML document in `to`; what that set has no letter for becomes a numeric reference.
std::string xml_in(charset to, std::string_view utf8);

}  // namespace connectors::erp
