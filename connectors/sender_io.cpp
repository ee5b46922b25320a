// The two verbs of sending that wait: for a platform, and for a disk. Apart from the pure ones, which parsers' fuzz targets link.

#include "connectors/sender.hpp"
#include "hub/async/within.hpp"

#include <fstream>

namespace connectors {

hub::async::task<platform_answer> ask_once(hub::http::client& http, hub::http::outgoing request) {
  platform_answer made;
  try {
    made.got = co_await http.fetch(std::move(request));
  } catch (const hub::http::exchange_error& e) {
    made.lost = e.sent() == hub::http::sent_state::nothing ? told_deferred(e.code(), std::string("nothing was sent: ") + e.what())
                                                           : told_unknown(e.code(), std::string("no answer came: ") + e.what());
  }
  co_return made;
}

hub::async::task<hub::result<std::string>> file_reader::read(std::string path, std::uint64_t size) {
  const auto look = [path = std::move(path), size]() -> hub::result<std::string> {
    std::ifstream in(path, std::ios::binary);
    std::string bytes(size, '\0');
    if (path.empty() || !in) return hub::problem{"file", "the file is not in the media store any more"};
    in.read(bytes.data(), static_cast<std::streamsize>(size));
    if (static_cast<std::uint64_t>(in.gcount()) != size || in.peek() != std::ifstream::traits_type::eof())
      return hub::problem{"file", "the file in the media store has another size than it had"};
    return bytes;
  };
  auto bytes = co_await hub::async::on_thread(threads_, look);
  co_return bytes;
}

}  // namespace connectors
