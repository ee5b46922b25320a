#include "connectors/erp/xml.hpp"

#include "hub/base/text.hpp"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace connectors::erp {

namespace {

std::string_view local(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// What a file that was cut looks like to expat at its end.
bool is_cut(XML_Error code) {
  return code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN || code == XML_ERROR_PARTIAL_CHAR ||
         code == XML_ERROR_UNCLOSED_CDATA_SECTION;
}

class reading {
 public:
  reading(const xml_reader& reader, const xml_limits& limits)
      : reader_(reader), limits_(limits), parser_(XML_ParserCreate("UTF-8"), XML_ParserFree) {
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), begun, ended);
    XML_SetCharacterDataHandler(parser_.get(), characters);
    XML_SetStartDoctypeDeclHandler(parser_.get(), doctype);
  }

  std::optional<hub::problem> run(const puller& pull) {
    for (auto piece = pull(); !piece.empty() && !found_; piece = pull()) feed(piece, false);
    if (!found_) feed({}, true);
    return std::move(found_);
  }

 private:
  static reading& self(void* data) { return *static_cast<reading*>(data); }

  void feed(std::string_view piece, bool last) {
    while (!found_) {
      const auto part = piece.substr(0, 1 << 20);
      piece.remove_prefix(part.size());
      const bool final = last && piece.empty();
      if (XML_Parse(parser_.get(), part.data(), static_cast<int>(part.size()), final) != XML_STATUS_OK && !found_) {
        const auto code = XML_GetErrorCode(parser_.get());
        refuse(final && is_cut(code) ? "XML is cut: the file ends before its last element does"
                                     : std::string("XML is not well formed: ") + XML_ErrorString(code));
      }
      if (piece.empty()) break;
    }
  }

  void refuse(std::string what) {
    if (!found_) found_ = hub::problem{"line " + std::to_string(XML_GetCurrentLineNumber(parser_.get())), std::move(what)};
    XML_StopParser(parser_.get(), XML_FALSE);
  }
  void refuse(hub::problem what) {
    if (what.where.empty()) what.where = "line " + std::to_string(XML_GetCurrentLineNumber(parser_.get()));
    if (!found_) found_ = std::move(what);
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  // What callbacks throw must not cross expat's frames.
  template <class F>
  void guarded(F f) {
    if (found_) return;
    try {
      f();
    } catch (const std::exception& e) {
      refuse(hub::problem{"", std::string("cannot be read: ") + e.what()});
    }
  }

  static void XMLCALL begun(void* data, const char* name, const char** attributes) {
    auto& me = self(data);
    me.guarded([&] { me.begin(name, attributes); });
  }
  static void XMLCALL ended(void* data, const char*) {
    auto& me = self(data);
    me.guarded([&] { me.end(); });
  }
  static void XMLCALL characters(void* data, const char* text, int size) {
    auto& me = self(data);
    if (me.gathering_.empty() || me.found_) return;
    me.guarded([&] {
      if (me.count(static_cast<std::size_t>(size))) me.gathering_.back().text.append(text, static_cast<std::size_t>(size));
    });
  }
  static void XMLCALL doctype(void* data, const char*, const char*, const char*, int) {
    self(data).refuse("a document type declaration is not read");
  }

  bool count(std::size_t more) {
    gathered_ += more;
    if (gathered_ <= limits_.gathered) return true;
    refuse("an element is larger than " + std::to_string(limits_.gathered >> 20) + " MiB");
    return false;
  }

  void begin(std::string_view name, const char** attributes) {
    if (++depth_ > limits_.depth) return refuse("elements are nested deeper than " + std::to_string(limits_.depth));
    if (skipped_ > 0) {
      ++skipped_;
      return;
    }
    element head;
    head.name = local(name);
    std::size_t size = head.name.size() + sizeof(element);
    for (; attributes[0]; attributes += 2) {
      head.attributes.emplace_back(local(attributes[0]), attributes[1]);
      size += head.attributes.back().first.size() + head.attributes.back().second.size() + 2 * sizeof(std::string);
    }
    if (gathering_.empty()) {
      path_.push_back(head.name);
      const auto next = reader_.begin(path_, head);
      if (next == step::enter) return;
      if (next == step::skip) {
        path_.pop_back();
        skipped_ = 1;
        return;
      }
      line_ = XML_GetCurrentLineNumber(parser_.get());
      gathered_ = 0;
    }
    if (count(size)) gathering_.push_back(std::move(head));
  }

  void end() {
    --depth_;
    if (skipped_ > 0) {
      --skipped_;
      return;
    }
    if (gathering_.empty()) {
      path_.pop_back();
      return;
    }
    auto whole = std::move(gathering_.back());
    gathering_.pop_back();
    const auto trimmed = hub::trim(whole.text);
    if (trimmed.size() != whole.text.size()) whole.text = std::string(trimmed);
    if (!gathering_.empty()) {
      gathering_.back().children.push_back(std::move(whole));
      return;
    }
    if (auto wrong = reader_.take(path_, std::move(whole), line_)) refuse(std::move(*wrong));
    path_.pop_back();
  }

  const xml_reader& reader_;
  const xml_limits& limits_;
  std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser_;
  std::vector<std::string> path_;
  std::vector<element> gathering_;  ///< the open elements of what is gathered
  std::size_t gathered_ = 0, depth_ = 0, skipped_ = 0;
  std::uint64_t line_ = 0;
  std::optional<hub::problem> found_;
};

}  // namespace

const element* element::child(std::string_view named) const {
  const auto found = std::find_if(children.begin(), children.end(), [&](const element& e) { return e.name == named; });
  return found == children.end() ? nullptr : &*found;
}

std::string_view element::text_of(std::string_view named) const {
  const auto* found = child(named);
  return found ? std::string_view(found->text) : std::string_view();
}

std::string_view element::attribute(std::string_view named) const {
  for (const auto& [name, value] : attributes)
    if (name == named) return value;
  return {};
}

std::optional<hub::problem> read_xml(const puller& utf8, const xml_reader& reader, const xml_limits& limits) {
  return reading(reader, limits).run(utf8);
}

}  // namespace connectors::erp
