#include "connectors/erp/odata_connector.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/body.hpp"
#include "connectors/erp/import.hpp"
#include "connectors/erp/odata_watch.hpp"
#include "connectors/erp/words.hpp"
#include "hub/message/json.hpp"

#include <utility>

namespace connectors::erp {

namespace {

class odata_connector final : public connector {
 public:
  odata_connector(account_context context, odata_settings with)
      : context_(std::move(context)), settings_(std::move(with)), watch_(context_, settings_) {}

  const account_context& context() const override { return context_; }
  std::vector<webhook> webhooks() const override { return {}; }
  reception receive(const hub::http::request&, hub::instant) override { return forged_reception(); }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    const auto parsed = hub::message::parse_json(body, {.bytes = 64 << 20, .depth = 32});
    const auto* page = parsed ? parsed->if_object() : nullptr;
    if (!page) return hub::problem{"", "is neither a page of rows nor a row"};
    // One row that was refused before comes back as it was read.
    if (!page->contains("value") && !page->contains("odata.error"))
      return erp::normalize(context_, as_file_settings(settings_), body, received_at);
    const auto rows = read_page(body);
    if (!rows) return rows.error();
    // "https://.../$metadata#Catalog_X"
    const auto address = text_if(*page, "odata.metadata");
    return rows_as_events(context_, settings_, std::string(address.substr(address.rfind('#') + 1)), *rows, received_at);
  }

  hub::result<media_source> open_media(std::string_view) override {
    return hub::problem{"reference", "nothing that is fetched over OData has files"};
  }

  hub::async::task<> run(intake_port port) override { return watch_.run(std::move(port)); }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    std::vector<std::string> lines;
    lines.push_back("the ERP is asked, it calls nobody: publish its OData interface for this account's user");
    co_return lines;
  }

 private:
  account_context context_;
  odata_settings settings_;
  odata_watch watch_;
};

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  odata_settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  const auto refuse = [&](const std::string& what) { found.push_back({config::to_text(from.at), path + what}); };
  if (found.size() == before) {
    while (read.url.ends_with('/')) read.url.pop_back();
    if (!read.url.starts_with("http://") && !read.url.starts_with("https://")) refuse(".url: expected http:// or https://");
    if (read.user.empty() || read.user.reveal().find(':') != std::string::npos) refuse(".user: expected a name without a colon");
    if (!is_zone(read.timezone)) refuse(".timezone: expected a name like Europe/Kyiv");
    if (read.vehicles.empty() && read.customers.empty() && read.orders.empty()) refuse(": no entity is asked for");
    if (read.poll_every < std::chrono::seconds(1)) refuse(".poll_every: expected a second or more");
    if (currency_of(read.attributes.currency) != read.attributes.currency)
      refuse(".attributes.currency: expected a code of ISO 4217");
  }
  if (found.size() != before) return nullptr;
  return std::make_unique<odata_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<odata_settings>("connectors.odata.main"); }

}  // namespace

connector_kind odata_kind() { return {"odata", make, describe_settings}; }

}  // namespace connectors::erp
