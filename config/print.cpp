#include "config/reference.hpp"
#include "config/settings.hpp"
#include "hub/base/text.hpp"

namespace config {

namespace {

std::string indent(std::size_t depth) { return std::string(2 * depth, ' '); }

std::string origin(const node* written) {
  if (!written) return "default";
  if (written->at.line == 0) return "environment " + written->at.file;
  return written->at.file + ":" + std::to_string(written->at.line);
}

// Digits and words that YAML takes for what they are.
bool is_bare(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz.") == std::string::npos;
}

// A connector's subtree as it was given: its settings are declared in the connector, not here.
void print_tree(std::string& out, const std::string& key, const node& n, std::size_t depth) {
  const bool hidden = looks_secret(key);
  switch (n.is) {
    case node::shape::map:
      if (n.members.empty()) {
        out += " {}\n";
        return;
      }
      out += "\n";
      for (const auto& [name, member] : n.members) {
        out += indent(depth) + yaml_scalar(name) + ":";
        print_tree(out, hidden ? key : name, member, depth + 1);
      }
      return;
    case node::shape::list:
      if (n.items.empty()) {
        out += " []\n";
        return;
      }
      out += "\n";
      for (const auto& item : n.items) {
        out += indent(depth) + "-";
        print_tree(out, key, item, depth + 1);
      }
      return;
    case node::shape::null: out += " ~  # " + origin(&n) + "\n"; return;
    case node::shape::scalar: {
      // Unquoted it stays what it was: a number, a boolean or a word.
      const bool bare = !n.quoted && is_bare(n.text);
      out += " " +
             (hidden && !n.text.empty() ? yaml_scalar("***")
              : bare                    ? n.text
                                        : yaml_scalar(n.text)) +
             "  # " + origin(&n) + "\n";
      return;
    }
  }
}

}  // namespace

std::string print_settings(const loaded& from) {
  std::string out;
  std::vector<std::string> open;  // the sections the last line is in
  for (const auto& row : setting_rows(from.value)) {
    const auto path = hub::split(row.path, '.');
    std::size_t same = 0;
    while (same < open.size() && same + 1 < path.size() && open[same] == path[same]) ++same;
    open.resize(same);
    for (; open.size() + 1 < path.size(); open.push_back(path[open.size()]))
      out += indent(open.size()) + path[open.size()] + ":\n";
    out += indent(open.size()) + path.back() + ": " + row.value + "  # " + origin(find_setting(from.tree, row.path)) + "\n";
  }
  const auto* connectors = from.tree.find("connectors");
  if (connectors && connectors->is == node::shape::map) {
    out += "connectors:";
    print_tree(out, "connectors", *connectors, 1);
  }
  return out;
}

std::string reference_page(const std::string& connectors) {
  std::string page =
      "# Settings\n\n"
      "Every setting of `config/hub.yaml`, printed from the program (`hubctl reference docs/reference`). Each can be\n"
      "given in the environment under the name in the last column; lists are written with commas there. A secret is\n"
      "given in the environment, in the secrets file `<home>/secrets.env`, or as `..._FILE`, the path of a file that\n"
      "holds it. The environment wins over the secrets file, both win over `config/hub.yaml`.\n\n"
      "Durations are written `500ms`, `30s`, `5m`, `2h` or `14d`; sizes `500B`, `64KiB`, `20MiB` or `2GiB`.\n\n";
  page += reference_table(setting_rows(settings{}));
  page +=
      "\n## Connectors\n\n"
      "`connectors.<channel>.<account>`: one entry per account; the account's name is never changed, because keys of\n"
      "events and conversations begin with it. In the environment: `HUB__CONNECTORS__<CHANNEL>__<ACCOUNT>__<KEY>`.\n";
  if (!connectors.empty()) page += "\n" + connectors;
  return page;
}

}  // namespace config
