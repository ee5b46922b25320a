#pragma once
// How hubctl speaks of a telephone call, in a trace and in a lead's conversation. Pure.

#include <string>

namespace hub::ctl {

/// SQL: "inbound, missed, waited 20 s, line Showroom" of the call_record `c`, with the staff `s` of it left-joined. A line that
/// has no name of ours is left out: what stands there is its fingerprint.
inline std::string call_words() {
  return "concat_ws(', ', c.direction, c.status, 'waited ' || c.wait_seconds || ' s', 'talked ' || c.talk_seconds || ' s',"
         " case when c.line <> '' and c.line not like 'fp:%' then 'line ' || c.line end, 'with ' || s.name)";
}

}  // namespace hub::ctl
