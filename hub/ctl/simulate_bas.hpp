#pragma once
// hubctl simulate --channel bas: one exchange of the simulated ERP, and what came of it. On the loop.

#include "hub/async/runtime.hpp"
#include "hub/ctl/bas_player.hpp"

namespace hub::ctl {

struct bas_visit {
  std::string address, user, password;
  bas_options story{};
  bool demo = false;  ///< mark what it brought as the demo's
  bool json = false;
};

/// The exit code; says on standard output what was exchanged.
async::task<int> play_bas(async::runtime& runtime, bas_visit visit);

}  // namespace hub::ctl
