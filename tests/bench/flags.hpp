#pragma once
// What a benchmark is told on its command line.

#include <boost/program_options.hpp>

#include <iostream>

namespace bench {

/// Reads it into what `known` points at. False when --help was given: what there is has been printed.
/// Throws boost::program_options::error.
inline bool read_flags(int count, char** values, boost::program_options::options_description& known) {
  namespace po = boost::program_options;
  known.add_options()("help", "this text");
  po::variables_map given;
  po::store(po::parse_command_line(count, values, known), given);
  const bool asked = given.contains("help");
  if (asked)
    std::cout << known;
  else
    po::notify(given);
  return !asked;
}

}  // namespace bench
