#include "config/node.hpp"

#include "hub/base/text.hpp"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <unordered_map>

namespace config {

namespace {

constexpr std::size_t largest_file = 256 << 10;
constexpr std::size_t deepest_nesting = 32;
constexpr std::string_view no_aliases = "aliases (*) are not allowed here; write the value out";

// Thrown out of the parser when there is no point in going on; the problem is recorded already.
struct enough {};

// From byte offsets to lines and columns, both from 1, columns in characters: yaml-cpp counts from zero and in
// bytes, which points past the mistake in a line of Cyrillic.
class places {
 public:
  places(std::string_view text, const std::string& file) : text_(text), file_(file) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') starts_.push_back(i + 1);
  }

  place at(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const auto line = std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin();
    const auto start = starts_[static_cast<std::size_t>(line - 1)];
    const auto before = text_.substr(start, offset - start);
    const auto characters = std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xC0) != 0x80; });
    return {file_, static_cast<int>(line), static_cast<int>(characters) + 1};
  }
  place at(const YAML::Mark& mark) const { return mark.is_null() ? at(std::size_t{0}) : at(offset(mark)); }

  /// The text from where a mark points.
  std::string_view from(const YAML::Mark& mark) const { return text_.substr(std::min(offset(mark), text_.size())); }

 private:
  static std::size_t offset(const YAML::Mark& mark) { return static_cast<std::size_t>(std::max(mark.pos, 0)); }

  std::string_view text_;
  const std::string& file_;
  std::vector<std::size_t> starts_;
};

bool writes_null(std::string_view text) {
  for (const std::string_view word : {"~", "null", "Null", "NULL"})
    if (text.starts_with(word)) {
      const auto rest = text.substr(word.size());
      return rest.empty() || std::string_view(" \t\r\n,]}").find(rest.front()) != std::string_view::npos;
    }
  return false;
}

// yaml-cpp lets the end of the file close a quote when a line break comes before it.
bool leaves_quote_open(std::string_view text) {
  const char quote = text.empty() ? '\0' : text.front();
  if (quote != '\'' && quote != '"') return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"')
      ++i;
    else if (text[i] == quote && quote == '\'' && i + 1 < text.size() && text[i + 1] == quote)
      ++i;
    else if (text[i] == quote)
      return false;
  }
  return true;
}

// Builds the tree from the parser's events. Events and not yaml-cpp's own nodes, because those resolve aliases,
// keep the last of two equal keys and forget what was quoted.
class builder : public YAML::EventHandler {
 public:
  /// `blanked`: offsets where an alias of nothing stood, see parse_yaml().
  builder(const places& where, const std::set<int>& blanked, hub::problems& found)
      : where_(where), blanked_(blanked), found_(found) {}

  node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "", anchor);
    if (expects_key()) {
      refuse(mark, "a key must be text");
      return take_key(mark, "", false);
    }
    // The mark of a value that is not there is that of whatever comes next.
    const bool in_map = !stack_.empty() && stack_.back().is_map;
    node value;
    value.at = in_map && !writes_null(where_.from(mark)) ? stack_.back().key_at : where_.at(mark);
    add(std::move(value));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, std::string(no_aliases));
    if (expects_key()) return take_key(mark, "", false);
    // What was to stand here is unknown: no value, so that nobody complains about it a second time.
    if (stack_.empty() || !stack_.back().is_map) return;
    stack_.back().keep = false;
    add(node{});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    if (blanked_.count(mark.pos)) return OnAlias(mark, anchor);
    check(mark, tag, anchor);
    if (leaves_quote_open(where_.from(mark))) refuse(mark, "the quote that opens here is never closed");
    if (expects_key()) {
      if (text == "<<" && tag == "?") refuse(mark, "merge keys (<<) are not allowed here; write the values out");
      return take_key(mark, text, true);
    }
    auto value = made(node::shape::scalar, mark);
    value.text = text;
    value.quoted = tag == "!";
    add(std::move(value));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, node::shape::list);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, node::shape::map);
  }
  void OnMapEnd() override { end(); }

 private:
  struct frame {
    node made;
    bool is_map = false;
    bool is_key = false;  ///< a list or map that stands where a key should
    bool has_key = false;
    bool keep = true;  ///< false: the key was refused, its value goes nowhere
    std::string key;
    place key_at;
    std::unordered_map<std::string, place> seen;
  };

  void refuse(const YAML::Mark& mark, std::string what) { found_.push_back({to_text(where_.at(mark)), std::move(what)}); }

  bool expects_key() const { return !stack_.empty() && stack_.back().is_map && !stack_.back().has_key; }

  node made(node::shape is, const YAML::Mark& mark) const {
    node value;
    value.is = is;
    value.at = where_.at(mark);
    return value;
  }

  // "?" is a plain value, "!" a quoted one; a lone `!` looks the same and is told apart by what is written there.
  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors (&) are not allowed here; write the value out where it is needed");
    if (where_.from(mark).starts_with('!') || (!tag.empty() && tag != "?" && tag != "!"))
      refuse(mark, "tags (!) are not allowed here; quote the value to make it text");
  }

  void take_key(const YAML::Mark& mark, const std::string& text, bool usable) {
    auto& map = stack_.back();
    map.has_key = true;
    map.key = text;
    map.key_at = where_.at(mark);
    map.keep = usable;
    if (!usable) return;
    const auto [first, fresh] = map.seen.emplace(text, map.key_at);
    map.keep = fresh;
    if (!fresh) refuse(mark, "the key `" + hub::shorten(text, 60) + "` was given before, at " + to_text(first->second));
  }

  void add(node value) {
    if (stack_.empty()) {
      root_ = std::move(value);
      return;
    }
    auto& top = stack_.back();
    if (!top.is_map) {
      top.made.items.push_back(std::move(value));
      return;
    }
    value.key_at = top.key_at;
    if (top.keep) top.made.members.emplace_back(std::move(top.key), std::move(value));
    top.has_key = false;
  }

  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, node::shape is) {
    check(mark, tag, anchor);
    const bool as_key = expects_key();
    if (as_key) refuse(mark, "a key must be text, not a list or a map");
    if (stack_.size() >= deepest_nesting) {
      refuse(mark, "is nested deeper than " + std::to_string(deepest_nesting) + " levels");
      throw enough{};
    }
    frame opened;
    opened.made = made(is, mark);
    opened.is_map = is == node::shape::map;
    opened.is_key = as_key;
    stack_.push_back(std::move(opened));
  }

  void end() {
    frame closed = std::move(stack_.back());
    stack_.pop_back();
    if (!closed.is_key) return add(std::move(closed.made));
    auto& map = stack_.back();
    map.has_key = true;
    map.keep = false;
    map.key_at = closed.made.at;
  }

  const places& where_;
  const std::set<int>& blanked_;
  hub::problems& found_;
  std::vector<frame> stack_;
  node root_;
};

// Tells whether there is another document, and where; builds nothing.
class second_document : public YAML::EventHandler {
 public:
  std::optional<YAML::Mark> at;

  void OnDocumentStart(const YAML::Mark& mark) override {
    at = mark;
    throw enough{};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// yaml-cpp takes byte 4 for the end of the file and NUL for a hint at UTF-16; nobody types either.
std::optional<hub::problem> check_bytes(std::string_view text, const places& where) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool lone_return = c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || lone_return)
      return hub::problem{to_text(where.at(i)), c == 0 ? "a NUL byte" : "a control character", "byte " + std::to_string(c)};
  }
  if (hub::is_utf8(text)) return std::nullopt;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    while (length <= 4 && !hub::is_utf8(text.substr(i, length))) ++length;
    if (length > 4) return hub::problem{to_text(where.at(i)), "the text is not UTF-8"};
    i += length;
  }
  return std::nullopt;
}

constexpr std::size_t most_blanked = 16;

// False when an alias of nothing was blanked and the text is to be read again.
bool read_document(std::string& body, const places& where, std::set<int>& blanked, parsed& result) {
  std::istringstream stream(body);
  builder tree(where, blanked, result.problems);
  second_document another;
  try {
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(tree)) {
      result.root = tree.take();
      parser.HandleNextDocument(another);
    }
  } catch (const enough&) {
    if (another.at)
      result.problems.push_back({to_text(where.at(*another.at)), "a second document begins here; one file holds one"});
  } catch (const YAML::Exception& e) {
    const auto at = static_cast<std::size_t>(std::max(e.mark.pos, 0));
    const bool alias = at < body.size() && body[at] == '*';
    if (alias && blanked.size() < most_blanked) {
      body[at] = 'x';
      blanked.insert(e.mark.pos);
      return false;
    }
    // The message of an alias quotes its name, which may be part of a secret.
    result.problems.push_back({to_text(where.at(e.mark)), alias ? std::string(no_aliases) : "not YAML: " + e.msg});
  }
  return true;
}

}  // namespace

std::string to_text(const place& p) {
  if (p.line == 0) return p.file;
  return p.file + ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
}

node::node() = default;
node::~node() = default;
node::node(const node&) = default;
node::node(node&&) noexcept = default;
node& node::operator=(const node&) = default;
node& node::operator=(node&&) noexcept = default;

bool operator==(const node& a, const node& b) {
  return a.is == b.is && a.text == b.text && a.items == b.items && a.members == b.members;
}

const node* node::find(std::string_view name) const {
  for (const auto& [key, value] : members)
    if (key == name) return &value;
  return nullptr;
}

node* node::find(std::string_view name) { return const_cast<node*>(std::as_const(*this).find(name)); }

parsed parse_yaml(std::string_view text, const std::string& file) {
  parsed result;
  result.root.at = {file, 1, 1};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.size() > largest_file) {
    result.problems.push_back({file, "is larger than " + std::to_string(largest_file >> 10) + " KiB"});
    return result;
  }
  const places where(text, file);
  if (auto bad = check_bytes(text, where)) {
    result.problems.push_back(std::move(*bad));
    return result;
  }

  // yaml-cpp stops at an alias whose anchor does not exist. It is blanked out in place and the text read again, so
  // that the problems behind it are told in the same pass; a few times, because each costs a whole reading.
  std::string body(text);
  std::set<int> blanked;
  while (!read_document(body, where, blanked, result)) {
    result.root = node{};
    result.problems.clear();
  }
  if (result.root.at.line == 0) result.root.at = {file, 1, 1};
  return result;
}

parsed parse_yaml_file(const std::string& path) {
  const auto refuse = [&](const std::string& what) {
    parsed result;
    result.root.at = {path, 0, 0};
    result.problems.push_back({path, what});
    return result;
  };
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return refuse(std::string("cannot be read: ") + std::strerror(errno));
  // One byte more than is allowed is enough to know.
  std::string text(largest_file + 4, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.gcount() == 0 && errno != 0)) return refuse(std::string("cannot be read: ") + std::strerror(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_yaml(text, path);
}

}  // namespace config
