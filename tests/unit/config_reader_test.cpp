#include "config/reader.hpp"
#include "config/reference.hpp"
#include "config/staff.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using namespace std::chrono_literals;
using hub::about;

enum class color { red, light_green };
constexpr auto names_of(color) {
  return std::array{hub::named{"red", color::red}, hub::named{"light_green", color::light_green}};
}

struct inner {
  std::string name;
  std::uint16_t port = 80;

  bool operator==(const inner&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{.text = "Its name.", .required = true, .min = 1, .max = 5});
    on("port", self.port, about{.text = "A port.", .min = 1});
  }
};

struct everything {
  bool flag = false;
  std::int8_t tiny = 1;
  std::int64_t whole = 0;
  std::uint64_t natural = 0;
  double ratio = 0.5;
  std::string text = "default";
  hub::secret hidden;
  color paint = color::red;
  std::optional<std::uint32_t> maybe;
  std::vector<std::uint32_t> numbers;
  std::vector<inner> inners;
  std::map<std::string, inner> named;
  inner one{.name = "one"};
  std::chrono::milliseconds wait = 1s;
  hub::byte_count room{1 << 20};
  config::node tree;

  bool operator==(const everything&) const = default;
  static void describe(auto& self, auto& on) {
    on("flag", self.flag, about{.text = "A flag."});
    on("tiny", self.tiny, about{.text = "A small number."});
    on("whole", self.whole, about{.text = "A number."});
    on("natural", self.natural, about{.text = "A number.", .max = 1000});
    on("ratio", self.ratio, about{.text = "A share.", .min = 0, .max = 1});
    on("text", self.text, about{.text = "A text.", .max = 10});
    on("hidden", self.hidden, about{.text = "A secret.", .secret = true, .max = 20});
    on("paint", self.paint, about{.text = "A color."});
    on("maybe", self.maybe, about{.text = "May be absent.", .min = 1});
    on("numbers", self.numbers, about{.text = "Numbers.", .max = 3});
    on("inners", self.inners, about{.text = "A list."});
    on("named", self.named, about{.text = "A map."});
    on("one", self.one, about{.text = "One."});
    on("wait", self.wait, about{.text = "A wait.", .min = 10, .max = 60'000});
    on("room", self.room, about{.text = "A size.", .min = 1024});
    on("tree", self.tree, about{.text = "As it is."});
  }
};

std::string problems_of(const std::string& yaml) {
  auto parsed = config::parse_yaml(yaml, "f");
  everything to;
  config::read(parsed.root, to, parsed.problems);
  return hub::to_text(parsed.problems);
}

everything read_well(const std::string& yaml) {
  auto parsed = config::parse_yaml(yaml, "f");
  everything to;
  config::read(parsed.root, to, parsed.problems);
  EXPECT_EQ(hub::to_text(parsed.problems), "");
  return to;
}

TEST(config_reader, refuses_bad_values_with_file_line_column_and_name) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"flag: yes\n", "f:1:7: flag: expected true or false (found: yes)\n"},
      {"flag: 'true'\n", "f:1:7: flag: expected true or false (found: 'true')\n"},
      {"flag: [true]\n", "f:1:7: flag: expected a single value (found: a list)\n"},
      {"flag:\n", "f:1:1: flag: has no value\n"},
      {"tiny: 128\n", "f:1:7: tiny: expected a whole number from -128 to 127 (found: 128)\n"},
      {"tiny: 010\n", "f:1:7: tiny: expected a whole number from -128 to 127 (found: 010)\n"},
      {"tiny: 0x10\n", "f:1:7: tiny: expected a whole number from -128 to 127 (found: 0x10)\n"},
      {"tiny: '5'\n", "f:1:7: tiny: expected a number without quotes (found: '5')\n"},
      {"tiny: 1.5\n", "f:1:7: tiny: expected a whole number from -128 to 127 (found: 1.5)\n"},
      {"whole: 9223372036854775808\n", "f:1:8: whole: expected a whole number (found: 9223372036854775808)\n"},
      {"whole: --1\n", "f:1:8: whole: expected a whole number (found: --1)\n"},
      {"natural: -1\n", "f:1:10: natural: expected a whole number from 0 to 1000 (found: -1)\n"},
      {"natural: 1001\n", "f:1:10: natural: expected a whole number from 0 to 1000 (found: 1001)\n"},
      {"ratio: 1.01\n", "f:1:8: ratio: expected a number from 0 to 1 (found: 1.01)\n"},
      {"ratio: nan\n", "f:1:8: ratio: expected a number from 0 to 1 (found: nan)\n"},
      {"ratio: half\n", "f:1:8: ratio: expected a number from 0 to 1 (found: half)\n"},
      {"text: 12345678901\n", "f:1:7: text: expected at most 10 characters (found: 11)\n"},
      {"text: {a: b}\n", "f:1:7: text: expected a single value (found: a map)\n"},
      {"text: ~\n", "f:1:7: text: has no value\n"},
      {"paint: blue\n", "f:1:8: paint: expected one of red, light_green (found: blue)\n"},
      {"paint: lightgreen\n", "f:1:8: paint: expected one of red, light_green; did you mean light_green? (found: lightgreen)\n"},
      {"maybe: 0\n", "f:1:8: maybe: expected a whole number from 1 to 4294967295 (found: 0)\n"},
      {"numbers: 5\n", "f:1:10: numbers: expected a list (found: a single value)\n"},
      {"numbers: [1, two, 3]\n", "f:1:14: numbers[1]: expected a whole number from 0 to 4294967295 (found: two)\n"},
      {"numbers: [1, 2, 3, 4]\n", "f:1:10: numbers: expected at most 3 items (found: 4)\n"},
      {"numbers: {a: 1}\n", "f:1:10: numbers: expected a list (found: a map)\n"},
      {"inners:\n  - port: 1\n", "f:2:5: inners[0].name: is missing\n"},
      {"inners:\n  - name: a\n    port: 0\n  - nam: b\n",
       "f:3:11: inners[0].port: expected a whole number from 1 to 65535 (found: 0)\n"
       "f:4:5: inners[1].name: is missing\n"
       "f:4:5: inners[1].nam: is not known here; did you mean name?\n"},
      {"named:\n  x: {name: ''}\n", "f:2:13: named.x.name: expected at least 1 character (found: 0)\n"},
      {"named: [x]\n", "f:1:8: named: expected a map (found: a list)\n"},
      {"named: {x: 5}\n", "f:1:12: named.x: expected a map of settings (found: a single value)\n"},
      {"one: 5\n", "f:1:6: one: expected a map of settings (found: a single value)\n"},
      {"one:\n", "f:1:1: one.name: is missing\n"},
      {"wait: 5\n", "f:1:7: wait: expected a duration such as 500ms, 30s, 5m, 2h or 14d (found: 5)\n"},
      {"wait: 5 s\n", "f:1:7: wait: expected a duration such as 500ms, 30s, 5m, 2h or 14d (found: 5 s)\n"},
      {"wait: 9ms\n", "f:1:7: wait: expected at least 10ms (found: 9ms)\n"},
      {"wait: 2m\n", "f:1:7: wait: expected at most 1m (found: 2m)\n"},
      {"room: 5MB\n", "f:1:7: room: expected a size such as 500B, 64KiB, 20MiB or 2GiB (found: 5MB)\n"},
      {"room: 1B\n", "f:1:7: room: expected at least 1KiB (found: 1B)\n"},
      {"txt: a\n", "f:1:1: txt: is not known here; did you mean text?\n"},
      {"completely_else: a\n", "f:1:1: completely_else: is not known here\n"},
      {"[]\n", "f:1:1: expected a map of settings (found: a list)\n"},
      {"just text\n", "f:1:1: expected a map of settings (found: a single value)\n"},
  };
  for (const auto& [yaml, told] : cases) EXPECT_EQ(problems_of(yaml), told) << yaml;
}

TEST(config_reader, reports_every_problem_in_one_pass) {
  EXPECT_EQ(problems_of("flag: 1\ntiny: x\nnumbers: [a, b]\nlost: 1\nwait: 1\n"),
            "f:1:7: flag: expected true or false (found: 1)\n"
            "f:2:7: tiny: expected a whole number from -128 to 127 (found: x)\n"
            "f:3:11: numbers[0]: expected a whole number from 0 to 4294967295 (found: a)\n"
            "f:3:14: numbers[1]: expected a whole number from 0 to 4294967295 (found: b)\n"
            "f:5:7: wait: expected a duration such as 500ms, 30s, 5m, 2h or 14d (found: 1)\n"
            "f:4:1: lost: is not known here\n");
}

TEST(config_reader, never_shows_the_value_of_a_secret) {
  for (const std::string yaml : {"hidden: verysecretwordsthataretoolong\n", "hidden: [verysecret]\n", "hidden: {a: verysecret}\n",
                                 "hidden: *verysecret\n", "hidden: &verysecret x\n", "hidden: !verysecret x\n",
                                 "hidden: 'verysecret\n", "one: verysecret\n", "numbers: verysecret\n"}) {
    const auto told = problems_of(yaml);
    EXPECT_NE(told, "") << yaml;
    EXPECT_EQ(told.find("verysecret"), std::string::npos) << told;
  }
}

TEST(config_reader, reads_every_kind_of_field) {
  const auto made = read_well(
      "flag: true\ntiny: -128\nwhole: -9223372036854775808\nnatural: 1000\nratio: 0.25\ntext: 007\nhidden: \"s3\"\n"
      "paint: light_green\nmaybe: 7\nnumbers: [3, 1, 2]\ninners: [{name: a}, {name: b, port: 81}]\n"
      "named: {x: {name: c}}\none: {name: d, port: 82}\nwait: 30s\nroom: 2MiB\ntree: {any: [thing]}\n");
  EXPECT_TRUE(made.flag);
  EXPECT_EQ(made.tiny, -128);
  EXPECT_EQ(made.whole, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(made.natural, 1000u);
  EXPECT_EQ(made.ratio, 0.25);
  EXPECT_EQ(made.text, "007");
  EXPECT_EQ(made.hidden.reveal(), "s3");
  EXPECT_EQ(made.paint, color::light_green);
  EXPECT_EQ(made.maybe, 7u);
  EXPECT_EQ(made.numbers, (std::vector<std::uint32_t>{3, 1, 2}));
  EXPECT_EQ(made.inners, (std::vector<inner>{{"a", 80}, {"b", 81}}));
  EXPECT_EQ(made.named.at("x"), (inner{"c", 80}));
  EXPECT_EQ(made.one, (inner{"d", 82}));
  EXPECT_EQ(made.wait, 30s);
  EXPECT_EQ(made.room.value, 2u << 20);
  EXPECT_EQ(made.tree.find("any")->items.at(0).text, "thing");
}

TEST(config_reader, what_is_absent_keeps_its_default) {
  EXPECT_EQ(read_well(""), everything{});
  EXPECT_EQ(read_well("maybe: ~\nnumbers:\nnamed:\n"), everything{});
}

TEST(config_reader, a_limit_of_text_counts_characters) {
  EXPECT_EQ(read_well("text: десять_літ\n").text, "десять_літ");
}

TEST(config_reader, a_value_from_the_environment_may_be_a_list_with_commas) {
  config::node root;
  root.is = config::node::shape::map;
  config::node given;
  given.is = config::node::shape::scalar;
  given.at = {"HUB__NUMBERS", 0, 0};
  given.text = " 1, 2,3";
  root.members.emplace_back("numbers", given);
  everything to;
  hub::problems found;
  config::read(root, to, found);
  EXPECT_EQ(hub::to_text(found), "");
  EXPECT_EQ(to.numbers, (std::vector<std::uint32_t>{1, 2, 3}));

  root.members[0].second.text = "1,x";
  config::read(root, to, found);
  EXPECT_EQ(hub::to_text(found), "HUB__NUMBERS: numbers[1]: expected a whole number from 0 to 4294967295 (found: x)\n");
  root.members[0].second.text = "";
  found.clear();
  config::read(root, to, found);
  EXPECT_TRUE(found.empty() && to.numbers.empty());
}

TEST(config_reader, names_begin_with_the_path_that_is_given) {
  const auto parsed = config::parse_yaml("port: x\n", "f");
  inner to;
  hub::problems found;
  config::read(parsed.root, to, found, "connectors.viber.main");
  EXPECT_EQ(hub::to_text(found),
            "f:1:1: connectors.viber.main.name: is missing\n"
            "f:1:7: connectors.viber.main.port: expected a whole number from 1 to 65535 (found: x)\n");
}

TEST(config_reader, the_reference_of_a_struct_names_types_defaults_limits_and_the_environment) {
  EXPECT_EQ(config::reference_of<inner>("a.b"),
            "| setting | type | default | limits | meaning | environment |\n| --- | --- | --- | --- | --- | --- |\n"
            "| `a.b.name` | text | required | 1 to 5 characters | Its name. | `HUB__A__B__NAME` |\n"
            "| `a.b.port` | whole number | `80` | 1 to 65535 | A port. | `HUB__A__B__PORT` |\n");
  const auto page = config::reference_of<everything>("");
  EXPECT_NE(
      page.find("| `hidden` | text, secret | `\"\"` | at most 20 characters | A secret. | `HUB__HIDDEN`, `HUB__HIDDEN_FILE` |"),
      std::string::npos);
  EXPECT_NE(page.find("| `wait` | duration | `1s` | 10ms to 1m | A wait. | `HUB__WAIT` |"), std::string::npos);
  EXPECT_NE(page.find("| `paint` | one of red, light_green | `red` |"), std::string::npos);
  EXPECT_NE(page.find("| `one.port` |"), std::string::npos);
}

// ---- staff.yaml -------------------------------------------------------------------------------------------

TEST(config_staff, refuses_an_email_that_is_given_twice_and_names_both_places) {
  const auto read = config::read_staff(
      "staff:\n  - {name: A, email: a@example.test, role: manager}\n  - {name: B, email: A@Example.test, role: admin}\n",
      "s.yaml");
  EXPECT_EQ(hub::to_text(read.problems), "s.yaml:3:22: was given before, at s.yaml:2:22 (found: a@example.test)\n");
  EXPECT_TRUE(read.staff.empty());
}

TEST(config_staff, refuses_unknown_roles_missing_names_and_what_is_no_address) {
  EXPECT_EQ(
      hub::to_text(
          config::read_staff("staff:\n  - {name: A, email: a@b, role: manger}\n  - {email: x, role: admin}\n", "s").problems),
      "s:2:33: staff[0].role: expected one of manager, supervisor, admin, analyst; did you mean manager? (found: manger)\n"
      "s:3:5: staff[1].name: is missing\n"
      "s:3:13: expected an e-mail address (found: x)\n");
  EXPECT_EQ(hub::to_text(config::read_staff("", "s").problems), "s:1:1: staff: is missing\n");
}

TEST(config_staff, reads_people_with_small_letters_in_addresses) {
  const auto read = config::read_staff("staff: [{name: ' Олена ', email: Olena@Example.test, role: supervisor}]\n", "s");
  ASSERT_EQ(hub::to_text(read.problems), "");
  ASSERT_EQ(read.staff.size(), 1u);
  EXPECT_EQ(read.staff[0].name, "Олена");
  EXPECT_EQ(read.staff[0].email, "olena@example.test");
  EXPECT_EQ(read.staff[0].role, config::staff_role::supervisor);
}

TEST(config_staff, both_profiles_have_a_readable_staff_file_with_a_supervisor) {
  for (const std::string profile : {"autodealer", "pilot-cars"}) {
    const auto read = config::read_staff_file(LEADYARD_SOURCE_DIR "/config/profiles/" + profile + "/staff.yaml");
    EXPECT_EQ(hub::to_text(read.problems), "") << profile;
    EXPECT_TRUE(std::any_of(read.staff.begin(), read.staff.end(),
                            [](const auto& p) { return p.role == config::staff_role::supervisor; }));
  }
}

}  // namespace
