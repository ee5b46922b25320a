#include "hub/ctl/car_photo.hpp"

#include "hub/base/failure.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <span>
#include <vector>

namespace hub::ctl {

namespace {

constexpr int width = 480, height = 320;

struct colour {
  double red, green, blue;
};
struct point {
  double x, y;
};

constexpr std::array<colour, 10> paints{{{178, 34, 34}, {31, 78, 140}, {235, 235, 232}, {40, 42, 46}, {150, 155, 160},
                                         {24, 96, 62}, {214, 140, 24}, {92, 40, 88}, {196, 184, 150}, {60, 120, 150}}};
constexpr std::array<std::array<colour, 2>, 4> skies{{{{{120, 170, 220}, {225, 236, 245}}},
                                                      {{{235, 160, 110}, {250, 220, 190}}},
                                                      {{{150, 160, 170}, {205, 210, 214}}},
                                                      {{{60, 80, 130}, {190, 170, 190}}}}};

class canvas {
 public:
  void background(const std::array<colour, 2>& sky) {
    for (int y = 0; y < height; ++y) {
      const double share = std::min(1.0, y / 190.0);
      colour c{sky[0].red + (sky[1].red - sky[0].red) * share, sky[0].green + (sky[1].green - sky[0].green) * share,
               sky[0].blue + (sky[1].blue - sky[0].blue) * share};
      if (y > 190) c = {110, 128, 92};
      if (y > 232) c = {84.0 - (y - 232) * 0.2, 84.0 - (y - 232) * 0.2, 88.0 - (y - 232) * 0.2};
      for (int x = 0; x < width; ++x) at(x, y) = c;
    }
  }

  /// Corners in order; edges are smoothed by counting a pixel's four quarters.
  void polygon(std::span<const point> corners, colour c) {
    double left = width, top = height, right = 0, bottom = 0;
    for (const auto& corner : corners) {
      left = std::min(left, corner.x), right = std::max(right, corner.x);
      top = std::min(top, corner.y), bottom = std::max(bottom, corner.y);
    }
    fill(c, {left, top}, {right, bottom}, [corners](double x, double y) {
      bool inside = false;
      for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++)
        if ((corners[i].y > y) != (corners[j].y > y) &&
            x < (corners[j].x - corners[i].x) * (y - corners[i].y) / (corners[j].y - corners[i].y) + corners[i].x)
          inside = !inside;
      return inside;
    });
  }

  void ellipse(point middle, double across, double down, colour c) {
    fill(c, {middle.x - across, middle.y - down}, {middle.x + across, middle.y + down}, [=](double x, double y) {
      const double dx = (x - middle.x) / across, dy = (y - middle.y) / down;
      return dx * dx + dy * dy <= 1;
    });
  }

  void grain(std::mt19937_64& random) {
    for (auto& pixel : pixels_) {
      const double step = static_cast<double>(random() % 5) - 2;
      pixel = {pixel.red + step, pixel.green + step, pixel.blue + step};
    }
  }

  void mirror() {
    for (int y = 0; y < height; ++y) std::reverse(&at(0, y), &at(0, y) + width);
  }

  /// Scan lines as PNG wants them: a filter byte (none), then red, green, blue.
  std::string scan_lines() const {
    std::string raw;
    raw.reserve(static_cast<std::size_t>((width * 3 + 1) * height));
    const auto byte = [](double v) { return static_cast<char>(static_cast<unsigned char>(std::clamp(v, 0.0, 255.0))); };
    for (int y = 0; y < height; ++y) {
      raw += '\0';
      for (int x = 0; x < width; ++x) {
        const auto& c = pixels_[static_cast<std::size_t>(y * width + x)];
        raw += byte(c.red);
        raw += byte(c.green);
        raw += byte(c.blue);
      }
    }
    return raw;
  }

 private:
  colour& at(int x, int y) { return pixels_[static_cast<std::size_t>(y * width + x)]; }

  template <class Inside>
  void fill(colour c, point from, point to, Inside inside) {
    for (int y = std::max(0, static_cast<int>(from.y)); y < std::min<double>(height, to.y + 1); ++y)
      for (int x = std::max(0, static_cast<int>(from.x)); x < std::min<double>(width, to.x + 1); ++x) {
        int quarters = 0;
        for (const double dy : {0.25, 0.75})
          for (const double dx : {0.25, 0.75}) quarters += inside(x + dx, y + dy);
        if (!quarters) continue;
        const double share = quarters / 4.0;
        auto& p = at(x, y);
        p = {p.red + (c.red - p.red) * share, p.green + (c.green - p.green) * share, p.blue + (c.blue - p.blue) * share};
      }
  }

  std::vector<colour> pixels_ = std::vector<colour>(static_cast<std::size_t>(width * height));
};

std::string big_endian(std::uint32_t number) {
  std::string bytes(4, '\0');
  for (int i = 0; i < 4; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<char>(number >> (24 - 8 * i));
  return bytes;
}

std::string chunk(const std::string& name, const std::string& data) {
  const std::string body = name + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(static_cast<std::uint32_t>(sum));
}

std::string png_of(const canvas& picture) {
  const std::string raw = picture.scan_lines();
  uLongf size = compressBound(raw.size());
  std::string packed(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(raw.data()), raw.size(), 5) !=
      Z_OK)
    throw error(failure::transient, "zlib", "zlib cannot compress a picture");
  packed.resize(size);
  const std::string header = big_endian(width) + big_endian(height) + std::string("\x08\x02\0\0\0", 5);
  return std::string("\x89PNG\r\n\x1a\n") + chunk("IHDR", header) + chunk("IDAT", packed) + chunk("IEND", "");
}

}  // namespace

std::string draw_car_photo(std::uint64_t number) {
  std::mt19937_64 random(number * 0x9e3779b97f4a7c15ULL + 1);
  const auto below = [&random](int n) { return static_cast<double>(random() % static_cast<std::uint64_t>(n)); };
  const auto paint = paints[random() % paints.size()];
  const colour glass{38, 50, 60}, tyre{24, 24, 26}, rim{190, 194, 198};
  const colour shade{paint.red * 0.72, paint.green * 0.72, paint.blue * 0.72};

  canvas picture;
  picture.background(skies[random() % skies.size()]);
  picture.ellipse({60 + below(360), 40 + below(50)}, 22, 22, {255, 244, 214});

  const double left = 60 + below(30), right = 400 + below(30), roof = 104 + below(26), belt = 168, floor = 236;
  const double front = left + 74 + below(20), back = right - 40 - below(50);
  picture.ellipse({(left + right) / 2, floor + 24}, (right - left) / 2 + 12, 10, {46, 46, 50});
  const std::array<point, 8> body{{{left, belt + 26}, {left + 14, belt + 4}, {front, belt}, {back, belt - 4},
                                   {right - 8, belt + 8}, {right, belt + 34}, {right - 4, floor}, {left + 2, floor}}};
  const std::array<point, 4> cabin{{{front - 8, belt + 2}, {front + 44, roof}, {back - 40, roof}, {back + 14, belt}}};
  const std::array<point, 4> window{
      {{front + 12, belt - 2}, {front + 52, roof + 9}, {back - 46, roof + 9}, {back - 4, belt - 3}}};
  const std::array<point, 4> sill{{{left + 4, floor - 14}, {right - 3, floor - 14}, {right - 4, floor}, {left + 2, floor}}};
  const double middle = (front + back) / 2 + 12;
  const std::array<point, 4> pillar{{{middle - 5, belt}, {middle - 2, roof}, {middle + 6, roof}, {middle + 5, belt}}};
  picture.polygon(body, paint);
  picture.polygon(cabin, shade);
  picture.polygon(window, glass);
  picture.polygon(pillar, shade);
  picture.polygon(sill, shade);
  for (const double x : {left + 70, right - 74}) {
    picture.ellipse({x, floor - 2}, 38, 36, shade);
    picture.ellipse({x, floor}, 32, 32, tyre);
    picture.ellipse({x, floor}, 19, 19, rim);
    picture.ellipse({x, floor}, 6, 6, tyre);
  }
  picture.ellipse({left + 13, belt + 22}, 10, 7, {255, 246, 206});
  picture.ellipse({right - 8, belt + 24}, 6, 9, {190, 30, 34});
  if (random() % 3 == 0) {  // what the picture was taken for
    const double x = left + 120 + below(140), y = belt + 14 + below(24);
    const std::array<point, 4> scratch{{{x, y}, {x + 46, y + 9}, {x + 47, y + 12}, {x + 2, y + 3}}};
    picture.polygon(scratch, {225, 225, 225});
  }
  if (random() % 2) picture.mirror();
  picture.grain(random);
  return png_of(picture);
}

std::string make_pdf(std::uint64_t number) {
  const std::string text = "BT /F1 18 Tf 60 760 Td (Vehicle papers, simulated, No. " + std::to_string(number) + ") Tj ET";
  const std::array<std::string, 5> objects{
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
      "<< /Length " + std::to_string(text.size()) + " >>\nstream\n" + text + "\nendstream",
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
  std::string pdf = "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n";
  std::string table = "xref\n0 6\n0000000000 65535 f \n";
  for (std::size_t i = 0; i < objects.size(); ++i) {
    std::array<char, 24> entry{};
    std::snprintf(entry.data(), entry.size(), "%010zu 00000 n \n", pdf.size());
    table += entry.data();
    pdf += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  const auto at = pdf.size();
  return pdf + table + "trailer << /Size 6 /Root 1 0 R >>\nstartxref\n" + std::to_string(at) + "\n%%EOF\n";
}

}  // namespace hub::ctl
