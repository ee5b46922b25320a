#pragma once
// Names and beginnings of the files of an exchange. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>

namespace connectors::erp {

/// Folders of the ERP's own machine are left out; nothing for a name that leads elsewhere.
std::optional<std::string> plain_name(std::string name);

/// ".xml", in small letters; empty without one.
std::string ending_of(const std::string& name);
bool is_photo(const std::string& name);

/// Whether a piece is the first of an XML file.
bool begins_a_document(std::string_view piece);

}  // namespace connectors::erp
