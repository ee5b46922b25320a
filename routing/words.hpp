#pragma once
// Whole-word matching of Ukrainian, Russian and English texts: case, accents and punctuation do not matter,
// letters do. Called by match() for every message that meets a rule with `words`. Pure, any thread; nothing fails:
// bytes that are not UTF-8 separate words.
//
// What is one word: a run of letters and digits, with an apostrophe of any kind (' ’ ʼ ‘ ` ´ ′) inside. Everything
// else separates. What is equal:
//   - upper and lower case, wide and ligature forms (NFKC case folding);
//   - a Latin or Greek letter with and without its accent (é = e);
//   - a Cyrillic letter with and without a stress mark (за́мок = замок), and ё = е;
//   - all kinds of apostrophe; soft hyphens and zero-width characters are not there at all.
// What stays different: й and и, ї and і, ґ and г, ў and у: they are letters of their own.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace routing {

/// A text cut into folded words, each with its bytes [from, to) in the original.
class folded_text {
 public:
  explicit folded_text(std::string_view text);

  struct word {
    std::string_view folded;
    std::size_t from;
    std::size_t to;
  };
  std::size_t size() const { return words_.size(); }
  word operator[](std::size_t i) const;

 private:
  friend class word_cutter;
  struct span {
    std::uint32_t begin, end;  // in letters_
    std::uint32_t from, to;    // in the original
  };
  std::string letters_;
  std::vector<span> words_;
};

/// All words and phrases of a rule set, so that a text is looked through once for all of them.
class word_index {
 public:
  static constexpr std::size_t longest_phrase = 10;  ///< words

  /// The number of a phrase; the same for phrases that are equal when folded. Nothing when there is no word in
  /// it or more than longest_phrase.
  std::optional<std::uint32_t> add(std::string_view phrase);

  struct hit {
    std::uint32_t phrase;
    std::size_t from;  ///< bytes of the original text
    std::size_t to;
  };
  /// The first place of each phrase that is in the text, in the order of the text.
  std::vector<hit> find(const folded_text& text) const;

  /// As it was first written.
  const std::string& written(std::uint32_t phrase) const { return written_[phrase]; }

 private:
  struct hash_text {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  static std::uint64_t step(std::uint32_t node, std::uint32_t word) { return (std::uint64_t{node} << 32) | word; }

  std::unordered_map<std::string, std::uint32_t, hash_text, std::equal_to<>> words_;
  // A trie of word numbers: node 0 is the beginning of a phrase; ends_[node] is the phrase that ends there, plus 1.
  std::unordered_map<std::uint64_t, std::uint32_t> next_;
  std::vector<std::uint32_t> ends_ = {0};
  std::vector<std::string> written_;
};

}  // namespace routing
