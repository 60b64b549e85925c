// SPDX-License-Identifier: Apache-2.0
#include "read_each.hpp"

#include <algorithm>
#include <istream>
#include <ostream>
#include <sstream>
#include <string>

#include <ingot/ingot.hpp>

#include "json.hpp"

namespace {

std::string described(const std::string& path) {
  try {
    std::ostringstream text;
    // A copy of all elements: reading them is what checks their checksums.
    ingot::tools::write_json(text, ingot::open(path).clone(), {.digest = true});
    return std::move(text).str();
  } catch (const ingot::error& failure) {
    return std::string("refused: ") + failure.what();
  }
}

}  // namespace

void read_each(std::istream& in, std::ostream& out) {
  for (std::string path; std::getline(in, path);) {
    std::string line = described(path);
    std::ranges::replace(line, '\n', ' ');
    out << line << '\n';
  }
}
