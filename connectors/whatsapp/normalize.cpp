#include "connectors/whatsapp/normalize.hpp"

#include "connectors/body.hpp"
#include "connectors/whatsapp/events.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace connectors::whatsapp {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using hub::message::event;

constexpr hub::message::json_limits body_limits{.bytes = 4 << 20, .depth = 64};
constexpr std::size_t most_elements = 5000;   ///< Meta promises at most 1000 in a callback
constexpr std::size_t most_sealed = 700'000;  ///< sealing adds a third, and the canonical event holds 1 MiB

/// One list of a change: which field brings it, and what becomes of an element.
struct list_kind {
  std::string_view field;
  std::string_view name;
  std::optional<event> (*read)(const surroundings&, const object&);
};
const std::array lists{
    list_kind{"messages", "messages",
              [](const surroundings& in, const object& one) { return message_event(in, one, message_source::customer); }},
    list_kind{"messages", "statuses", status_event},
    list_kind{"smb_message_echoes", "message_echoes",
              [](const surroundings& in, const object& one) { return message_event(in, one, message_source::phone_app); }},
    list_kind{"user_id_update", "user_id_update", user_id_event},
};

std::string text_of(const value& v) { return boost::json::serialize(v); }

class batch {
 public:
  batch(const account_context& of, std::string_view phone_number_id, hub::instant received_at)
      : of_(of), phone_number_id_(phone_number_id), received_at_(received_at) {}

  std::vector<event> read(const array& entries) {
    for (const auto& one : entries) {
      const auto* entry = one.if_object();
      const auto* changes = entry ? array_if(*entry, "changes") : nullptr;
      if (!changes) {
        count();
        refuse("", one, with_entry(one), {"entry", "expected an object with a list of changes"});
        continue;
      }
      for (const auto& change : *changes) read_change(*entry, change);
    }
    return std::move(events_);
  }

 private:
  void read_change(const object& entry, const value& one) {
    const auto* change = one.if_object();
    const auto field = change ? text_if(*change, "field") : std::string_view();
    const auto* content = change ? object_if(*change, "value") : nullptr;
    if (field.empty()) return refuse_change(entry, one, {"change", "expected an object with a field"});
    const bool read = std::any_of(lists.begin(), lists.end(), [&](const list_kind& kind) { return kind.field == field; });
    if (!read) return count();
    if (!content) return refuse_change(entry, one, {"change.value", "expected an object"});
    const auto* number = object_if(*content, "metadata");
    if (!number || text_if(*number, "phone_number_id") != phone_number_id_)
      return refuse_foreign(entry, *change, {"metadata.phone_number_id", "is not this account's number"});
    const auto contacts = contacts_in(*content);
    for (const auto& kind : lists) {
      const auto* list = kind.field == field ? content->if_contains(kind.name) : nullptr;
      if (!list) continue;
      if (const auto* elements = list->if_array())
        for (const auto& element : *elements) read_element(entry, *change, kind, contacts, element);
      else
        refuse_element(entry, *change, kind, contacts, *list, {std::string(kind.name), "expected a list"}, false);
    }
  }

  void read_element(const object& entry, const object& change, const list_kind& kind, const contact_index& contacts,
                    const value& element) {
    const std::string name(kind.name);
    try {
      const auto* fields = element.if_object();
      if (!fields) refuse_body("", "expected an object");
      const surroundings in{of_, contacts, received_at_};
      if (auto made = kind.read(in, *fields)) {
        count();
        events_.push_back(std::move(*made));
      } else {
        count();
      }
    } catch (const refused_body& r) {
      const hub::problem why{r.why.where.empty() ? name : name + "." + r.why.where, r.why.what};
      refuse_element(entry, change, kind, contacts, element, why, true);
    }
  }

  /// Too many tiny elements would fill the memory with events; no callback of Meta's has that many.
  void count() {
    if (++elements_ > most_elements) refuse_body("entry", "holds more elements than a callback can");
  }

  static object with_entry(const value& entry) {
    object body;
    body["object"] = "whatsapp_business_account";
    body["entry"] = array{entry};
    return body;
  }

  /// The same envelope around one change.
  static object with_change(const object& entry, const value& change) {
    object one;
    if (const auto* id = entry.if_contains("id")) one["id"] = *id;
    one["changes"] = array{change};
    return with_entry(value(std::move(one)));
  }

  /// The same envelope around one element, with the contact it belongs to.
  static object with_element(const object& entry, const object& change, std::string_view list, const contact_index& contacts,
                             const value& element, bool in_list) {
    object content;
    const object& from = change.at("value").as_object();
    for (const auto* name : {"messaging_product", "metadata"})
      if (const auto* member = from.if_contains(name)) content[name] = *member;
    if (const auto* fields = element.if_object()) {
      std::vector<std::string> ids;
      for (const auto* name : {"from_user_id", "from", "recipient_user_id", "recipient_id", "to_user_id", "to", "wa_id"})
        if (const auto id = text_if(*fields, name); !id.empty()) ids.emplace_back(id);
      if (const auto* contact = contact_of(contacts, ids)) content["contacts"] = array{value(*contact)};
    }
    if (in_list)
      content[list] = array{element};
    else
      content[list] = element;
    object alone;
    alone["field"] = change.at("field");
    alone["value"] = std::move(content);
    return with_change(entry, value(std::move(alone)));
  }

  void refuse_element(const object& entry, const object& change, const list_kind& kind, const contact_index& contacts,
                      const value& element, const hub::problem& why, bool in_list) {
    count();
    refuse(kind.name, element, with_element(entry, change, kind.name, contacts, element, in_list), why);
  }

  void refuse_change(const object& entry, const value& change, const hub::problem& why) {
    count();
    refuse("", change, with_change(entry, change), why);
  }

  /// Whole, or element by element where it is too large to be kept as one.
  void refuse_foreign(const object& entry, const object& change, const hub::problem& why) {
    if (text_of(value(change)).size() + 1000 <= most_sealed) return refuse_change(entry, value(change), why);
    const object& content = change.at("value").as_object();
    const auto contacts = contacts_in(content);
    for (const auto& kind : lists)
      if (const auto* elements = array_if(content, kind.name))
        for (const auto& element : *elements) refuse_element(entry, change, kind, contacts, element, why, true);
  }

  /// `list` is where it stood: the same words in another list are another element.
  void refuse(std::string_view list, const value& element, const object& body, const hub::problem& why) {
    hub::message::unparsed made;
    made.reason = clean(hub::to_text(why), 250);
    auto plain_body = boost::json::serialize(body);
    if (plain_body.size() > most_sealed) {
      plain_body.resize(most_sealed);
      made.reason += "; larger than can be kept: only its beginning is";
    }
    made.sealed = hub::seal(of_.seal_key, plain_body);
    event e;
    e.channel = of_.channel;
    e.account = of_.account;
    e.key =
        of_.channel + ":" + of_.account + ":unparsed:" + hub::to_hex(hub::sha256(std::string(list) + "\n" + text_of(element)));
    e.conversation = e.key;
    e.time = received_at_;
    e.received_at = received_at_;
    e.data = std::move(made);
    events_.push_back(std::move(e));
  }

  const account_context& of_;
  std::string_view phone_number_id_;
  hub::instant received_at_;
  std::vector<event> events_;
  std::size_t elements_ = 0;
};

}  // namespace

hub::result<std::vector<event>> normalize(const account_context& of, std::string_view phone_number_id, std::string_view body,
                                          hub::instant received_at) {
  auto parsed = hub::message::parse_json(body, body_limits);
  // Half a character in one name is no reason to keep a thousand messages back.
  if (!parsed)
    if (const auto mended = without_half_characters(body); mended != body) parsed = hub::message::parse_json(mended, body_limits);
  if (!parsed) return hub::problem{parsed.error().where, parsed.error().what};
  const auto* root = parsed->if_object();
  if (!root) return hub::problem{"", "expected an object"};
  if (text_if(*root, "object") != "whatsapp_business_account") return hub::problem{"object", "is not whatsapp_business_account"};
  const auto* entries = array_if(*root, "entry");
  if (!entries) return hub::problem{"entry", "expected a list"};
  try {
    return batch(of, phone_number_id, received_at).read(*entries);
  } catch (const refused_body& r) {
    return r.why;
  }
}

}  // namespace connectors::whatsapp
