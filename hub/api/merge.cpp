// POST /api/v1/customers/{id}/merge and /unmerge, and the review queue /api/v1/possible-same: who is one person.

#include "hub/api/customer_rows.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"

#include <charconv>

namespace hub::api {

namespace {

struct merge_given {
  std::int64_t into = 0;
  std::string reason;

  bool operator==(const merge_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("into", self.into, about{.text = "The customer that stays on top.", .required = true, .min = 1});
    on("reason", self.reason, about{.text = "Kept with the link.", .required = true, .min = 1, .max = 500});
  }
};

// Both links are locked in one order, whoever asks for which direction.
void link_customers(const asked& a, std::int64_t root, std::int64_t merged, const std::string& why) {
  a.sql.exec("select hub.lock_links()");
  a.sql.exec_params(
      "select c.id from hub.customer c where c.id in (select hub.link_of($1) union select hub.link_of($2))"
      " order by c.id for no key update of c",
      root, merged);
  a.sql.exec_params("select hub.merge_customers($1, $2, $3, $4)", root, merged, why, a.who.id);
  a.sql.exec_params(
      "insert into hub.possible_same (first_id, second_id, evidence, judged_at, judged_by, same)"
      " values (least($1::bigint, $2), greatest($1::bigint, $2), $3, $4::timestamptz, $5, true)"
      " on conflict (first_id, second_id) do update set judged_at = excluded.judged_at, judged_by = $5, same = true",
      root, merged, why, to_rfc3339(a.now), a.who.id);
  write_audit(a, "customer_merge", customer_subject(merged), "{\"into\":" + std::to_string(root) + "}");
}

void refuse_unless_seen(const asked& a, std::int64_t id, std::string_view field) {
  const auto found = a.sql.exec_params(
      "select 1 from hub.customer asked join hub.customer r on r.id = coalesce(asked.merged_into, asked.id)"
      " where asked.id = $2 and " +
          customer_is_visible(a.who.access),
      a.who.id, id);
  if (!found.empty()) return;
  if (field.empty()) refuse_unknown("customer");
  refuse(400, "Bad request", "there is no such customer, or they are not yours to see", field);
}

http::response merge(const asked& a) {
  const auto given = read_body<merge_given>(a.from);
  const auto reason = line_of(given.reason, "reason");
  const auto id = id_of(a.from);
  refuse_unless_seen(a, id, "");
  refuse_unless_seen(a, given.into, "into");
  const auto same = a.sql.exec_params1("select $2::bigint in (select hub.link_of($1))", id, given.into)[0].as<bool>();
  if (same) refuse(409, "One already", "These two are one customer already.", "into");
  link_customers(a, given.into, id, reason);
  return answer(200, read_customer(a, given.into));
}

struct unmerge_given {
  std::string reason;

  bool operator==(const unmerge_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("reason", self.reason, about{.text = "Kept in the audit.", .required = true, .min = 1, .max = 500});
  }
};

http::response unmerge(const asked& a) {
  const auto given = read_body<unmerge_given>(a.from);
  line_of(given.reason, "reason");
  const auto id = id_of(a.from);
  a.sql.exec("select hub.lock_links()");
  lock_customer(a, id);
  const auto done = a.sql.exec_params1("select hub.unmerge_customers($1, $2)", id, a.who.id)[0].as<bool>();
  if (!done) refuse(409, "Not merged", "This customer is part of no other; unmerge the one that was merged into it.");
  write_audit(a, "customer_unmerge", customer_subject(id));
  return answer(200, read_customer(a, id));
}

// ---- the review queue ---------------------------------------------------------------------------------------------

// Both sides must be the person's to see.
http::response list(const asked& a) {
  const auto limit = read_limit(a.from, 20, 50);
  if (!limit) refuse(limit.error());
  const auto both = [&](const char* column) {
    return "exists (select from hub.customer asked join hub.customer r on r.id = coalesce(asked.merged_into, asked.id) where "
           "asked.id = p." +
           std::string(column) + " and " + customer_is_visible(a.who.access) + ")";
  };
  possible_same_page page;
  for (const auto& row :
       a.sql.exec_params("select p.first_id, p.second_id, p.evidence, p.same, " + ms("p.found_at") + " as found_at, " +
                             ms("p.judged_at") + " as judged_at from hub.possible_same p where p.judged_at is null and " +
                             both("first_id") + " and " + both("second_id") +
                             " and p.second_id not in (select hub.link_of(p.first_id))"
                             " order by p.found_at, p.first_id, p.second_id limit $2::integer",
                         a.who.id, *limit)) {
    possible_same_view made{read_customer(a, row["first_id"].as<std::int64_t>()),
                            read_customer(a, row["second_id"].as<std::int64_t>()),
                            text_of(row["evidence"]),
                            instant_of(row["found_at"]),
                            maybe_instant(row["judged_at"]),
                            {}};
    page.pairs.push_back(std::move(made));
  }
  return answer(200, page);
}

struct judged_given {
  std::int64_t first_id = 0, second_id = 0;
  bool same = false;
  std::string reason;

  bool operator==(const judged_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("first_id", self.first_id, about{.text = "Of the pair; stays on top when they are one.", .required = true, .min = 1});
    on("second_id", self.second_id, about{.text = "Of the pair.", .required = true, .min = 1});
    on("same", self.same, about{.text = "True merges them, false keeps them apart for ever.", .required = true});
    on("reason", self.reason, about{.text = "Kept with the judgement.", .required = true, .min = 1, .max = 500});
  }
};

http::response judge(const asked& a) {
  const auto given = read_body<judged_given>(a.from);
  const auto reason = line_of(given.reason, "reason");
  refuse_unless_seen(a, given.first_id, "first_id");
  refuse_unless_seen(a, given.second_id, "second_id");
  const auto pair = a.sql.exec_params(
      "select judged_at is not null from hub.possible_same where first_id = least($1::bigint, $2)"
      " and second_id = greatest($1::bigint, $2) for update",
      given.first_id, given.second_id);
  if (pair.empty()) refuse(404, "Not found", "Nobody wondered about these two.");
  if (pair[0][0].as<bool>()) refuse(409, "Judged already", "Somebody has judged this pair.");
  if (given.same) {
    link_customers(a, given.first_id, given.second_id, reason);
  } else {
    a.sql.exec_params(
        "update hub.possible_same set same = false, judged_at = $3::timestamptz, judged_by = $4"
        " where first_id = least($1::bigint, $2) and second_id = greatest($1::bigint, $2)",
        given.first_id, given.second_id, to_rfc3339(a.now), a.who.id);
    write_audit(a, "customer_keep_apart", customer_subject(given.first_id), "{\"from\":" + std::to_string(given.second_id) + "}");
  }
  return answer(200, read_customer(a, given.first_id));
}

}  // namespace

void add_merge(route_table& to) {
  to.add(route("POST", "/api/v1/customers/{id}/merge"), merge);
  to.add(route("POST", "/api/v1/customers/{id}/unmerge"), unmerge);
  to.add(route("GET", "/api/v1/possible-same"), list);
  to.add(route("POST", "/api/v1/possible-same"), judge);
}

}  // namespace hub::api
