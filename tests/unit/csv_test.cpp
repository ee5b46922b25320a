// The reader of sheets: what RFC 4180 allows is read, everything else is told with its place and without the text.

#include "hub/base/csv.hpp"
#include "hub/ctl/import_sheet.hpp"

#include <gtest/gtest.h>

namespace {

using hub::csv_reader;
using hub::csv_row;

std::vector<csv_row> rows_of(std::string_view text, hub::csv_limits limits = {}) {
  csv_reader reader(text, limits);
  std::vector<csv_row> rows;
  for (csv_row row; reader.next(row);) rows.push_back(row);
  return rows;
}

std::vector<std::string> texts(const csv_row& row) {
  std::vector<std::string> made;
  for (const auto& field : row.fields) made.push_back(field.text);
  return made;
}

using list = std::vector<std::string>;

TEST(csv, reads_quoted_fields_with_separators_quotation_marks_and_line_breaks_in_them) {
  const auto rows = rows_of("\xEF\xBB\xBFid,name\r\n1,\"Коваль, \"\"Олена\"\"\r\nдруга\"\r\n\r\n2,\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(texts(rows[0]), (list{"id", "name"}));
  EXPECT_EQ(texts(rows[1]), (list{"1", "Коваль, \"Олена\"\r\nдруга"}));
  EXPECT_EQ(texts(rows[2]), (list{"2", ""}));
  EXPECT_EQ(rows[1].line, 2u);
  EXPECT_EQ(rows[2].line, 5u);
  for (const auto& row : rows) EXPECT_TRUE(row.faults.empty());
}

TEST(csv, takes_the_separator_the_header_has_more_of_and_counts_columns_in_characters) {
  csv_reader reader("ід;\"ім'я; або, назва\";пошта\n1;Олена;x\n");
  EXPECT_EQ(reader.separator(), ';');
  csv_row row;
  ASSERT_TRUE(reader.next(row));
  ASSERT_TRUE(reader.next(row));
  EXPECT_EQ(texts(row), (list{"1", "Олена", "x"}));
  EXPECT_EQ(row.fields[2].column, 9u);
  EXPECT_EQ(row.fields[2].line, 2u);
}

TEST(csv, says_what_is_wrong_with_a_row_and_goes_on_with_the_next) {
  const auto rows = rows_of("a,b\n1,x\"y\n\"1\"z,2\n\xFF,2\n1\r2,3\n5,6\n\"7,8\n9,9\n");
  ASSERT_EQ(rows.size(), 7u);
  const auto fault = [&](std::size_t at) {
    const auto& all = rows[at].faults;
    return all.size() == 1 ? std::to_string(all[0].line) + ":" + std::to_string(all[0].column) + " " + all[0].what
                           : std::string();
  };
  EXPECT_EQ(fault(1), "2:4 a quotation mark inside a field that does not begin with one");
  EXPECT_EQ(fault(2), "3:4 something stands between the closing quotation mark and the separator");
  EXPECT_EQ(fault(3), "4:1 is no UTF-8: save the file as \"CSV UTF-8\"");
  EXPECT_EQ(fault(4), "5:2 a carriage return without a line feed");
  EXPECT_TRUE(rows[5].faults.empty());
  EXPECT_EQ(fault(6), "7:1 the quotation mark that begins here is never closed");
}

TEST(csv, refuses_more_columns_and_longer_fields_than_its_limits) {
  const auto rows = rows_of("a,b,c,d,e\n123456,2\n12345,3\n", {.columns = 3, .field_bytes = 5});
  ASSERT_EQ(rows.size(), 3u);
  ASSERT_EQ(rows[0].faults.size(), 1u);
  EXPECT_EQ(rows[0].faults[0].what, "more than 3 columns");
  ASSERT_EQ(rows[1].faults.size(), 1u);
  EXPECT_EQ(rows[1].faults[0].what, "a field of more than 5 bytes");
  EXPECT_TRUE(rows[2].faults.empty());
}

TEST(csv, ends_at_the_end_of_an_empty_file_and_of_one_without_a_last_line_end) {
  EXPECT_TRUE(rows_of("").empty());
  EXPECT_TRUE(rows_of("\xEF\xBB\xBF\n\r\n").empty());
  EXPECT_EQ(texts(rows_of("a,").at(0)), (list{"a", ""}));
  EXPECT_EQ(texts(rows_of("\"a\"").at(0)), (list{"a"}));
}

TEST(sheet, compares_headings_whatever_the_size_of_letters_and_the_kind_of_apostrophe) {
  EXPECT_EQ(hub::ctl::heading_key(" ІМ’Я "), "ім'я");
  EXPECT_EQ(hub::ctl::heading_key("First_Name"), "first name");
  EXPECT_EQ(hub::ctl::heading_key("E-Mail"), "e mail");
  EXPECT_EQ(hub::ctl::heading_key("ЄДРПОУ Ґ Ї"), "єдрпоу ґ ї");
}

TEST(sheet, makes_one_form_of_the_forms_of_a_phone_number) {
  for (const char* typed :
       {"+380000000001", "+38 (000) 000-00-01", "00380000000001", "380000000001", " +38\u00A0000.000/00\u201301 "})
    EXPECT_EQ(hub::ctl::e164_of(typed), "+380000000001") << typed;
  EXPECT_EQ(hub::ctl::e164_of("(012) 345-67-89"), "+380123456789");
  EXPECT_EQ(hub::ctl::e164_of("+1 202 555 0143"), "+12025550143");
  EXPECT_EQ(hub::ctl::e164_of("0012025550143"), "+12025550143");
  for (const char* typed : {"", "+", "call me", "12345", "+38000000000", "+3800000000012", "+0202555014"})
    EXPECT_FALSE(hub::ctl::e164_of(typed)) << typed;
}

TEST(sheet, never_shows_a_value_with_a_number_in_it) {
  EXPECT_EQ(hub::ctl::shown("tel +380000000001"), "");
  EXPECT_EQ(hub::ctl::shown("olena"), "olena");
  EXPECT_EQ(hub::ctl::kept_id(hub::secret("k"), "17"), "17");
  EXPECT_TRUE(hub::ctl::kept_id(hub::secret("k"), "380000000001").starts_with("fp:"));
}

}  // namespace
