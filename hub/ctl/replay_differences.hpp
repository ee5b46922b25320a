#pragma once
// What differs between the rows of an event and what the event says today. Pure, any thread.

#include "hub/message/canonical.hpp"
#include "workers/store/contents.hpp"

#include <string>
#include <vector>

namespace hub::ctl {

struct content_difference {
  std::string column;    ///< "text", "subject", "attachment 0"
  std::string was, now;  ///< empty: nothing
  /// Decides where something belongs, or is a file that was told before: a replay shows it and leaves it.
  bool stays = false;
};

/// Whether the row of an edit or a reaction says what another one of the same instant told: of one instant the greater text
/// holds, whatever the order, and a replay of the lesser must not take its place. `kept` and `now` are the same event.
bool is_of_another(const workers::store::stored_content& stored, const message::event& kept, const message::event& now);

std::vector<content_difference> differences(const workers::store::stored_content& stored, const message::event& now);

}  // namespace hub::ctl
