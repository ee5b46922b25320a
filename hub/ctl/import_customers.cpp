#include "hub/ctl/import_kinds.hpp"
#include "hub/db/arrays.hpp"

#include <algorithm>

namespace hub::ctl {

namespace {

// `offset 0`, here and below, keeps the order of the look-ups: the planner of a table that was empty a minute ago would
// begin at the other end and read all of it.
constexpr const char* find_customers = R"(
select w.n, c.id,
       (w.first_name <> '' and c.first_name <> w.first_name) or (w.last_name <> '' and c.last_name <> w.last_name)
       or (w.company_name <> '' and c.company_name <> w.company_name) or (w.email <> '' and c.email is distinct from w.email)
       or (w.url <> '' and c.url is distinct from w.url) or (w.language <> '' and c.language <> w.language) as differs
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
       with ordinality as w(id, first_name, last_name, company_name, email, url, language, n)
  cross join lateral (select i.customer_id from identity i
                       where i.external_id = w.id and i.space = 'import' and i.account = $1 offset 0) i
  cross join lateral (select * from customer c where c.id = i.customer_id offset 0) c)";

// What a cell leaves empty stays.
constexpr const char* update_customers = R"(
update customer c set
    first_name = coalesce(nullif(w.first_name, ''), c.first_name), last_name = coalesce(nullif(w.last_name, ''), c.last_name),
    named_at = case when w.first_name <> '' or w.last_name <> '' then 'epoch' else c.named_at end,
    company_name = coalesce(nullif(w.company_name, ''), c.company_name),
    company_name_at = case when w.company_name <> '' then 'epoch' else c.company_name_at end,
    email = coalesce(nullif(w.email, ''), c.email), email_at = case when w.email <> '' then 'epoch' else c.email_at end,
    url = coalesce(nullif(w.url, ''), c.url), url_at = case when w.url <> '' then 'epoch' else c.url_at end,
    language = coalesce(nullif(w.language, ''), c.language), updated_at = now(), version = c.version + 1
  from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
       as w(id, first_name, last_name, company_name, email, url, language)
 where c.id = w.id)";

constexpr const char* insert_customers = R"(
insert into customer (id, first_name, last_name, company_name, email, url, language, created_at,
                      named_at, company_name_at, email_at, url_at)
select w.id, w.first_name, w.last_name, w.company_name, nullif(w.email, ''), nullif(w.url, ''), w.language,
       coalesce(w.created_at, now()),
       case when w.first_name <> '' or w.last_name <> '' then timestamptz 'epoch' end,
       case when w.company_name <> '' then timestamptz 'epoch' end, case when w.email <> '' then timestamptz 'epoch' end,
       case when w.url <> '' then timestamptz 'epoch' end
  from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
       as w(id, first_name, last_name, company_name, email, url, language, created_at))";

constexpr const char* reserve_identities = R"(
insert into identity (space, account, external_id)
select w.space, w.account, w.id from unnest($1::text[], $2::text[], $3::text[]) as w(space, account, id)
 order by w.id, w.space on conflict do nothing)";

constexpr const char* lock_identities = R"(
select i.id from identity i
 where i.id = any (array(select (select k.id from identity k
                                  where k.external_id = w.id and k.space = w.space and k.account = w.account)
                           from unnest($1::text[], $2::text[], $3::text[]) as w(space, account, id)))
 order by i.id for no key update)";

// In order of id, as everywhere.
constexpr const char* lock_customers = R"(
select c.id from customer c
 where c.id = any (array(select (select i.customer_id from identity i
                                  where i.external_id = w.id and i.space = w.space and i.account = w.account)
                           from unnest($1::text[], $2::text[], $3::text[]) as w(space, account, id)))
 order by c.id for no key update)";

// A number that is nobody's yet goes to the first row that has it.
constexpr const char* give_identities = R"(
update identity i set customer_id = w.customer_id
  from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as w(space, account, id, customer_id)
 where i.external_id = w.id and i.space = w.space and i.account = w.account and i.customer_id is null)";

constexpr const char* find_numbers = R"(
select w.n, i.customer_id as holder,
       exists (select from customer a join customer b on coalesce(b.merged_into, b.id) = coalesce(a.merged_into, a.id)
                where a.id = i.customer_id and b.id = w.customer_id) as ours,
       exists (select from possible_same p where p.first_id = least(i.customer_id, w.customer_id)
                  and p.second_id = greatest(i.customer_id, w.customer_id)) as judged
  from unnest($1::text[], $2::bigint[]) with ordinality as w(id, customer_id, n)
  left join lateral (select i.customer_id from identity i
                      where i.external_id = w.id and i.space = 'fingerprint' and i.account = '' offset 0) i on true)";

constexpr const char* put_up_for_judgement = R"(
insert into possible_same (first_id, second_id, evidence)
select least(w.a, w.b), greatest(w.a, w.b), $3 from unnest($1::bigint[], $2::bigint[]) as w(a, b)
 order by 1, 2 on conflict do nothing)";

}  // namespace

import_counts& import_counts::operator+=(const import_counts& more) {
  fresh += more.fresh, changed += more.changed, unchanged += more.unchanged, refused += more.refused, alike += more.alike;
  return *this;
}

void import_ids::take(const import_cells& from, std::string_view field, const std::string& id) {
  if (id.empty()) return;
  const auto [at, added] = lines_.emplace(id, from.line());
  if (!added) from.complain(field, "the same as in line " + std::to_string(at->second));
}

const std::vector<import_field>& customers_import::fields() {
  static const std::vector<import_field> known = {
      {"external_id",
       {"id", "customer id", "contact id", "зовнішній id", "зовнішній ід", "ід", "код", "код клієнта", "номер клієнта"},
       true},
      {"first_name", {"firstname", "given name", "ім'я", "імя"}},
      {"last_name", {"lastname", "surname", "family name", "прізвище"}},
      {"name", {"full name", "customer", "contact", "піб", "клієнт", "повне ім'я", "контакт"}},
      {"company_name", {"company", "organization", "organisation", "компанія", "організація", "назва компанії"}},
      {"email", {"e mail", "mail", "email address", "пошта", "ел. пошта", "електронна пошта", "електронна адреса"}},
      {"url", {"website", "web site", "site", "web", "сайт", "вебсайт"}},
      {"language", {"lang", "мова"}},
      {"phone",
       {"phone number", "phone 1", "phone 2",           "phone 3",         "telephone",  "tel",
        "tel.",         "mobile",  "mobile phone",      "work phone",      "home phone", "телефон",
        "тел",          "тел.",    "телефон 1",         "телефон 2",       "телефон 3",  "номер телефону",
        "мобільний",    "моб.",    "мобільний телефон", "робочий телефон", "viber",      "whatsapp"},
       false,
       true},
      {"created_at", {"created", "date", "date created", "створено", "дата", "дата створення"}},
  };
  return known;
}

void customers_import::take(const import_cells& from) {
  row made;
  const auto id = from.needed("external_id", 200);
  seen_.take(from, "external_id", id);
  made.id = kept_id(context_.key, id);
  made.first_name = from.text_without_number("first_name", 200);
  made.last_name = from.text_without_number("last_name", 200);
  const auto whole = from.text_without_number("name", 200);
  if (made.first_name.empty() && made.last_name.empty()) made.first_name = whole;
  made.company_name = from.text_without_number("company_name", 200);
  made.email = from.text_without_number("email", 320);
  const auto at = made.email.find('@');
  if (!made.email.empty() &&
      (at == 0 || at == std::string::npos || at + 1 == made.email.size() || made.email.find_first_of(" ,;") != std::string::npos))
    from.complain("email", "expected an e-mail address");
  made.url = from.text_without_number("url", 2000);
  if (!made.url.empty() && !made.url.starts_with("https://") && !made.url.starts_with("http://"))
    from.complain("url", "expected an address that begins with https:// or http://");
  made.language = from.text_without_number("language", 35);
  made.created = from.time("created_at");
  made.fingerprints = from.fingerprints(context_.key);
  for (const auto& number : made.fingerprints)
    if (numbers_.emplace(number, made.id).first->second != made.id) ++alike_in_file_;
  batch_.push_back(std::move(made));
}

/// Which rows are known, and which of those say something new.
void customers_import::compare(pqxx::work& tx) {
  db::array id, first, last, company, email, url, language;
  for (const auto& r : batch_)
    id.add(r.id), first.add(r.first_name), last.add(r.last_name), company.add(r.company_name), email.add(r.email), url.add(r.url),
        language.add(r.language);
  for (auto& r : batch_) r.customer = 0, r.fresh = true, r.changed = false;
  for (const auto& found : tx.exec_params(find_customers, context_.source, id.text(), first.text(), last.text(), company.text(),
                                          email.text(), url.text(), language.text())) {
    auto& r = batch_[found[0].as<std::size_t>() - 1];
    r.customer = found[1].as<std::int64_t>();
    r.fresh = false;
    r.changed = found[2].as<bool>();
  }
}

/// The rows' identities exist and are locked, as are the customers they have already.
void customers_import::reserve(pqxx::work& tx) {
  db::array space, account, id;
  const auto add = [&](const char* of, const std::string& whose, const std::string& value) {
    space.add(of), account.add(whose), id.add(value);
  };
  for (const auto& r : batch_) {
    add("import", context_.source, r.id);
    for (const auto& number : r.fingerprints) add("fingerprint", "", number);
  }
  for (const auto* statement : {reserve_identities, lock_identities, lock_customers})
    tx.exec_params(statement, space.text(), account.text(), id.text());
}

void customers_import::insert(pqxx::work& tx) {
  const auto how_many = std::count_if(batch_.begin(), batch_.end(), [](const row& r) { return r.fresh; });
  const auto ids = tx.exec_params("select nextval(pg_get_serial_sequence('customer', 'id')) from generate_series(1, $1::bigint)",
                                  std::int64_t{how_many});
  struct columns {
    db::array id, first, last, company, email, url, language;
  } fresh, changed;
  db::array created, space, account, external, given;
  pqxx::result::size_type next = 0;
  for (auto& r : batch_) {
    if (r.fresh) {
      r.customer = ids[next++][0].as<std::int64_t>();
      created.add(r.created);
      space.add("import"), account.add(context_.source), external.add(r.id), given.add(r.customer);
    }
    if (!r.fresh && !r.changed) continue;
    auto& to = r.fresh ? fresh : changed;
    to.id.add(r.customer), to.first.add(r.first_name), to.last.add(r.last_name), to.company.add(r.company_name),
        to.email.add(r.email), to.url.add(r.url), to.language.add(r.language);
  }
  tx.exec_params(insert_customers, fresh.id.text(), fresh.first.text(), fresh.last.text(), fresh.company.text(),
                 fresh.email.text(), fresh.url.text(), fresh.language.text(), created.text());
  tx.exec_params(update_customers, changed.id.text(), changed.first.text(), changed.last.text(), changed.company.text(),
                 changed.email.text(), changed.url.text(), changed.language.text());
  tx.exec_params(give_identities, space.text(), account.text(), external.text(), given.text());
}

/// Numbers that are nobody's become the row's; one of somebody else is a pair to be judged. How many such pairs are new.
std::size_t customers_import::join_fingerprints(pqxx::work& tx, bool write) {
  std::vector<row*> whose;
  db::array number, customer, space, account, free_number, taker;
  std::map<std::string, bool> asked;
  for (auto& r : batch_)
    for (const auto& each : r.fingerprints) {
      whose.push_back(&r);
      number.add(each);
      customer.add(r.customer ? std::optional(r.customer) : std::nullopt);
      if (!asked.emplace(each, true).second) continue;
      space.add("fingerprint"), account.add(""), free_number.add(each),
          taker.add(r.customer ? std::optional(r.customer) : std::nullopt);
    }
  if (whose.empty()) return 0;
  std::vector<bool> was_free(whose.size(), false);
  for (const auto& found : tx.exec_params(find_numbers, number.text(), customer.text()))
    was_free[found[0].as<std::size_t>() - 1] = found[1].is_null();
  if (write) tx.exec_params(give_identities, space.text(), account.text(), free_number.text(), taker.text());
  std::size_t alike = 0;
  db::array one, other;
  for (const auto& found : tx.exec_params(find_numbers, number.text(), customer.text())) {
    const auto at = found[0].as<std::size_t>() - 1;
    auto& r = *whose[at];
    const bool ours = found[2].as<bool>(), judged = found[3].as<bool>();
    if (was_free[at] && !r.fresh) r.changed = true;
    if (found[1].is_null() || ours || judged) continue;
    ++alike;
    if (!r.fresh) r.changed = true;
    one.add(found[1].as<std::int64_t>()), other.add(r.customer);
  }
  if (write && alike > 0)
    tx.exec_params(put_up_for_judgement, one.text(), other.text(),
                   "the same phone number, said by an import from " + context_.source);
  return alike;
}

import_counts customers_import::counted() const {
  import_counts made;
  for (const auto& r : batch_) ++(r.fresh ? made.fresh : r.changed ? made.changed : made.unchanged);
  return made;
}

import_counts customers_import::look(pqxx::work& tx, import_problems&) {
  compare(tx);
  const auto alike = join_fingerprints(tx, false);
  auto made = counted();
  // Those of the file itself have no customers yet, unless this is a repetition.
  made.alike = alike + (made.fresh > 0 ? std::exchange(alike_in_file_, 0) : 0);
  return made;
}

import_counts customers_import::write(pqxx::work& tx, import_problems&) {
  reserve(tx);
  compare(tx);
  insert(tx);
  const auto alike = join_fingerprints(tx, true);
  auto made = counted();
  made.alike = alike;
  return made;
}

}  // namespace hub::ctl
