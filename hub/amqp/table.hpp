#pragma once
// Entries of AMQP tables that more than one file of this room sends. Inside hub/amqp only; any thread.

#include <amqp.h>

namespace hub::amqp {

/// name = true
inline amqp_table_entry_t yes(const char* name) {
  amqp_table_entry_t entry{};
  entry.key = amqp_cstring_bytes(name);
  entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
  entry.value.value.boolean = 1;
  return entry;
}

}  // namespace hub::amqp
