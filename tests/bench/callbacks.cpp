#include "tests/bench/callbacks.hpp"

#include "hub/ctl/viber_player.hpp"

#include <array>
#include <string_view>

namespace bench {

namespace {

constexpr std::uint64_t seed = 7;
constexpr std::size_t body_size = 1040;

constexpr std::array<std::string_view, 12> openings{
    "Доброго дня! Цікавить кросовер до двадцяти тисяч, що маєте в наявності?",
    "Добрий вечір, хочу авто з Кореї під замовлення, скільки чекати?",
    "Вітаю! Бачив у вас Tiguan на майданчику, він ще є?",
    "Здравствуйте, пригоните машину из США? Интересует пикап.",
    "Можна записатися на тест-драйв на суботу зранку?",
    "Хочу здати своє авто в трейд-ін, як це зробити?",
    "Доброго дня, потрібне ТО і заміна гальмівних колодок.",
    "Hello! Is the white Octavia still available, and what is its mileage?",
    "Скільки коштує седан цього року з повним приводом?",
    "Дякую, під'їду завтра після обіду, хто мене зустріне?",
    "Підкажіть, будь ласка, який розхід у цього авто по місту?",
    "А фото салону і багажника ще надішлете?",
};
constexpr std::array<std::string_view, 8> more{
    " Шукаємо для родини, щоб було місце для дитячого крісла.", " Дзвінки незручні, краще пишіть сюди.",
    " Колір не важливий, аби не чорний.",                       " Бажано один власник і сервісна книжка.",
    " Приїхати можемо у будь-який день після шостої.",         " Розглядаємо і бензин, і гібрид.",
    " Живемо недалеко, десь пів години їхати.",                " Напишіть, коли буде зручно подивитися.",
};

/// SplitMix64: the same number draws the same in every process.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::size_t customer_in_turn(std::uint64_t number, std::size_t customers) { return number % customers; }
std::size_t customer_drawn(std::uint64_t number, std::size_t customers) { return mixed(number) % customers; }

std::string callback_body(std::uint64_t number, std::size_t customer, std::int64_t milliseconds) {
  hub::ctl::viber_event e;
  e.time = hub::instant(std::chrono::milliseconds(milliseconds));
  e.token = token_of(number);
  e.who = hub::ctl::invent_person(seed, customer);
  e.subscribed = true;
  const auto draw = mixed(number + 1);
  // People stay with their subject, so that a known customer's message joins a lead instead of opening one elsewhere.
  e.content.text = openings[mixed(customer) % openings.size()];
  auto body = hub::ctl::viber_body(e);
  for (std::size_t i = 0; body.size() < body_size; ++i) {
    const auto sentence = more[(draw / 16 + i) % more.size()];
    e.content.text += sentence;
    body.resize(body.size() + sentence.size());
  }
  return hub::ctl::viber_body(e);
}

}  // namespace bench
