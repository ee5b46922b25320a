// Small pictures: of what can be decoded within bounds, and of nothing else.

#include "tests/integration/api_fixture.hpp"

#include <array>
#include <filesystem>
#include <fstream>

namespace hub::api {
namespace {

std::string big_endian(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}

std::uint32_t crc32_of(const std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const unsigned char c : bytes) {
    crc ^= c;
    for (int i = 0; i < 8; ++i) crc = crc & 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
  }
  return ~crc;
}

std::string chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data + big_endian(crc32_of(type + data));
}

/// A grey PNG whose header claims these sides and which holds `rows` of them, packed without compressing.
std::string png(std::uint32_t width, std::uint32_t height, std::uint32_t rows) {
  const std::string line = std::string(1, '\0') + std::string(width, '\x40');
  std::string raw, packed = "\x78\x01";
  for (std::uint32_t y = 0; y < rows; ++y) raw += line;
  for (std::size_t at = 0; at < raw.size(); at += 65535) {
    const auto piece = raw.substr(at, 65535);
    const auto size = static_cast<std::uint16_t>(piece.size()), inverse = static_cast<std::uint16_t>(~size);
    packed += std::string{static_cast<char>(at + 65535 >= raw.size()), static_cast<char>(size), static_cast<char>(size >> 8),
                          static_cast<char>(inverse), static_cast<char>(inverse >> 8)} +
              piece;
  }
  std::uint32_t a = 1, b = 0;
  for (const unsigned char c : raw) {
    a = (a + c) % 65521;
    b = (b + a) % 65521;
  }
  packed += big_endian(b << 16 | a);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", big_endian(width) + big_endian(height) + std::string("\x08\x00\x00\x00\x00", 5)) +
         chunk("IDAT", packed) + chunk("IEND", "");
}

/// Width and height in a baseline JPEG.
std::pair<int, int> sides_of(const std::string& jpeg) {
  const auto byte = [&](std::size_t at) { return static_cast<int>(static_cast<unsigned char>(jpeg.at(at))); };
  for (std::size_t at = 2; at + 9 < jpeg.size();) {
    if (byte(at + 1) == 0xc0 || byte(at + 1) == 0xc2) return {byte(at + 7) << 8 | byte(at + 8), byte(at + 5) << 8 | byte(at + 6)};
    at += 2 + static_cast<std::size_t>(byte(at + 2) << 8 | byte(at + 3));
  }
  return {0, 0};
}

class thumbnails : public api {
 protected:
  /// The file of ann's lead, with these bytes.
  static std::string picture(const std::string& bytes) {
    const auto lead = make_lead("Picture", "sales", "ann");
    auto file = hub_->with->media.begin();
    file.write(bytes);
    const auto kept = file.finish();
    hub_->run("update hub.media set sha256 = $2, file_path = $3, size = $4 where id = $1", media_[lead], kept.sha256, kept.path,
              static_cast<std::int64_t>(kept.size));
    original_ = hub_->with->media.find(kept.sha256);
    return "/api/v1/media/" + std::to_string(media_[lead]) + "/thumbnail";
  }
  static std::string read(const std::string& path) {
    std::ifstream from(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(from), {}};
  }
  inline static std::string original_;
};

TEST_F(thumbnails, are_small_jpegs_made_once_of_an_original_that_stays_as_it_is) {
  const auto bytes = png(1200, 300, 300);
  const auto path = picture(bytes);
  const auto small = hub_->get(path + "?size=240", sessions_["ann"]);
  ASSERT_EQ(small.status, 200) << small.body;
  EXPECT_EQ(header(small, "Content-Type"), "image/jpeg");
  EXPECT_EQ(header(small, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(sides_of(small.body), std::pair(240, 60));
  EXPECT_EQ(sides_of(hub_->get(path + "?size=96", sessions_["ann"]).body), std::pair(96, 24));
  EXPECT_EQ(read(original_), bytes);
  auto again = hub_->to("GET", path, sessions_["ann"]);
  again.head.set("If-None-Match", header(small, "ETag"));
  EXPECT_EQ(hub_->ask(again).status, 304);
  const auto kept = hub_->with->thumbnails;
  std::size_t files = 0;
  for (const auto& one : std::filesystem::recursive_directory_iterator(kept)) files += one.is_regular_file();
  hub_->get(path + "?size=240", sessions_["ann"]);
  for (const auto& one : std::filesystem::recursive_directory_iterator(kept)) files -= one.is_regular_file();
  EXPECT_EQ(files, 0u);
}

TEST_F(thumbnails, are_never_larger_than_the_picture) {
  EXPECT_EQ(sides_of(hub_->get(picture(png(50, 80, 80)) + "?size=960", sessions_["ann"]).body), std::pair(50, 80));
}

TEST_F(thumbnails, are_not_made_of_bombs_lies_and_broken_files) {
  const auto refused = [](const std::string& bytes) {
    const auto path = picture(bytes);
    const auto first = hub_->get(path, sessions_["ann"]).status, second = hub_->get(path, sessions_["ann"]).status;
    EXPECT_EQ(first, second);
    return first;
  };
  EXPECT_EQ(refused(png(50'000, 50'000, 1)), 415) << "2.5 gigapixels in a kilobyte";
  EXPECT_EQ(refused(png(8'000, 6'300, 1)), 415) << "just over 50 megapixels";
  EXPECT_EQ(refused(png(4'000'000'000U, 1, 0)), 415);
  EXPECT_EQ(refused(png(500, 500, 100)), 415) << "ends too early";
  EXPECT_EQ(refused("<html><script>alert(1)</script></html>"), 415);
  EXPECT_EQ(refused("\xff\xd8\xff\xe0 no JPEG"), 415);
  // A progressive JPEG that claims 49 megapixels in three components and needs more memory than it gets.
  const std::string head("\xff\xd8\xff\xc2\x00\x11\x08\x1b\x58\x1b\x58\x03\x01\x22\x00\x02\x11\x00\x03\x11\x00", 21);
  EXPECT_EQ(refused(head + std::string("\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x00\x00", 14) + std::string(1000, 'x')),
            415);
}

TEST_F(thumbnails, are_for_whoever_may_see_the_file) {
  const auto path = picture(png(300, 300, 300));
  EXPECT_EQ(hub_->get(path, sessions_["sue"]).status, 200);
  EXPECT_EQ(hub_->get(path, sessions_["bob"]).status, 404);
  EXPECT_EQ(hub_->get(path, sessions_["ian"]).status, 403);
  EXPECT_EQ(hub_->get(path + "?size=1000", sessions_["ann"]).status, 400);
}

}  // namespace
}  // namespace hub::api
