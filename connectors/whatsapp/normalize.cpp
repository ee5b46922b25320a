#include "connectors/whatsapp/normalize.hpp"

#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/whatsapp/message.hpp"
#include "connectors/whatsapp/people.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace connectors::whatsapp {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using hub::message::event;

constexpr hub::message::json_limits body_limits{.bytes = longest_body, .depth = 32};
constexpr std::size_t longest_id = 512;
constexpr std::size_t longest_element = 700 << 10;  // sealed, an event carries it; no message of the platform is that long

class reader {
 public:
  reader(const account_context& of, std::string_view number_id, hub::instant received_at)
      : of_(of), number_id_(number_id), received_at_(received_at), scope_(of.channel + ":" + of.account + ":") {}

  std::vector<event> read(const object& body) {
    const auto* entries = array_if(body, "entry");
    if (!entries) refuse_body("entry", "expected a list");
    for (std::size_t i = 0; i < entries->size(); ++i) {
      const auto at = "entry[" + std::to_string(i) + "]";
      const auto* entry = (*entries)[i].if_object();
      const auto* changes = entry ? array_if(*entry, "changes") : nullptr;
      if (!changes) {
        refuse_element("entry", (*entries)[i], {}, {at, "expected an object with changes"});
        continue;
      }
      for (std::size_t k = 0; k < changes->size(); ++k) read_change((*changes)[k], at + ".changes[" + std::to_string(k) + "]");
    }
    return std::move(events_);
  }

 private:
  using read_element = void (reader::*)(const object& element, const object& value, const std::string& path);

  void read_change(const value& given, const std::string& path) {
    const auto* change = given.if_object();
    const auto* inside = change ? object_if(*change, "value") : nullptr;
    const auto field = change ? text_if(*change, "field") : std::string_view();
    // Templates, reviews, calls and the like: acknowledged.
    if (field != "messages" && field != "smb_message_echoes" && field != "user_id_update") {
      if (change && !field.empty()) return;
      return refuse_element("change", given, {}, {path + ".field", "is missing"});
    }
    if (!inside) return refuse_element("change", given, {}, {path + ".value", "expected an object"});
    const auto* metadata = object_if(*inside, "metadata");
    if (!metadata || text_if(*metadata, "phone_number_id") != number_id_)
      return refuse_element("change", given, {}, {path + ".value.metadata.phone_number_id", "is not this account's"});
    each(*inside, field, "messages", &reader::read_message, path);
    each(*inside, field, "message_echoes", &reader::read_echo, path);
    each(*inside, field, "statuses", &reader::read_status, path);
    each(*inside, field, "user_id_update", &reader::read_update, path);
  }

  void each(const object& inside, std::string_view field, std::string_view member, read_element how, const std::string& path) {
    const auto* list = array_if(inside, member);
    if (!list) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto at = path + ".value." + std::string(member) + "[" + std::to_string(i) + "]";
      const auto* element = (*list)[i].if_object();
      try {
        if (!element) refuse_body(at, "expected an object");
        (this->*how)(*element, inside, at);
      } catch (const refused_body& refused) {
        refuse_element(std::string(field) + " " + std::string(member), (*list)[i], inside, refused.why);
      }
    }
  }

  // ---- elements -----------------------------------------------------------------------------------------------

  void read_message(const object& message, const object& inside, const std::string& path) {
    const names who{text_if(message, "from"), text_if(message, "from_user_id"), text_if(message, "from_parent_user_id")};
    auto sender = person_of(of_, who, path + ".from");
    if (const auto* contact = contact_of(inside, who)) {
      if (const auto* profile = object_if(*contact, "profile")) sender.name = scrubbed(text_if(*profile, "name"), 120);
    }
    add_message(message, std::move(sender), hub::message::direction::incoming, path);
  }

  // What somebody of ours wrote in the phone's app: the customer is whom it went to.
  void read_echo(const object& message, const object&, const std::string& path) {
    const names who{text_if(message, "to"), text_if(message, "to_user_id"), text_if(message, "to_parent_user_id")};
    add_message(message, person_of(of_, who, path + ".to"), hub::message::direction::outgoing, path);
  }

  void add_message(const object& message, hub::message::person sender, hub::message::direction direction,
                   const std::string& path) {
    const auto id = text_in(message, "id", path + ".id");
    if (id.empty() || id.size() > longest_id) refuse_body(path + ".id", id.empty() ? "is missing" : "is too long");
    const auto sent_at = seconds_in(message, "timestamp", path + ".timestamp");
    add("message:" + hashed_id(id), sent_at, data_of(of_, message, std::move(sender), direction, sent_at, path));
  }

  void read_status(const object& status, const object&, const std::string& path) {
    const auto id = text_in(status, "id", path + ".id");
    if (id.empty() || id.size() > longest_id) refuse_body(path + ".id", id.empty() ? "is missing" : "is too long");
    const auto word = text_in(status, "status", path + ".status");
    hub::message::delivery_status made;
    // Who played a voice note has read it.
    if (const auto known =
            word == "played" ? hub::message::delivery_state::read : hub::value_of<hub::message::delivery_state>(word))
      made.state = *known;
    else
      return;  // `deleted`, `warning`, and what may be invented: no state of ours
    made.platform_id = hashed_id(id);
    const names who{text_if(status, "recipient_id"), text_if(status, "recipient_user_id"),
                    text_if(status, "recipient_parent_user_id")};
    made.recipient = person_of(of_, who, path + ".recipient_id").identities;
    const auto* errors = made.state == hub::message::delivery_state::failed ? array_if(status, "errors") : nullptr;
    if (errors && !errors->empty() && errors->at(0).is_object()) made.reason = reason_of(errors->at(0).get_object());
    add("status:" + made.platform_id + ":" + std::string(word), seconds_in(status, "timestamp", path + ".timestamp"), made);
  }

  void read_update(const object& update, const object&, const std::string& path) {
    const auto& ids = object_in(update, "user_id", path + ".user_id");
    const names now{text_if(update, "wa_id"), text_in(ids, "current", path + ".user_id.current"), {}};
    const names before{{}, text_in(ids, "previous", path + ".user_id.previous"), {}};
    hub::message::identity_changed made;
    made.sender = person_of(of_, now, path + ".user_id.current");
    for (auto& id : person_of(of_, before, path + ".user_id.previous").identities)
      made.sender.identities.push_back(std::move(id));
    const auto text = boost::json::serialize(update);
    add("update:" + hub::to_hex(hub::sha256(text)), seconds_in(update, "timestamp", path + ".timestamp"), std::move(made));
  }

  static std::string reason_of(const object& error) {
    std::string reason;
    if (const auto* code = error.if_contains("code"); code && code->is_int64()) reason = std::to_string(code->get_int64()) + ": ";
    reason += text_if(error, "title");
    if (const auto* data = object_if(error, "error_data"))
      if (const auto details = text_if(*data, "details"); !details.empty()) reason += "; " + std::string(details);
    return scrubbed(reason, 1000);
  }

  // ---- events -------------------------------------------------------------------------------------------------

  void add(const std::string& key, hub::instant time, hub::message::event_data data) {
    event made;
    made.channel = of_.channel;
    made.account = of_.account;
    made.key = scope_ + key;
    made.time = time;
    made.received_at = received_at_;
    made.data = std::move(data);
    const auto& who = hub::message::identities_of(made);
    made.conversation = who.empty() ? made.key : scope_ + who.front().id;
    events_.push_back(std::move(made));
  }

  /// Sealed in a body of its own: a mended parser reads it again without its neighbours.
  void refuse_element(std::string_view what, const value& element, const object& inside, const hub::problem& why) {
    object change;
    if (what == "change") {
      change = element.is_object() ? element.get_object() : object{{"value", element}};
    } else if (what != "entry") {
      const auto blank = what.find(' ');
      object value;
      for (const std::string_view member : {"messaging_product", "metadata", "contacts"})
        if (const auto* kept = inside.if_contains(member)) value[member] = *kept;
      value[what.substr(blank + 1)] = array{element};
      change = object{{"value", std::move(value)}, {"field", what.substr(0, blank)}};
    }
    object entry{{"changes", array{std::move(change)}}};
    const auto body = boost::json::serialize(
        object{{"object", "whatsapp_business_account"}, {"entry", what == "entry" ? array{element} : array{std::move(entry)}}});
    hub::message::unparsed data;
    data.sealed = hub::seal(of_.seal_key, std::string_view(body).substr(0, longest_element));
    data.reason = hub::shorten(hub::clean_text(hub::to_text(why)), 250);
    add("unparsed:" + hub::to_hex(hub::sha256(body)), received_at_, std::move(data));
  }

  const account_context& of_;
  std::string_view number_id_;
  hub::instant received_at_;
  std::string scope_;
  std::vector<event> events_;
};

}  // namespace

hub::result<std::vector<event>> normalize(const account_context& of, std::string_view phone_number_id, std::string_view body,
                                          hub::instant received_at) {
  const auto parsed = hub::message::parse_json(body, body_limits);
  if (!parsed) return hub::problem{parsed.error().where, parsed.error().what};
  const auto* root = parsed->if_object();
  if (!root) return hub::problem{"", "expected an object"};
  // An app may subscribe to other objects, too.
  if (text_if(*root, "object") != "whatsapp_business_account") return std::vector<event>{};
  try {
    return reader(of, phone_number_id, received_at).read(*root);
  } catch (const refused_body& refused) {
    return refused.why;
  }
}

hub::result<media_place> open_place(const account_context& of, std::string_view reference) {
  const auto opened = open_sealed_media(of, reference);
  if (!opened) return opened.error();
  const auto blank = opened->url.find(' ');
  if (blank == std::string::npos) return hub::problem{"reference", "names no media"};
  return media_place{opened->url.substr(0, blank), opened->url.substr(blank + 1), opened->expires_at - media_life};
}

}  // namespace connectors::whatsapp
