#pragma once
// Named places where a test makes a program fail. Compiled in only with LEADYARD_FAILPOINTS (never in a
// release build); without it FAILPOINT costs nothing. What a place does comes from the environment at start:
//
//   LEADYARD_FAILPOINTS="ingest.before_commit=kill:3,ingest.decode=throw@poison"
//
// name=action[:n|%n][@text]: `kill` ends the process with SIGKILL, `throw` throws a permanent hub::error,
// `transient` a transient one, `stop` raises SIGSTOP; `:n` acts only at the n-th arrival, `%n` at every n-th; `@text`
// only when the place's subject contains the text. The form `name=on` makes failpoint_on(name) true (test switches).

#include <string_view>

namespace hub {

#ifdef LEADYARD_FAILPOINTS
void reach_failpoint(std::string_view name, std::string_view subject);
bool failpoint_on(std::string_view name);
#define FAILPOINT(name, subject) ::hub::reach_failpoint(name, subject)
#else
constexpr bool failpoint_on(std::string_view) { return false; }
#define FAILPOINT(name, subject) static_cast<void>(0)
#endif

}  // namespace hub
