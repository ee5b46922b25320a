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

std::vector<content_difference> differences(const workers::store::stored_content& stored, const message::event& now);

}  // namespace hub::ctl
