// The media store: what is visible when, what a killed process leaves, and what a file really is.

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/media/store.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using hub::media::store;

const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\6\0\0\0\x1f\x15\xc4\x89", 33);
const std::string jpeg("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", 20);

class media_store : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "leadyard-media-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory = name;
  }
  void TearDown() override { fs::remove_all(directory); }

  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t temporary_files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory + "/tmp"), {}));
  }
  /// Every file that can be reached by a name, with the hash of its bytes.
  std::vector<std::pair<std::string, std::string>> kept_files() const {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
      if (entry.is_regular_file() && entry.path().parent_path().filename() != "tmp")
        all.emplace_back(entry.path().filename(), hub::to_hex(hub::sha256(read(entry.path()))));
    return all;
  }
  static hub::media::stored put(store& into, const std::string& bytes) {
    auto file = into.begin();
    file.write(bytes);
    return file.finish();
  }

  std::string directory;
};

TEST_F(media_store, keeps_bytes_identical_under_their_hash) {
  store s(directory);
  const auto made = put(s, png);
  EXPECT_EQ(made.sha256, hub::to_hex(hub::sha256(png)));
  EXPECT_EQ(made.path, made.sha256.substr(0, 2) + "/" + made.sha256.substr(2, 2) + "/" + made.sha256);
  EXPECT_EQ(made.size, png.size());
  EXPECT_EQ(made.type, "image/png");
  EXPECT_EQ(read(s.find(made.sha256)), png);
}

TEST_F(media_store, shows_nothing_before_the_file_is_finished) {
  store s(directory);
  auto file = s.begin();
  file.write(png);
  EXPECT_TRUE(s.find(hub::to_hex(hub::sha256(png))).empty());
  EXPECT_EQ(temporary_files(), 1u);
  file.finish();
  EXPECT_FALSE(s.find(hub::to_hex(hub::sha256(png))).empty());
  EXPECT_EQ(temporary_files(), 0u);
}

TEST_F(media_store, removes_the_temporary_file_of_an_abandoned_writer) {
  store s(directory);
  {
    auto file = s.begin();
    file.write("half a photo");
  }
  EXPECT_EQ(temporary_files(), 0u);
  EXPECT_TRUE(kept_files().empty());
}

TEST_F(media_store, keeps_the_same_bytes_once_also_from_many_threads) {
  store s(directory);
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i)
    writers.emplace_back([&] {
      for (int n = 0; n < 25; ++n) put(s, jpeg);
    });
  for (auto& each : writers) each.join();
  EXPECT_EQ(kept_files().size(), 1u);
  EXPECT_EQ(temporary_files(), 0u);
}

TEST_F(media_store, takes_bytes_in_pieces_of_any_size) {
  store s(directory);
  std::string whole;
  auto file = s.begin();
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string piece(i * 7 % 1000, static_cast<char>(i));
    whole += piece;
    file.write(piece);
  }
  EXPECT_EQ(file.size(), whole.size());
  EXPECT_EQ(file.finish().sha256, hub::to_hex(hub::sha256(whole)));
}

TEST_F(media_store, leaves_the_temporary_files_of_a_living_process_alone_and_removes_those_of_a_dead_one) {
  store first(directory);
  auto living = first.begin();
  living.write("still coming");
  std::ofstream(directory + "/tmp/left-behind") << "half a photo";
  store second(directory);
  EXPECT_EQ(temporary_files(), 1u);
  EXPECT_FALSE(second.find(living.finish().sha256).empty());
}

TEST_F(media_store, finds_nothing_for_what_is_not_a_hash) {
  store s(directory);
  put(s, png);
  EXPECT_TRUE(s.find("").empty());
  EXPECT_TRUE(s.find("../../../etc/passwd").empty());
  EXPECT_TRUE(s.find(std::string(64, '/')).empty());
  EXPECT_TRUE(s.find(std::string(64, 'a')).empty());
}

TEST_F(media_store, removes_the_bytes_of_a_hash) {
  store s(directory);
  const auto made = put(s, png);
  s.remove(made.sha256);
  EXPECT_TRUE(s.find(made.sha256).empty());
  s.remove(made.sha256);
}

TEST_F(media_store, calls_a_full_disk_transient_and_leaves_nothing_behind) {
  // A limit on the size of files stands for the full disk: the kernel refuses the write in the same place.
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    store s(directory);
    const rlimit small{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &small);
    try {
      put(s, std::string(100'000, 'x'));
      _exit(1);
    } catch (const hub::error& e) {
      _exit(e.kind() == hub::failure::transient ? 0 : 2);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(temporary_files(), 0u);
  EXPECT_TRUE(kept_files().empty());
}

#ifdef LEADYARD_FAILPOINTS
/// What the killed process runs; started by the next test as a program of its own, since failpoints are read once.
TEST(media_store_child, DISABLED_writes_one_file) {
  store s(std::getenv("LEADYARD_MEDIA_DIRECTORY"));
  auto file = s.begin();
  file.write(std::string(50'000, 'a'));
  file.write("the end");
  file.finish();
}

TEST_F(media_store, never_shows_a_short_file_wherever_the_writer_is_killed) {
  for (const std::string place : {"media.partial", "media.synced", "media.renamed"}) {
    const pid_t child = fork();
    if (child == 0) {
      setenv("LEADYARD_FAILPOINTS", (place + "=kill").c_str(), 1);
      setenv("LEADYARD_MEDIA_DIRECTORY", directory.c_str(), 1);
      execl("/proc/self/exe", "media", "--gtest_also_run_disabled_tests", "--gtest_filter=media_store_child.*",
            "--gtest_brief=1", nullptr);
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << place;
    for (const auto& [name, hash] : kept_files()) EXPECT_EQ(name, hash) << place;
    store after(directory);
    EXPECT_EQ(temporary_files(), 0u) << place;
    const std::string whole = std::string(50'000, 'a') + "the end";
    EXPECT_EQ(read(after.find(put(after, whole).sha256)), whole) << place;
  }
}
#endif

TEST(media_kind, lets_the_bytes_decide) {
  EXPECT_EQ(hub::media::sniff_type(png), "image/png");
  EXPECT_EQ(hub::media::sniff_type(jpeg), "image/jpeg");
  EXPECT_EQ(hub::media::sniff_type("<!DOCTYPE html><html><body>hello</body></html>"), "text/html");
  EXPECT_EQ(hub::media::sniff_type("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), "application/pdf");
  EXPECT_EQ(hub::media::sniff_type(""), "application/octet-stream");
}

TEST(media_kind, refuses_a_photo_that_is_a_page_a_script_or_a_program) {
  using hub::media::sniff_type;
  using hub::media::why_not;
  EXPECT_EQ(why_not("photo", sniff_type(png)), "");
  EXPECT_EQ(why_not("photo", "image/heic"), "");
  EXPECT_NE(why_not("photo", sniff_type("<!DOCTYPE html><html><script>alert(1)</script></html>")), "");
  EXPECT_NE(why_not("photo", sniff_type("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>")), "");
  EXPECT_NE(why_not("photo", sniff_type("#!/bin/sh\necho hello\n")), "");
  EXPECT_NE(why_not("photo", "application/pdf"), "");
}

TEST(media_kind, keeps_documents_as_files_but_nothing_that_runs) {
  using hub::media::why_not;
  EXPECT_EQ(why_not("file", "application/pdf"), "");
  EXPECT_EQ(why_not("file", "text/html"), "");
  EXPECT_EQ(why_not("file", "application/octet-stream"), "");
  EXPECT_NE(why_not("file", "application/x-dosexec"), "");
  EXPECT_NE(why_not("file", "application/x-pie-executable"), "");
  EXPECT_NE(why_not("file", "application/vnd.android.package-archive"), "");
}

TEST(media_kind, takes_a_container_without_pictures_for_a_voice_note) {
  using hub::media::why_not;
  EXPECT_EQ(why_not("voice_note", "audio/ogg"), "");
  EXPECT_EQ(why_not("voice_note", "video/mp4"), "");
  EXPECT_NE(why_not("voice_note", "image/png"), "");
  EXPECT_EQ(why_not("video", "video/mp4"), "");
  EXPECT_NE(why_not("video", "audio/ogg"), "");
}

}  // namespace
