#include "hub/http/gzip.hpp"

#include <zlib.h>

#include <memory>

namespace hub::http {

namespace {

constexpr std::size_t worth_it = 1400;          // what one packet carries anyway
constexpr int quick = 1;                        // of JSON the highest level saves a tenth more, for four times the work
constexpr int gzip_of_32_kib = MAX_WBITS + 16;  // zlib's word for a gzip header instead of its own

}  // namespace

bool takes_gzip(const request& from) {
  const auto* said = from.head.find("Accept-Encoding");
  const auto at = said ? said->find("gzip") : std::string::npos;
  if (at == std::string::npos) return false;
  const auto weight = std::string_view(*said).substr(at, said->find(',', at) - at);
  return weight.find("q=0") == std::string_view::npos || weight.find_first_of("123456789") != std::string_view::npos;
}

void compress(response& to, const request& from) {
  if (to.body.size() < worth_it || to.head.find("Content-Encoding")) return;
  to.head.set("Vary", "Accept-Encoding");
  if (!takes_gzip(from)) return;
  z_stream with{};
  if (deflateInit2(&with, quick, Z_DEFLATED, gzip_of_32_kib, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) return;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&with, deflateEnd);
  std::string made(deflateBound(&with, to.body.size()), '\0');
  with.next_in = reinterpret_cast<Bytef*>(to.body.data());
  with.avail_in = static_cast<uInt>(to.body.size());
  with.next_out = reinterpret_cast<Bytef*>(made.data());
  with.avail_out = static_cast<uInt>(made.size());
  if (deflate(&with, Z_FINISH) != Z_STREAM_END) return;
  made.resize(with.total_out);
  to.body = std::move(made);
  to.head.set("Content-Encoding", "gzip");
}

}  // namespace hub::http
