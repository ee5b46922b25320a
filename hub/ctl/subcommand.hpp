#pragma once
// What a subcommand of hubctl is. Adding one: a file <name>.cpp with its function, a declaration and a row in
// subcommands.cpp, and its name in CMakeLists.txt. main maps what a function throws to exit codes, so that all of
// them fail alike.

#include "hub/base/failure.hpp"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>

#include <string>
#include <vector>

namespace hub::ctl {

/// Documented in docs/operations.md; scripts rely on them.
enum exit_code {
  good = 0,
  failed = 1,       ///< not found, a check that failed, an operation that failed
  wrong_usage = 2,  ///< the command line makes no sense
  unreachable = 3,  ///< the system does not run, or a server of it does not answer
};

/// The words after the subcommand's name.
using words = std::vector<std::string>;

struct subcommand {
  const char* name;
  const char* help;  ///< one line, an imperative
  int (*run)(const words& arguments);
};
/// In the order of `hubctl help`.
const std::vector<subcommand>& subcommands();
const subcommand* find_subcommand(const std::string& name);

/// Exit code 2, the text and a hint at --help.
struct usage_error : error {
  explicit usage_error(const std::string& what) : error(failure::permanent, "usage", what) {}
};
/// Exit code 3.
struct not_running : error {
  explicit not_running(const std::string& what) : error(failure::transient, "not running", what) {}
};
/// Exit code 0: --help was asked for and printed.
struct help_shown {};

namespace options = boost::program_options;

/// Reads `arguments` by `known` (an option --help is added) and `positional`. `usage` is the first line of the help:
/// "hubctl trace ID [--json]". Throws usage_error and help_shown.
options::variables_map read_options(const words& arguments, options::options_description known,
                                    const options::positional_options_description& positional, const std::string& usage);

}  // namespace hub::ctl
