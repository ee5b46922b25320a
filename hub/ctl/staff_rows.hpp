#pragma once
// Staff as hubctl writes them: people, passwords, and their places in the teams of the rules in force. Called with an
// open transaction; blocking (argon2id takes some 50 ms). Failures are pqxx's.

#include <pqxx/pqxx>

#include <optional>
#include <string>

namespace hub::ctl {

/// 16 letters and digits that are not mistaken for each other.
std::string make_password();

/// False when somebody with this e-mail is there already; then nothing changes.
bool add_staff(pqxx::transaction_base& in, const std::string& email, const std::string& name, const std::string& role,
               const std::optional<std::string>& password, bool demo = false);

/// Teams are written from the rules in force; people who became staff after that join theirs now. Without rules in force
/// nothing happens: whoever activates them finds the people. Throws hub::error when the rules in force are unreadable.
void join_teams(pqxx::transaction_base& in);

}  // namespace hub::ctl
