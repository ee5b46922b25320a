#include "hub/ctl/staff_rows.hpp"

#include "hub/base/crypto.hpp"

namespace hub::ctl {

std::string make_password() {
  static constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string password;
  while (password.size() < 16)
    for (const char byte : random_bytes(32)) {
      // Bytes beyond the last whole round would make some letters likelier.
      const auto number = static_cast<unsigned char>(byte);
      if (number < 256 / letters.size() * letters.size() && password.size() < 16) password += letters[number % letters.size()];
    }
  return password;
}

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
