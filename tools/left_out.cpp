// SPDX-License-Identifier: Apache-2.0
#include "left_out.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/cast.hpp>
#include <ingot/state/leaves.hpp>
#include <ingot/state/module.hpp>

#include "description.hpp"
#include "targets.hpp"
#include "text.hpp"

namespace ingot::tools {

namespace {

/// What of a value the archive can't hold; of an entire module also why it isn't its state_dict.
std::string unholdable_part(const value& of) {
  std::string text = described(of);
  if (!is_module(of)) return text;
  try {
    state_dict(of);
  } catch (const value_error& failure) {
    text += std::string(", without a state_dict: ") + failure.what();
  }
  return printable(text, 500);
}

/// Whether --cast could make something else of it.
bool can_be_cast(const leaf& part) {
  if (!part.content->is_tensor()) return false;
  const tensor_data& tensor = part.content->tensor();
  return tensor.layout == layout::strided && !tensor.quantizer && is_floating_point(tensor.type) &&
         can_cast(tensor.type, dtype::float32);
}

std::string name_of(const leaf& part) { return part.name.empty() ? "root" : printable(part.name); }

error_info unholdable(const std::vector<leaf>& parts, const target& to,
                      const convert_options& options, std::string remedy) {
  const std::size_t others = parts.size() - 1;
  return {.file = options.out.string(),
          .where = name_of(parts[0]) + (others == 0 ? "" : " and " + grouped(others) + " more"),
          .expected = "what the format " + std::string(to.format) + " holds: " + held_by(to.format),
          .found = others == 0 ? unholdable_part(*parts[0].content)
                               : grouped(parts.size()) + " other values in " + options.in.string(),
          .remedy = std::move(remedy)};
}

}  // namespace

std::optional<value> holdable(std::ostream& err, value root, const target& to,
                              const convert_options& options, bool has_names) {
  const std::vector<leaf> left_out = unholdable_values(root, to.holds);
  if (left_out.empty()) return root;
  std::optional<value> kept = drop_unholdable(root, to.holds);
  if (!options.drop || !kept || kept->size() == 0) {
    std::string remedy = "an .ingot file holds any value";
    if (kept && kept->size() != 0) {
      remedy = "--drop leaves them out";
      if (has_names) remedy += ", or --only 'REGEX' picks what to keep";
    }
    if (!options.cast && std::ranges::all_of(left_out, can_be_cast)) {
      remedy = "--cast float32 converts all floating-point tensors; " + remedy;
    }
    err << "error: " << describe_failure(unholdable(left_out, to, options, remedy)) << '\n';
    kept.reset();
  }
  for (const leaf& part : left_out) {
    err << (kept ? "dropped: " : "can't be held: ") << name_of(part) << ": "
        << unholdable_part(*part.content) << '\n';
  }
  return kept;
}

}  // namespace ingot::tools
