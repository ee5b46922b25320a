// Which answers are compressed, and that they are what they were.

#include "hub/http/gzip.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace hub::http {
namespace {

request asking(std::string encodings) {
  request made;
  made.head.set("Accept-Encoding", std::move(encodings));
  return made;
}

std::string plain(const std::string& packed) {
  z_stream with{};
  EXPECT_EQ(inflateInit2(&with, MAX_WBITS + 16), Z_OK);
  std::string made(1 << 20, '\0');
  with.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  with.avail_in = static_cast<uInt>(packed.size());
  with.next_out = reinterpret_cast<Bytef*>(made.data());
  with.avail_out = static_cast<uInt>(made.size());
  EXPECT_EQ(inflate(&with, Z_FINISH), Z_STREAM_END);
  made.resize(with.total_out);
  inflateEnd(&with);
  return made;
}

std::string rows(int count) {
  std::string made = "[";
  for (int i = 0; i < count; ++i) made += R"({"id":)" + std::to_string(i) + R"(,"customer":"Олена","stage":"new"},)";
  return made + "{}]";
}

TEST(gzip, is_taken_by_those_who_say_so) {
  for (const auto* said : {"gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8", "identity, gzip"})
    EXPECT_TRUE(takes_gzip(asking(said))) << said;
  for (const auto* said : {"", "identity", "br", "gzip;q=0", "gzip;q=0.0, br"}) EXPECT_FALSE(takes_gzip(asking(said))) << said;
  EXPECT_FALSE(takes_gzip({}));
}

TEST(gzip, keeps_what_was_said) {
  for (const int count : {40, 200, 5000}) {
    const auto said = rows(count);
    auto answer = response::json(200, said);
    compress(answer, asking("gzip, br"));
    ASSERT_TRUE(answer.head.find("Content-Encoding"));
    EXPECT_EQ(*answer.head.find("Content-Encoding"), "gzip");
    EXPECT_EQ(*answer.head.find("Vary"), "Accept-Encoding");
    EXPECT_LT(answer.body.size() * 4, said.size());
    EXPECT_EQ(plain(answer.body), said);
  }
}

TEST(gzip, leaves_alone_what_is_small_packed_already_or_not_wanted_so) {
  auto small = response::json(200, rows(3));
  compress(small, asking("gzip"));
  EXPECT_FALSE(small.head.find("Content-Encoding"));
  EXPECT_EQ(small.body, rows(3));

  auto packed = response::json(200, rows(100));
  packed.head.set("Content-Encoding", "br");
  compress(packed, asking("gzip"));
  EXPECT_EQ(packed.body, rows(100));

  auto unwanted = response::json(200, rows(100));
  compress(unwanted, asking("br"));
  EXPECT_FALSE(unwanted.head.find("Content-Encoding"));
  EXPECT_TRUE(unwanted.head.find("Vary")) << "a cache between must not give the one to who takes the other";
  EXPECT_EQ(unwanted.body, rows(100));
}

}  // namespace
}  // namespace hub::http
