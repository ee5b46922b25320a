#include "config/node.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace {

using config::node;
using config::parse_yaml;

struct refusal {
  std::string yaml;
  std::string told;  // every problem, one line each
};

std::string problems_of(const std::string& yaml) { return hub::to_text(parse_yaml(yaml, "f").problems); }

TEST(config_node, refuses_bad_documents_with_file_line_and_column) {
  using namespace std::string_literals;
  const std::vector<refusal> cases{
      // Keys.
      {"a: 1\na: 2\n", "f:2:1: the key `a` was given before, at f:1:1\n"},
      {"a:\n  b: 1\n  c: 2\n  b: 3\n", "f:4:3: the key `b` was given before, at f:2:3\n"},
      {"{a: 1, 'a': 2}\n", "f:1:8: the key `a` was given before, at f:1:2\n"},
      {"a: 1\na: 2\na: 3\n", "f:2:1: the key `a` was given before, at f:1:1\nf:3:1: the key `a` was given before, at f:1:1\n"},
      {"- x: 1\n  x: 2\n", "f:2:3: the key `x` was given before, at f:1:3\n"},
      {"ключ: {я: 1, я: 2}\n", "f:1:14: the key `я` was given before, at f:1:8\n"},
      {"? [a]\n: 1\n", "f:1:3: a key must be text, not a list or a map\n"},
      {"? {a: 1}\n: 1\n", "f:1:3: a key must be text, not a list or a map\n"},
      {"~: 1\n", "f:1:1: a key must be text\n"},
      {"{a: 1, : 2}\n", "f:1:8: a key must be text\n"},
      // What YAML can do and this reader does not want.
      {"a: &x 1\n", "f:1:4: anchors (&) are not allowed here; write the value out where it is needed\n"},
      {"a: &x {b: 1}\n", "f:1:4: anchors (&) are not allowed here; write the value out where it is needed\n"},
      {"a: &x [b]\n", "f:1:4: anchors (&) are not allowed here; write the value out where it is needed\n"},
      {"a: &x\nb: 1\n", "f:1:4: anchors (&) are not allowed here; write the value out where it is needed\n"},
      {"a: &x 1\nb: *x\n",
       "f:1:4: anchors (&) are not allowed here; write the value out where it is needed\n"
       "f:2:4: aliases (*) are not allowed here; write the value out\n"},
      {"a: *unknown\nb: [1, *other]\nb: 2\n",
       "f:1:4: aliases (*) are not allowed here; write the value out\n"
       "f:2:8: aliases (*) are not allowed here; write the value out\n"
       "f:3:1: the key `b` was given before, at f:2:1\n"},
      {"a: {<<: {b: 1}}\n", "f:1:5: merge keys (<<) are not allowed here; write the values out\n"},
      {"a: !!str 1\n", "f:1:4: tags (!) are not allowed here; quote the value to make it text\n"},
      {"a: !own {b: 1}\n", "f:1:4: tags (!) are not allowed here; quote the value to make it text\n"},
      {"a: ! 5\n", "f:1:4: tags (!) are not allowed here; quote the value to make it text\n"},
      {"a: ! [5]\n", "f:1:4: tags (!) are not allowed here; quote the value to make it text\n"},
      {"a: 1\n---\nb: 2\n", "f:2:1: a second document begins here; one file holds one\n"},
      {"a: 1\n...\n---\n", "f:3:1: a second document begins here; one file holds one\n"},
      // Not YAML.
      {"a: [1, 2\n", "f:2:1: not YAML: end of sequence flow not found\n"},
      {"a: {b: 1\n", "f:2:1: not YAML: end of map flow not found\n"},
      {"a: 'x", "f:1:6: not YAML: illegal EOF in scalar\n"},
      {"a: 1\nb: 'x\n", "f:2:4: the quote that opens here is never closed\n"},
      {"a: 'it''s\n", "f:1:4: the quote that opens here is never closed\n"},
      {"a: \"x\\\"\n", "f:1:4: the quote that opens here is never closed\n"},
      {"a: 1\n  b: 2\n", "f:2:4: not YAML: illegal map value\n"},
      {"a: b: c\n", "f:1:5: not YAML: illegal map value\n"},
      {"a:\n\t- 1\n", "f:2:2: not YAML: illegal block entry\n"},
      {"a: \"\\q\"\n", "f:1:7: not YAML: unknown escape character: q\n"},
      {"a: @x\n", "f:1:4: not YAML: unknown token\n"},
      // Bytes.
      {"a: x\0y\n"s, "f:1:5: a NUL byte (found: byte 0)\n"},
      {"a: 1\nb: \x04\n", "f:2:4: a control character (found: byte 4)\n"},
      {"a: 1\rb: 2\n", "f:1:5: a control character (found: byte 13)\n"},
      {"a: 1\nім'я: \xff\n", "f:2:7: the text is not UTF-8\n"},
      {"a: \xc0\xaf\n", "f:1:4: the text is not UTF-8\n"},
      {"a: \xed\xa0\x80\n", "f:1:4: the text is not UTF-8\n"},
      {"a: \xd0", "f:1:4: the text is not UTF-8\n"},
      // Size.
      {std::string((256 << 10) + 1, '#'), "f: is larger than 256 KiB\n"},
  };
  for (const auto& one : cases) EXPECT_EQ(problems_of(one.yaml), one.told) << one.yaml.substr(0, 200);
}

std::string nested(int levels) {
  std::string yaml;
  for (int i = 0; i < levels; ++i) yaml += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  return yaml + std::string(static_cast<std::size_t>(levels), ' ') + "b\n";
}

TEST(config_node, takes_32_levels_and_no_33rd) {
  EXPECT_EQ(problems_of(nested(32)), "");
  EXPECT_EQ(problems_of(nested(33)), "f:33:33: is nested deeper than 32 levels\n");
}

TEST(config_node, ten_thousand_levels_are_refused_quickly) {
  const auto began = std::chrono::steady_clock::now();
  for (const std::string& one :
       {std::string("["), std::string("{a: "), std::string("- "), std::string("? "), std::string("[a, ")}) {
    std::string yaml;
    for (int i = 0; i < 10'000; ++i) yaml += one;
    EXPECT_NE(problems_of(yaml), "");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST(config_node, an_alias_bomb_costs_nothing) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 0; n < 8; ++n) yaml += ", " + before;
    yaml += "]\n";
  }
  const auto parsed = parse_yaml(yaml, "f");
  EXPECT_EQ(parsed.problems.size(), 30u + 29u * 9u);
  EXPECT_TRUE(parsed.root.find("a29")->items.empty());
}

TEST(config_node, keeps_scalars_as_they_were_written) {
  const auto parsed = parse_yaml("a: 010\nb: no\nc: \"7\"\nd: '~'\ne: |\n  two\n  lines\nf: 1e3\n", "f");
  ASSERT_TRUE(parsed.problems.empty());
  const auto& root = parsed.root;
  EXPECT_EQ(root.find("a")->text, "010");
  EXPECT_FALSE(root.find("a")->quoted);
  EXPECT_EQ(root.find("b")->text, "no");
  EXPECT_EQ(root.find("c")->text, "7");
  EXPECT_TRUE(root.find("c")->quoted);
  EXPECT_EQ(root.find("d")->is, node::shape::scalar);
  EXPECT_EQ(root.find("e")->text, "two\nlines\n");
  EXPECT_TRUE(root.find("e")->quoted);
  EXPECT_EQ(root.find("f")->text, "1e3");
}

TEST(config_node, null_is_a_tilde_the_word_or_nothing_and_never_quoted) {
  const auto parsed = parse_yaml("a: ~\nb:\nc: null\nd: 'null'\ne: \"\"\n", "f");
  ASSERT_TRUE(parsed.problems.empty());
  for (const auto* name : {"a", "b", "c"}) EXPECT_EQ(parsed.root.find(name)->is, node::shape::null) << name;
  for (const auto* name : {"d", "e"}) EXPECT_EQ(parsed.root.find(name)->is, node::shape::scalar) << name;
}

TEST(config_node, an_empty_value_has_the_place_of_its_key) {
  const auto parsed = parse_yaml("a:\n  b:\n\n\nnull_like:\nc: ~\nd: {e: , f: 1}\n", "f");
  ASSERT_TRUE(parsed.problems.empty());
  const auto at = [](const node& n) { return config::to_text(n.at); };
  EXPECT_EQ(at(*parsed.root.find("a")->find("b")), "f:2:3");
  EXPECT_EQ(at(*parsed.root.find("null_like")), "f:5:1");
  EXPECT_EQ(at(*parsed.root.find("c")), "f:6:4");
  EXPECT_EQ(at(*parsed.root.find("d")->find("e")), "f:7:5");
}

TEST(config_node, columns_count_characters_and_lines_begin_at_one) {
  const auto parsed = parse_yaml("\xEF\xBB\xBF# коментар\r\nназва: {довга: 'ї', x: y}\r\n", "f");
  ASSERT_TRUE(parsed.problems.empty());
  const auto* inner = parsed.root.find("назва")->find("x");
  EXPECT_EQ(config::to_text(inner->at), "f:2:24");
  EXPECT_EQ(config::to_text(inner->key_at), "f:2:21");
}

TEST(config_node, members_stay_in_written_order) {
  const auto parsed = parse_yaml("z: 1\na: 2\nm: [3, {k: 4}]\n", "f");
  ASSERT_EQ(parsed.root.members.size(), 3u);
  EXPECT_EQ(parsed.root.members[0].first, "z");
  EXPECT_EQ(parsed.root.members[1].first, "a");
  EXPECT_EQ(parsed.root.members[2].second.items[1].find("k")->text, "4");
}

TEST(config_node, an_empty_file_is_null_without_problems) {
  for (const std::string yaml : {"", "\n", "# only a comment", "---\n", "---\n...\n"}) {
    const auto parsed = parse_yaml(yaml, "f");
    EXPECT_TRUE(parsed.problems.empty()) << yaml;
    EXPECT_EQ(parsed.root.is, node::shape::null) << yaml;
  }
}

TEST(config_node, a_file_that_cannot_be_read_is_a_problem) {
  EXPECT_EQ(hub::to_text(config::parse_yaml_file("/nowhere/hub.yaml").problems),
            "/nowhere/hub.yaml: cannot be read: No such file or directory\n");
  EXPECT_EQ(hub::to_text(config::parse_yaml_file("/").problems), "/: cannot be read: Is a directory\n");
}

TEST(config_node, a_long_file_is_refused_without_reading_it_all) {
  const auto path = std::filesystem::temp_directory_path() / ("leadyard_long_" + std::to_string(::getpid()) + ".yaml");
  {
    std::ofstream file(path);
    for (int i = 0; i < 100'000; ++i) file << "k" << i << ": v\n";
  }
  EXPECT_EQ(hub::to_text(config::parse_yaml_file(path.string()).problems), path.string() + ": is larger than 256 KiB\n");
  std::filesystem::remove(path);
}

}  // namespace
