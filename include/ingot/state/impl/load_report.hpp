// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/separate.hpp>
#include <ingot/state/detail/meant_by.hpp>
#include <ingot/state/load_report.hpp>

namespace ingot {

INGOT_INLINE std::ostream& operator<<(std::ostream& out, const mismatch& what) {
  return out << what.problem << " for " << what.name << ": " << what.detail;
}

namespace detail {

inline constexpr std::size_t most_reported = 50;

/// `"a", "b" (did you mean "c"?), ... and 3 more`; a suggestion comes from `others`.
inline void print_names(std::ostream& out, const std::vector<std::string>& names,
                        const std::vector<std::string>& others) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == most_reported) {
      out << ", ... and " << names.size() - most_reported << " more";
      break;
    }
    out << (i == 0 ? "" : ", ") << '"' << names[i] << '"';
    if (i >= most_suggestions) continue;
    if (const auto near = meant_by(names[i], others)) {
      out << " (did you mean \"" << *near << "\"?)";
    }
  }
  out << ".\n";
}

inline void print_problems(std::ostream& out, const load_report& report) {
  if (!report.missing.empty()) {
    out << "Missing key(s) in state_dict: ";
    print_names(out, report.missing, report.unexpected);
  }
  if (!report.unexpected.empty()) {
    out << "Unexpected key(s) in state_dict: ";
    print_names(out, report.unexpected, {});
  }
  for (std::size_t i = 0; i < report.mismatched.size(); ++i) {
    if (i == most_reported) {
      out << "... and " << report.mismatched.size() - most_reported << " more that don't match.\n";
      break;
    }
    out << report.mismatched[i] << ".\n";
  }
}

}  // namespace detail

INGOT_INLINE std::ostream& operator<<(std::ostream& out, const load_report& report) {
  if (report.complete()) return out << "<All keys matched successfully>\n";
  out << report.loaded.size() << " key(s) loaded.\n";
  detail::print_problems(out, report);
  if (!report.advice.empty()) out << report.advice << '\n';
  return out;
}

INGOT_INLINE error_info mismatch_error::describe(const load_report& report, std::string file,
                                                 std::string_view what) {
  std::ostringstream text;
  text << "the state doesn't fit the " << what << ":\n";
  detail::print_problems(text, report);
  std::string where = std::move(text).str();
  where.pop_back();
  if (!report.advice.empty()) where += '\n' + report.advice;
  return {.file = std::move(file), .where = std::move(where)};
}

}  // namespace ingot
