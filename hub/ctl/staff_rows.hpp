#pragma once
// Staff as hubctl writes them: people and passwords. The teams of the rules in force take new people in by themselves
// (staff_joins_teams in the migrations). Called with an open transaction; blocking (argon2id takes some 50 ms). Failures
// are pqxx's.

#include <pqxx/pqxx>

#include <optional>
#include <string>

namespace hub::ctl {

/// False when somebody with this e-mail is there already; then nothing changes.
bool add_staff(pqxx::transaction_base& in, const std::string& email, const std::string& name, const std::string& role,
               const std::optional<std::string>& password, bool demo = false);

}  // namespace hub::ctl
