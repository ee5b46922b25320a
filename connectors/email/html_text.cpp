#include "connectors/email/html_text.hpp"

#include "connectors/email/mime.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

namespace connectors::email {

namespace {

constexpr std::size_t longest_html = 2u << 20;
constexpr std::size_t longest_plain = 1u << 20;
constexpr std::size_t deepest_quote = 5;

struct entity {
  std::string_view name, text;
};
constexpr std::array entities{
    entity{"amp", "&"},    entity{"lt", "<"},     entity{"gt", ">"},     entity{"quot", "\""}, entity{"apos", "'"},
    entity{"nbsp", " "},   entity{"euro", "€"},   entity{"copy", "©"},   entity{"reg", "®"},   entity{"trade", "™"},
    entity{"laquo", "«"},  entity{"raquo", "»"},  entity{"ndash", "–"},  entity{"mdash", "—"}, entity{"hellip", "…"},
    entity{"lsquo", "‘"},  entity{"rsquo", "’"},  entity{"ldquo", "“"},  entity{"rdquo", "”"}, entity{"bdquo", "„"},
    entity{"bull", "•"},   entity{"middot", "·"}, entity{"times", "×"},  entity{"deg", "°"},   entity{"sect", "§"},
    entity{"pound", "£"},  entity{"plusmn", "±"}, entity{"frac12", "½"}, entity{"sup2", "²"},  entity{"numero", "№"},
    entity{"thinsp", " "}, entity{"ensp", " "},   entity{"emsp", " "},   entity{"shy", ""},    entity{"zwnj", ""}};

void append_code(std::string& to, std::uint32_t code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
  if (code < 0x80) {
    to += static_cast<char>(code < 0x20 && code != '\n' ? ' ' : code);
  } else if (code < 0x800) {
    to += static_cast<char>(0xC0 | (code >> 6));
    to += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    to += static_cast<char>(0xE0 | (code >> 12));
    to += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    to += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    to += static_cast<char>(0xF0 | (code >> 18));
    to += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    to += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    to += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::string without_entities(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto end = text[i] == '&' ? text.substr(i, 12).find(';') : std::string_view::npos;
    if (end == std::string_view::npos) {
      made += text[i];
      continue;
    }
    auto name = text.substr(i + 1, end - 1);
    bool known = false;
    if (name.starts_with('#')) {
      name.remove_prefix(1);
      const bool hex = name.starts_with('x') || name.starts_with('X');
      if (hex) name.remove_prefix(1);
      std::uint32_t code = 0;
      const auto [stop, failed] = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
      known = failed == std::errc{} && stop == name.data() + name.size();
      if (known) append_code(made, code == 0xA0 ? ' ' : code);
    } else if (const auto* found =
                   std::find_if(entities.begin(), entities.end(), [&](const entity& e) { return e.name == name; });
               found != entities.end()) {
      made += found->text;
      known = true;
    }
    if (known)
      i += end;
    else
      made += '&';
  }
  return made;
}

struct tag {
  std::string name;
  bool closes = false;
  std::string_view inside;  ///< the attributes
};

/// The value of an attribute; `name` in lower case.
std::string attribute(const tag& of, std::string_view name) {
  const auto rest = of.inside;
  std::size_t i = 0;
  const auto blank = [&] { return i < rest.size() && (static_cast<unsigned char>(rest[i]) <= 0x20 || rest[i] == '/'); };
  while (i < rest.size()) {
    while (blank()) ++i;
    const auto begin = i;
    while (i < rest.size() && rest[i] != '=' && !blank()) ++i;
    const auto found = lower(rest.substr(begin, i - begin));
    while (blank()) ++i;
    std::string_view value;
    if (i < rest.size() && rest[i] == '=') {
      ++i;
      while (blank()) ++i;
      if (i < rest.size() && (rest[i] == '"' || rest[i] == '\'')) {
        const auto end = rest.find(rest[i], i + 1);
        value = rest.substr(i + 1, end == std::string_view::npos ? end : end - i - 1);
        i = end == std::string_view::npos ? rest.size() : end + 1;
      } else {
        const auto from = i;
        while (i < rest.size() && static_cast<unsigned char>(rest[i]) > 0x20) ++i;
        value = rest.substr(from, i - from);
      }
    }
    if (found == name) return without_entities(value);
  }
  return {};
}

bool ends_line(std::string_view name) {
  return hub::is_one_of(name,
                        {"br", "p",  "div", "tr", "li",  "ul",      "ol",      "table",  "blockquote", "h1",     "h2", "h3",
                         "h4", "h5", "h6",  "hr", "pre", "section", "article", "header", "footer",     "center", "dd", "dt"});
}

bool is_void(std::string_view name) {
  return hub::is_one_of(name, {"br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr", "source", "embed"});
}

/// Mail programs mark what they quote: Gmail, Proton, Yahoo by class.
bool is_quote(const tag& t) {
  if (t.name == "blockquote") return true;
  if (t.name != "div") return false;
  const auto kind = attribute(t, "class");
  return kind.find("gmail_quote") != std::string::npos || kind.find("protonmail_quote") != std::string::npos ||
         kind.find("yahoo_quoted") != std::string::npos;
}

bool is_hidden(const tag& t) {
  if (hub::is_one_of(t.name, {"script", "style", "head", "title", "template", "noscript", "svg"})) return true;
  auto style = lower(attribute(t, "style"));
  std::erase(style, ' ');
  return style.find("display:none") != std::string::npos || style.find("visibility:hidden") != std::string::npos;
}

class reader {
 public:
  explicit reader(std::string_view html) : html_(html) {}

  std::string read() {
    while (at_ < html_.size() && out_.size() < longest_plain) {
      if (skipping_ == "script" || skipping_ == "style") leave_code();
      const auto open = html_.find('<', at_);
      if (skipping_.empty()) add(html_.substr(at_, open == std::string_view::npos ? open : open - at_));
      if (open == std::string_view::npos) break;
      at_ = open;
      take_tag();
    }
    end_line();
    return std::string(hub::trim(out_));
  }

 private:
  /// Code may hold anything that looks like a tag; only its own end counts.
  void leave_code() {
    const auto end = "</" + skipping_;
    while (at_ < html_.size()) {
      at_ = std::min(html_.find("</", at_), html_.size());
      if (lower(html_.substr(at_, end.size())) == end) return;
      at_ = std::min(at_ + 2, html_.size());
    }
  }

  void take_tag() {
    if (html_.substr(at_, 4) == "<!--") {
      const auto end = html_.find("-->", at_ + 4);
      at_ = end == std::string_view::npos ? html_.size() : end + 3;
      return;
    }
    const char next = at_ + 1 < html_.size() ? html_[at_ + 1] : ' ';
    const bool starts = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '/' || next == '!' || next == '?';
    if (!starts) {
      if (skipping_.empty()) add("<");
      ++at_;
      return;
    }
    tag t;
    auto i = at_ + 1;
    if (next == '/') {
      t.closes = true;
      ++i;
    }
    const auto begin = i;
    while (i < html_.size() && static_cast<unsigned char>(html_[i]) > 0x20 && html_[i] != '>' && html_[i] != '/') ++i;
    t.name = lower(html_.substr(begin, std::min<std::size_t>(i - begin, 32)));
    const auto inside = i;
    char quote = 0;
    for (; i < html_.size() && (quote || html_[i] != '>'); ++i) {
      if (quote && html_[i] == quote)
        quote = 0;
      else if (!quote && (html_[i] == '"' || html_[i] == '\'') && html_[i - 1] == '=')
        quote = html_[i];
    }
    t.inside = html_.substr(inside, i - inside);
    at_ = std::min(i + 1, html_.size());
    apply(t);
  }

  void apply(const tag& t) {
    if (!skipping_.empty()) {
      // A page that forgot to close its head still has a body.
      if (skipping_ == "head" && t.name == "body")
        skipping_.clear();
      else if (t.name == skipping_ && !is_void(t.name)) {
        skip_depth_ += t.closes ? -1 : 1;
        if (skip_depth_ <= 0) skipping_.clear();
      }
      return;
    }
    if (!t.closes && !is_void(t.name) && is_hidden(t)) {
      skipping_ = t.name;
      skip_depth_ = 1;
      return;
    }
    if (ends_line(t.name)) {
      if (t.name == "br" || !line_.empty()) end_line();
      if (t.name == "p" && t.closes) end_line();
    }
    if (t.name == "td" || t.name == "th") add(" ");
    if (t.name == "div" || t.name == "blockquote") nest(t);
    if (t.name == "a") link(t);
  }

  void nest(const tag& t) {
    auto& open = t.name == "div" ? divs_ : blocks_;
    if (!t.closes) {
      open.push_back(is_quote(t));
      quotes_ += open.back() ? 1 : 0;
    } else if (!open.empty()) {
      quotes_ -= open.back() ? 1 : 0;
      open.pop_back();
    }
  }

  void link(const tag& t) {
    if (!t.closes) {
      address_ = attribute(t, "href");
      link_from_ = line_.size();
      return;
    }
    const bool web = address_.starts_with("http://") || address_.starts_with("https://");
    const auto shown = link_from_ <= line_.size() ? hub::trim(std::string_view(line_).substr(link_from_)) : std::string_view();
    if (web && address_.size() <= 2000 && !shown.empty() && shown != address_) add(" (" + address_ + ")");
    address_.clear();
  }

  void add(std::string_view raw) {
    const auto text = without_entities(raw);
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool hard = text.compare(i, 2, "\xC2\xA0") == 0;
      const bool blank = hard || static_cast<unsigned char>(text[i]) <= 0x20;
      if (hard) ++i;
      if (!blank)
        line_ += text[i];
      else if (!line_.empty() && line_.back() != ' ')
        line_ += ' ';
    }
  }

  void end_line() {
    const auto text = hub::trim(line_);
    if (text.empty() && blank_) {
      line_.clear();
      return;
    }
    blank_ = text.empty();
    for (std::size_t i = 0; i < std::min(quotes_, deepest_quote); ++i) out_ += "> ";
    out_ += text;
    out_ += '\n';
    line_.clear();
    link_from_ = 0;
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::string out_, line_;
  bool blank_ = true;
  std::string skipping_;
  long skip_depth_ = 0;
  std::vector<bool> divs_, blocks_;
  std::size_t quotes_ = 0;
  std::string address_;
  std::size_t link_from_ = 0;
};

}  // namespace

std::string html_to_text(std::string_view html) { return reader(html.substr(0, longest_html)).read(); }

}  // namespace connectors::email
