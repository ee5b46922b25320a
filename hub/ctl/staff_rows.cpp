#include "hub/ctl/staff_rows.hpp"

#include "hub/base/crypto.hpp"

namespace hub::ctl {

bool add_staff(pqxx::transaction_base& in, const std::string& email, const std::string& name, const std::string& role,
               const std::optional<std::string>& password, bool demo) {
  const std::string hash = password ? hash_password(*password) : std::string();
  return in.exec_params(
               "insert into staff (email, name, role, password_hash, demo) values (lower($1), $2, $3::user_role, nullif($4, ''), "
               "$5)"
               " on conflict (email) do nothing",
               email, name, role, hash, demo)
             .affected_rows() == 1;
}

}  // namespace hub::ctl
