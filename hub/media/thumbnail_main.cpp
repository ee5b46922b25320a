// hub-thumbnail SIZE < picture > small.jpg: makes a small JPEG of a JPEG or PNG that a stranger sent. Started by hub-api for
// one picture, with nothing open but these two. Before it looks at a byte it gives up everything a decoder needs not:
// 256 MB of address space, 5 s of processor, no file, no socket, no other program (seccomp, where the kernel has it).
// Exit code 0: the picture is on standard output; 3: no picture this makes small ones of, over 50 megapixels, or broken.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <jpeglib.h>
#include <png.h>

namespace {

constexpr int no_picture = 3;
constexpr std::uint64_t most_pixels = 50'000'000;
constexpr std::size_t most_input = 64 << 20;
constexpr rlim_t most_memory = 256 << 20;

struct picture {
  std::uint32_t width = 0, height = 0;
  std::vector<unsigned char> rgb;
};

void limit(int what, rlim_t most) {
  const rlimit to{most, most};
  if (::setrlimit(static_cast<__rlimit_resource>(what), &to) != 0) std::_Exit(1);
}

/// What malloc and write need; anything else ends the process.
void lock_in() {
#if defined(__x86_64__)
  constexpr std::uint32_t machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  constexpr std::uint32_t machine = AUDIT_ARCH_AARCH64;
#else
  return;
#endif
  constexpr unsigned char allowed = 0, refused = 1;
  std::vector<sock_filter> code{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  for (const int call : {SYS_read, SYS_write, SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex, SYS_exit,
                         SYS_exit_group, SYS_rt_sigreturn}) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), allowed, refused));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

std::vector<unsigned char> read_input() {
  std::vector<unsigned char> made;
  std::size_t size = 0;
  for (;;) {
    if (size == made.size()) made.resize(made.empty() ? 1 << 20 : made.size() * 2);
    const auto n = ::read(0, made.data() + size, made.size() - size);
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
    if (size > most_input) std::_Exit(no_picture);
  }
  made.resize(size);
  return made;
}

bool too_large(std::uint64_t width, std::uint64_t height) {
  return width == 0 || height == 0 || width > most_pixels || height > most_pixels || width * height > most_pixels;
}

[[noreturn]] void give_up(j_common_ptr) { std::_Exit(no_picture); }
void say_nothing(j_common_ptr, int) {}
void say_nothing_either(j_common_ptr) {}

void be_silent(jpeg_error_mgr& errors) {
  jpeg_std_error(&errors);
  errors.error_exit = give_up;
  errors.emit_message = say_nothing;
  errors.output_message = say_nothing_either;
}

/// 1 to 8, from the Exif segment; 1 when it says nothing.
int orientation_of(const jpeg_decompress_struct& from) {
  for (auto* at = from.marker_list; at; at = at->next) {
    if (at->marker != JPEG_APP0 + 1 || at->data_length < 14 || std::memcmp(at->data, "Exif\0\0", 6) != 0) continue;
    const unsigned char* tiff = at->data + 6;
    const std::size_t size = at->data_length - 6;
    const bool little = tiff[0] == 'I';
    const auto number = [&](std::size_t place, std::size_t bytes) -> std::uint32_t {
      if (place + bytes > size) return 0;
      std::uint32_t made = 0;
      for (std::size_t i = 0; i < bytes; ++i) made |= std::uint32_t(tiff[place + i]) << (8 * (little ? i : bytes - 1 - i));
      return made;
    };
    const std::size_t directory = number(4, 4);
    const auto entries = number(directory, 2);
    for (std::size_t i = 0; i < entries && i < 200; ++i)
      if (number(directory + 2 + i * 12, 2) == 0x0112) {
        const auto value = number(directory + 2 + i * 12 + 8, 2);
        return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
      }
  }
  return 1;
}

picture read_jpeg(const std::vector<unsigned char>& bytes, std::uint32_t wanted, int& orientation) {
  jpeg_decompress_struct from{};
  jpeg_error_mgr errors{};
  be_silent(errors);
  from.err = &errors;
  jpeg_create_decompress(&from);
  jpeg_mem_src(&from, bytes.data(), bytes.size());
  jpeg_save_markers(&from, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&from, TRUE);
  if (too_large(from.image_width, from.image_height)) std::_Exit(no_picture);
  orientation = orientation_of(from);
  from.out_color_space = JCS_RGB;
  // The decoder itself leaves out what a small picture does not show.
  for (from.scale_denom = 8, from.scale_num = 1; from.scale_num < 8; ++from.scale_num) {
    jpeg_calc_output_dimensions(&from);
    if (from.output_width >= wanted && from.output_height >= wanted) break;
  }
  jpeg_start_decompress(&from);
  picture made{from.output_width, from.output_height, {}};
  made.rgb.resize(std::size_t(3) * made.width * made.height);
  while (from.output_scanline < from.output_height) {
    auto* line = made.rgb.data() + std::size_t(3) * made.width * from.output_scanline;
    jpeg_read_scanlines(&from, &line, 1);
  }
  jpeg_destroy_decompress(&from);
  return made;
}

picture read_png(const std::vector<unsigned char>& bytes) {
  png_image from{};
  from.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&from, bytes.data(), bytes.size())) std::_Exit(no_picture);
  if (too_large(from.width, from.height)) std::_Exit(no_picture);
  from.format = PNG_FORMAT_RGB;
  picture made{from.width, from.height, {}};
  made.rgb.resize(PNG_IMAGE_SIZE(from));
  const png_color white{255, 255, 255};
  if (!png_image_finish_read(&from, &white, made.rgb.data(), 0, nullptr)) std::_Exit(no_picture);
  return made;
}

/// The mean of what each new pixel covers; never larger than it was.
picture shrink(const picture& from, std::uint32_t wanted) {
  const auto longer = std::max(from.width, from.height);
  if (longer <= wanted) return from;
  picture made{std::max(1U, static_cast<std::uint32_t>(std::uint64_t(from.width) * wanted / longer)),
               std::max(1U, static_cast<std::uint32_t>(std::uint64_t(from.height) * wanted / longer)),
               {}};
  made.rgb.resize(std::size_t(3) * made.width * made.height);
  for (std::uint32_t y = 0; y < made.height; ++y) {
    const auto top = std::uint64_t(y) * from.height / made.height, bottom = std::uint64_t(y + 1) * from.height / made.height;
    for (std::uint32_t x = 0; x < made.width; ++x) {
      const auto left = std::uint64_t(x) * from.width / made.width, right = std::uint64_t(x + 1) * from.width / made.width;
      std::uint64_t sum[3] = {};
      for (auto row = top; row < bottom; ++row)
        for (auto column = left; column < right; ++column)
          for (int c = 0; c < 3; ++c) sum[c] += from.rgb[(row * from.width + column) * 3 + static_cast<std::size_t>(c)];
      const auto count = (bottom - top) * (right - left);
      for (int c = 0; c < 3; ++c)
        made.rgb[(std::size_t(y) * made.width + x) * 3 + static_cast<std::size_t>(c)] =
            static_cast<unsigned char>(sum[c] / count);
    }
  }
  return made;
}

/// As the camera was held.
picture turn(const picture& from, int orientation) {
  if (orientation == 1) return from;
  const bool sideways = orientation >= 5;
  picture made{sideways ? from.height : from.width, sideways ? from.width : from.height, {}};
  made.rgb.resize(from.rgb.size());
  for (std::uint32_t y = 0; y < made.height; ++y)
    for (std::uint32_t x = 0; x < made.width; ++x) {
      auto column = sideways ? y : x, row = sideways ? x : y;
      const bool mirror_column = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
      const bool mirror_row = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
      if (mirror_column) column = from.width - 1 - column;
      if (mirror_row) row = from.height - 1 - row;
      std::memcpy(&made.rgb[(std::size_t(y) * made.width + x) * 3], &from.rgb[(std::size_t(row) * from.width + column) * 3], 3);
    }
  return made;
}

void write_jpeg(const picture& made) {
  jpeg_compress_struct to{};
  jpeg_error_mgr errors{};
  be_silent(errors);
  to.err = &errors;
  jpeg_create_compress(&to);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&to, &out, &size);
  to.image_width = made.width;
  to.image_height = made.height;
  to.input_components = 3;
  to.in_color_space = JCS_RGB;
  jpeg_set_defaults(&to);
  // Made once and sent often, to phones: what makes it smaller and is not seen at this size.
  jpeg_set_quality(&to, 72, TRUE);
  to.optimize_coding = TRUE;
  jpeg_simple_progression(&to);
  jpeg_start_compress(&to, TRUE);
  while (to.next_scanline < to.image_height) {
    auto* line = const_cast<unsigned char*>(made.rgb.data()) + std::size_t(3) * made.width * to.next_scanline;
    jpeg_write_scanlines(&to, &line, 1);
  }
  jpeg_finish_compress(&to);
  for (unsigned long done = 0; done < size;) {
    const auto n = ::write(1, out + done, size - done);
    if (n <= 0) std::_Exit(1);
    done += static_cast<unsigned long>(n);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int wanted = argc == 2 ? std::atoi(argv[1]) : 0;
  if (wanted < 16 || wanted > 2048) return 2;
  limit(RLIMIT_AS, most_memory);
  limit(RLIMIT_CPU, 5);
  limit(RLIMIT_FSIZE, 4 << 20);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NPROC, 0);
  lock_in();
  const auto bytes = read_input();
  int orientation = 1;
  picture full;
  if (bytes.size() > 4 && bytes[0] == 0xff && bytes[1] == 0xd8)
    full = read_jpeg(bytes, static_cast<std::uint32_t>(wanted), orientation);
  else if (bytes.size() > 8 && std::memcmp(bytes.data(), "\x89PNG\r\n\x1a\n", 8) == 0)
    full = read_png(bytes);
  else
    return no_picture;
  write_jpeg(turn(shrink(full, static_cast<std::uint32_t>(wanted)), orientation));
  std::_Exit(0);
}
