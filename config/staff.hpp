#pragma once
// config/profiles/<profile>/staff.yaml: who a hub starts with. `hubctl seed` writes them, `hubctl rules check` compares
// them with the people in the rules when there is no database. Plain values, any thread.

#include "config/node.hpp"
#include "hub/base/describe.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// The words of user_role.
enum class staff_role { manager, supervisor, admin, analyst };
constexpr auto names_of(staff_role) {
  using enum staff_role;
  return std::array{hub::named{"manager", manager}, hub::named{"supervisor", supervisor}, hub::named{"admin", admin},
                    hub::named{"analyst", analyst}};
}

struct staff_member {
  std::string name;
  std::string email;  ///< small letters
  staff_role role = staff_role::manager;
  std::string extension{};

  bool operator==(const staff_member&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, hub::about{.text = "As customers and colleagues see it.", .required = true, .min = 1, .max = 200});
    on("email", self.email, hub::about{.text = "Signs in with it; the rules name people by it.", .required = true, .max = 320});
    on("extension", self.extension,
       hub::about{.text = "By what the switchboard knows the person: an extension or a SIP login.", .max = 256});
    on("role", self.role, hub::about{.text = "What the person may see and do.", .required = true});
  }
};

struct staff_file {
  std::vector<staff_member> staff;

  bool operator==(const staff_file&) const = default;
  static void describe(auto& self, auto& on) {
    on("staff", self.staff, hub::about{.text = "Everybody who signs in.", .required = true, .max = 10000});
  }
};

/// The people, or every problem with its place; an e-mail that is given twice names both places.
struct staff_read {
  std::vector<staff_member> staff;
  hub::problems problems;
};
staff_read read_staff(std::string_view yaml, const std::string& file);
staff_read read_staff_file(const std::string& path);

}  // namespace config
