// How fast a catalogue of an ERP is read to its end and told, and in how much memory: a file made up here, sealed on disk in
// pieces as it came, through the whole import with its draft. Beside it, in the same run and on the same bytes, expat alone.
// Each size in a process of its own, so that the peak is that size's.
//
//     bench_commerceml [--large]     10 and 100 MB, with --large 1 GB too; needs three times that on disk

#include "connectors/erp/exchange.hpp"
#include "connectors/erp/sealed_file.hpp"
#include "hub/base/crypto.hpp"
#include "hub/message/codec.hpp"

#include <expat.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

using namespace connectors::erp;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t piece_size = 1 << 20;

double since(clock_type::time_point begun) { return std::chrono::duration<double>(clock_type::now() - begun).count(); }

double peak_mb() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

std::string value(const std::string& name, const std::string& text) {
  return "\t\t\t\t\t<ЗначениеРеквизита>\n\t\t\t\t\t\t<Наименование>" + name + "</Наименование>\n\t\t\t\t\t\t<Значение>" + text +
         "</Значение>\n\t\t\t\t\t</ЗначениеРеквизита>\n";
}

std::string product(std::uint64_t n) {
  const auto vin = fmt::format("TMBZZZ9B{:09}", n);
  return "\t\t\t<Товар>\n\t\t\t\t<Ид>" + fmt::format("{:08x}-0000-4000-8000-{:012x}", n, n) + "</Ид>\n\t\t\t\t<Артикул>АВ-" +
         std::to_string(n) +
         "</Артикул>\n\t\t\t\t<Наименование>Skoda Octavia</Наименование>\n"
         "\t\t\t\t<Описание>Сервісна історія повна, два комплекти шин, без ґанджів, обмін можливий, їзда в місті</Описание>\n"
         "\t\t\t\t<ЗначенияРеквизитов>\n" +
         value("ВидНоменклатуры", "Автомобілі") + value("ТипНоменклатуры", "Товар") + value("VIN", vin) +
         value("Марка", "Skoda") + value("Модель", "Octavia") + value("Рік випуску", "2014") + value("Пробіг", "120 500") +
         value("Колір", "срібний") + value("Статус продажу", "В наявності") + "\t\t\t\t</ЗначенияРеквизитов>\n\t\t\t</Товар>\n";
}

/// Writes a catalogue of about `size` bytes; returns its size on disk and the number of vehicles.
struct made {
  std::uint64_t on_disk = 0, bytes = 0, vehicles = 0;
};
made make_catalogue(const sealed_file& to, std::uint64_t size) {
  made done;
  std::string piece =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<КоммерческаяИнформация ВерсияСхемы=\"2.10\" "
      "ДатаФормирования=\"2026-02-11T03:00:05\">\n\t<Каталог "
      "СодержитТолькоИзменения=\"false\">\n\t\t<Ид>catalogue</Ид>\n\t\t<Товары>\n";
  const auto flush = [&] {
    done.on_disk = to.append(done.on_disk, piece);
    done.bytes += piece.size();
    piece.clear();
  };
  while (done.bytes + piece.size() < size) {
    piece += product(++done.vehicles);
    if (piece.size() >= piece_size) flush();
  }
  piece += "\t\t</Товары>\n\t</Каталог>\n</КоммерческаяИнформация>\n";
  flush();
  return done;
}

double expat_alone(const sealed_file& file, std::uint64_t on_disk) {
  const auto begun = clock_type::now();
  const auto parser = XML_ParserCreate("UTF-8");
  const auto pull = file.open(on_disk)();
  for (auto piece = pull(); !piece.empty(); piece = pull())
    if (XML_Parse(parser, piece.data(), static_cast<int>(piece.size()), 0) != XML_STATUS_OK)
      throw std::runtime_error("not well formed");
  XML_Parse(parser, nullptr, 0, 1);
  XML_ParserFree(parser);
  return since(begun);
}

void measure(std::uint64_t size, const std::string& directory) {
  connectors::account_context of;
  of.channel = "bas";
  of.account = "main";
  of.seal_key = hub::secret("a key of the bench");
  of.fingerprint_key = hub::secret("another key of the bench");
  const settings with;
  const sealed_file file(directory + "/catalogue", of.seal_key);
  const auto catalogue = make_catalogue(file, size);
  const double alone = expat_alone(file, catalogue.on_disk), before = peak_mb();

  const auto begun = clock_type::now();
  sealed_lines waiting(directory + "/draft", of.seal_key), events(directory + "/events", of.seal_key);
  std::uint64_t on_disk = 0;
  const draft lines{[&](std::string_view line) { waiting.add(line); },
                    [&](const auto& take) {
                      if (on_disk == 0) on_disk = waiting.finish();
                      each_line(sealed_file(directory + "/draft", of.seal_key).open(on_disk), take);
                    }};
  directories known;
  known_vehicles vehicles;
  const importing by{of, with, known, &vehicles, hub::instant(std::chrono::milliseconds(1'794'990'000'000))};
  const auto done = import_commerceml(by, file.open(catalogue.on_disk), lines,
                                      [&](hub::message::event e) { events.add(hub::message::encode(e)); });
  if (!done || done->vehicles != catalogue.vehicles) throw std::runtime_error("the catalogue was not read as it was made");
  events.finish();
  const double took = since(begun), megabytes = static_cast<double>(catalogue.bytes) / 1e6;
  std::cout << fmt::format("{:>8.0f} {:>9} {:>12.1f} {:>12.1f} {:>7.2f} {:>14.0f} {:>14.0f}\n", megabytes, catalogue.vehicles,
                           megabytes / took, megabytes / alone, alone / took, before, peak_mb())
            << std::flush;
}

}  // namespace

int main(int count, char** values) {
  const bool large = count > 1 && std::string(values[1]) == "--large";
  hub::crypto_start();
  std::cout << fmt::format("{:>8} {:>9} {:>12} {:>12} {:>7} {:>14} {:>14}\n", "MB", "VEHICLES", "IMPORT MB/S", "EXPAT MB/S",
                           "RATIO", "PEAK BEFORE MB", "PEAK MB")
            << std::flush;
  for (const std::uint64_t megabytes : {10, 100, 1000}) {
    if (megabytes == 1000 && !large) continue;
    std::string directory = (std::filesystem::temp_directory_path() / "leadyard-commerceml-XXXXXX").string();
    if (!::mkdtemp(directory.data())) return 1;
    const auto child = ::fork();
    if (child == 0) {
      try {
        measure(megabytes * 1'000'000, directory);
      } catch (const std::exception& e) {
        std::cerr << e.what() << "\n";
        std::_Exit(1);
      }
      std::_Exit(0);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    std::filesystem::remove_all(directory);
    if (status != 0) return 1;
  }
}
