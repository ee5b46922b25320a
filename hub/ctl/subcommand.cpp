#include "hub/ctl/subcommand.hpp"

#include <boost/program_options/parsers.hpp>

#include <iostream>

namespace hub::ctl {

options::variables_map read_options(const words& arguments, options::options_description known,
                                    const options::positional_options_description& positional, const std::string& usage) {
  // What stands for a positional word is not shown among the options.
  options::options_description shown("Options"), all;
  for (const auto& option : known.options()) {
    all.add(option);
    bool is_word = false;
    for (unsigned i = 0; i < std::min(positional.max_total_count(), 8U) && !is_word; ++i)
      is_word = positional.name_for_position(i) == option->long_name();
    if (!is_word) shown.add(option);
  }
  shown.add_options()("help,h", "show this text");
  all.add_options()("help,h", "");
  options::variables_map given;
  try {
    options::store(options::command_line_parser(arguments).options(all).positional(positional).run(), given);
    if (given.count("help")) {
      std::cout << "Usage: " << usage << "\n\n" << shown;
      throw help_shown{};
    }
    options::notify(given);
  } catch (const options::error& e) {
    throw usage_error(std::string(e.what()) + "\nUsage: " + usage);
  }
  return given;
}

}  // namespace hub::ctl
