#pragma once
// Which version of the rules is in force, and putting another one there. Workers look at every transaction: a version is
// in force for the next message. Blocking; failures are db::error. Each returns hubctl's exit code and prints.

#include <string>

namespace hub::ctl {

/// Refused with file:line:column of every problem, and then nothing changes.
int apply_rules(const std::string& text, const std::string& file);
/// `hash` is a version's hash or the beginning of it, four digits or more.
int roll_back_rules(const std::string& hash);
int list_rules(bool json);

}  // namespace hub::ctl
