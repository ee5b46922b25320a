#pragma once
// What invented customers of a car dealer say, line by line: data of viber_player.cpp. {car}, {year}, {km},
// {time} and {price} are filled in when a story is told.

#include <array>
#include <span>
#include <string_view>

namespace hub::ctl::scripts {

/// How a line is said; `text` is its text, caption, link, file name or the name on a card.
enum class as { text, picture, album, file, location, contact, sticker, url, opened, subscribes, leaves };

struct line {
  scripts::as as;
  std::string_view text;
};

struct script {
  std::string_view language;  ///< "uk", "ru", "en": who it is given to
  std::span<const line> lines;
};

inline constexpr std::array cars{
    std::string_view{"Skoda Octavia A7"}, std::string_view{"Volkswagen Golf VII"}, std::string_view{"Renault Megane"},
    std::string_view{"Toyota RAV4"},      std::string_view{"Hyundai Tucson"},      std::string_view{"Kia Sportage"},
    std::string_view{"Mazda CX-5"},       std::string_view{"BMW X3"},              std::string_view{"Nissan Leaf"},
    std::string_view{"Ford Kuga"},        std::string_view{"Honda CR-V"},          std::string_view{"Audi A4"},
};

inline constexpr std::array<line, 7> look_today{{
    {as::opened, "listing-{number}_src-autoria"},
    {as::subscribes, ""},
    {as::text, "Добрий день! Чи ще актуальна {car} {year}?"},
    {as::text, "Пробіг {km} тис. реальний? Чи була в ДТП?"},
    {as::text, "Можна подивитись сьогодні о {time}? 🚗"},
    {as::text, "Домовились, буду з другом, він розбирається в машинах"},
    {as::sticker, ""},
}};
inline constexpr std::array<line, 6> trade_in{{
    {as::opened, "src-site"},
    {as::text, "Здравствуйте! Хочу сдать свою {car} {year} в трейд-ин и доплатить за кроссовер"},
    {as::album, "5"},
    {as::text, "Пробег {km} тыс., один хозяин, всё обслуживание на официальном СТО"},
    {as::text, "Сколько примерно дадите?"},
    {as::text, "Хорошо, подъеду завтра к {time}"},
}};
inline constexpr std::array<line, 6> from_korea{{
    {as::opened, "src-instagram"},
    {as::text, "Вітаю! Цікавить {car} {year} під замовлення, Корея"},
    {as::text, "Який бюджет під ключ з розмитненням? Орієнтуюсь на {price} $"},
    {as::url, "https://avto.example/listing/{number}"},
    {as::text, "Ось такий варіант сподобався. Скільки чекати доставку?"},
    {as::text, "Дякую, порадимось вдома і напишу"},
}};
inline constexpr std::array<line, 5> workshop{{
    {as::text, "Доброго дня, чи є у вас СТО? Стукає щось спереду на {car} {year}"},
    {as::picture, "Ось що знайшли під машиною"},
    {as::picture, "І тут потекло"},
    {as::text, "Коли можна на ремонт записатись? Зручно після {time}"},
    {as::text, "Добре, чекаю підтвердження"},
}};
inline constexpr std::array<line, 5> in_english{{
    {as::opened, "listing-{number}_src-olx"},
    {as::subscribes, ""},
    {as::text, "Hello! Is the {car} {year} still available? I saw it online"},
    {as::text, "Can you send the service history? I can come today at {time}"},
    {as::text, "Great, I am ready to leave a deposit if everything is fine"},
}};
inline constexpr std::array<line, 6> ready_to_buy{{
    {as::opened, "listing-{number}_src-rst"},
    {as::text, "Добрий вечір! Готовий купити {car} {year}, якщо віддасте за {price} $"},
    {as::text, "Готівка, без кредиту. Завдаток можу внести сьогодні"},
    {as::file, "Техпаспорт скан.pdf"},
    {as::text, "Це документи на моє авто, заразом подивіться, чи приймете його"},
    {as::text, "Чекаю на відповідь 👍"},
}};
inline constexpr std::array<line, 5> on_the_way{{
    {as::text, "Я вже біля вас, на яку стоянку заїжджати?"},
    {as::location, ""},
    {as::text, "Білий паркан бачу. Це {car} {year} стоїть біля воріт?"},
    {as::picture, "Оця?"},
    {as::text, "Все, знайшов, дякую!"},
}};
inline constexpr std::array<line, 5> for_my_husband{{
    {as::opened, "src-google"},
    {as::text, "Доброго дня! Шукаю {car} не старше {year} року для чоловіка, на подарунок 🎁"},
    {as::contact, "Майстер Вигаданий"},
    {as::text, "Це наш майстер, він приїде перевірити авто замість мене"},
    {as::text, "Скільки коштує повна діагностика?"},
}};
inline constexpr std::array<line, 5> auction{{
    {as::text, "Добрый день. Везёте авто с аукциона из США? Нужна {car} от {year} года, auction до {price} $"},
    {as::picture, "Вот похожая, фото с аукциона"},
    {as::text, "Повреждения по переду не пугают, главное чтобы подушки целые"},
    {as::text, "Когда ближайшие торги?"},
    {as::text, "Ок, жду расчёт"},
}};
inline constexpr std::array<line, 5> sells{{
    {as::opened, "src-site"},
    {as::text, "Добрий день, хочу продати {car} {year}, чи викуповуєте?"},
    {as::album, "4"},
    {as::text, "Пробіг {km} тис., фарбована одна деталь, гаражне зберігання"},
    {as::text, "Хочу {price} $, торг біля капота"},
}};
inline constexpr std::array<line, 4> changed_mind{{
    {as::opened, "listing-{number}_src-autoria"},
    {as::text, "Здравствуйте, {car} {year} ещё в продаже?"},
    {as::text, "Понял, дороговато. Спасибо, я уже нашёл другую"},
    {as::leaves, ""},
}};
inline constexpr std::array<line, 5> in_instalments{{
    {as::opened, "src-facebook"},
    {as::text, "Добрий день! Чи можна {car} {year} в кредит або лізинг?"},
    {as::text, "Перший внесок десь третина, решту на 3 роки"},
    {as::text, "Які документи потрібні? Працюю офіційно"},
    {as::text, "Чудово, підготую і приїду в суботу о {time}"},
}};

inline constexpr std::array<script, 12> first_contacts{{
    {"uk", look_today},
    {"ru", trade_in},
    {"uk", from_korea},
    {"uk", workshop},
    {"en", in_english},
    {"uk", ready_to_buy},
    {"uk", on_the_way},
    {"uk", for_my_husband},
    {"ru", auction},
    {"uk", sells},
    {"ru", changed_mind},
    {"uk", in_instalments},
}};

// Whoever has been here before goes on with one of these.
inline constexpr std::array<line, 3> again_uk{{
    {as::text, "Добрий день, це знову я. Чи з'явилось щось цікаве на кшталт {car}?"},
    {as::picture, "Сфотографував таку на стоянці, скільки б вона коштувала?"},
    {as::text, "Можу заїхати о {time}"},
}};
inline constexpr std::array<line, 3> again_ru{{
    {as::text, "Здравствуйте ещё раз! Посмотрели мою заявку на {car}?"},
    {as::text, "Буду в городе после {time}, могу заехать"},
    {as::sticker, ""},
}};
inline constexpr std::array<line, 3> again_en{{
    {as::text, "Hi again, any news about the {car}?"},
    {as::text, "My budget is up to {price} USD"},
    {as::text, "Thank you!"},
}};
inline constexpr std::array<script, 3> returning{{{"uk", again_uk}, {"ru", again_ru}, {"en", again_en}}};

// People who do not exist: first and last name for each language.
struct names {
  std::string_view language;
  std::string_view tag;
  std::array<std::string_view, 8> first;
  std::array<std::string_view, 6> last;
};
inline constexpr std::array<names, 3> people{{
    {"uk", "uk-UA", {"Олена", "Тарас", "Ірина", "Андрій", "Оксана", "Богдан", "Наталя", "Юрій"},
     {"Прикладенко", "Вигаданюк", "Зразкович", "Умовна-Коваль", "Несправжній", "Пробний"}},
    {"ru", "ru-RU", {"Сергей", "Марина", "Дмитрий", "Алла", "Игорь", "Вера", "Павел", "Инна"},
     {"Примеренко", "Условных", "Образцовых", "Выдуманко", "Пробных", "Тестовых"}},
    {"en", "en-GB", {"Andrew", "Kate", "Oliver", "Emma", "Daniel", "Grace", "Peter", "Alice"},
     {"Sample", "Placeholder", "Example", "Fixture", "Invented", "Mockford"}},
}};

}  // namespace hub::ctl::scripts
