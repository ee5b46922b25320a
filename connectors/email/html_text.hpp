#pragma once
// What a person reads of an HTML mail, as plain text: no scripts, styles, hidden elements or pictures, block ends as line
// ends, links with their address, quoted blocks with "> " before their lines. Nothing is ever fetched. Time and memory grow
// with the input only, which is cut at 2 MiB. Pure, any thread, never fails.

#include <string>
#include <string_view>

namespace connectors::email {

/// `html` and the result are UTF-8.
std::string html_to_text(std::string_view html);

}  // namespace connectors::email
