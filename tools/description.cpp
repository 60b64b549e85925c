// SPDX-License-Identifier: Apache-2.0
#include "description.hpp"

#include <sstream>

#include <ingot/state/print.hpp>

#include "text.hpp"

namespace ingot::tools {

std::string described(const value& of) {
  std::string text = detail::summary(of);
  switch (of.kind()) {
    case kind::tensor:
    case kind::ndarray:
      if (of.tensor().layout == layout::strided) break;
      text += " (" + std::string(name(of.tensor().layout)) + ')';
      break;
    case kind::boolean:
    case kind::integer:
    case kind::complex:
    case kind::size:
    case kind::dtype:
    case kind::device: {
      std::ostringstream printed;
      printed << of;
      text = std::string(name(of.kind())) + ' ' + std::move(printed).str();
      break;
    }
    default:
      break;
  }
  return printable(text);
}

}  // namespace ingot::tools
