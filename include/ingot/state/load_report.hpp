// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <ostream>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/near.hpp>
#include <ingot/core/shape.hpp>

namespace ingot {

/// A name that model and file both have, with contents that don't go together. Of what isn't a
/// tensor, and of a tensor that takes any shape, the shape or dtype is absent.
struct mismatch {
  std::string name{};
  std::string problem{};  ///< "size mismatch", "dtype mismatch", "not a tensor", ...
  std::string detail{};   ///< both sides in words, and what to write where an option helps
  std::optional<shape> expected_shape{};
  std::optional<dtype> expected_type{};
  std::optional<shape> found_shape{};
  std::optional<dtype> found_type{};

  friend std::ostream& operator<<(std::ostream& out, const mismatch& what) {
    return out << what.problem << " for " << what.name << ": " << what.detail;
  }
};

/// What a load did, or why it didn't. Names are the model's, after renaming; of unexpected keys
/// they are what the renaming made of them.
struct load_report {
  std::vector<std::string> loaded{};
  std::vector<std::string> missing{};     ///< the model has it, the file doesn't
  std::vector<std::string> unexpected{};  ///< the file has it, the model doesn't
  std::vector<mismatch> mismatched{};
  std::string advice{};  ///< what to write, where a common mistake was recognised; else empty

  /// Whether file and model have the same names and all of them go together.
  bool complete() const noexcept {
    return missing.empty() && unexpected.empty() && mismatched.empty();
  }
};

namespace detail {

inline constexpr std::size_t most_reported = 50;

/// Whether a name may be a slip of the other beyond the path that both begin with: layers.0.bias is
/// nothing like layers.0.mean, though most of it is the same.
inline bool is_near(std::string_view name, std::string_view other) {
  const auto [end, unused] = std::ranges::mismatch(name, other);
  const std::size_t dot = name.substr(0, static_cast<std::size_t>(end - name.begin())).rfind('.');
  const std::size_t common = dot == std::string_view::npos ? 0 : dot + 1;
  name.remove_prefix(common);
  other.remove_prefix(common);
  return edit_distance(name, other) <= name.size() / 3;
}

/// Names that get a suggestion: looking for it is quadratic.
inline constexpr std::size_t most_suggestions = 8;

/// The one of `others` that a name was meant to be.
inline std::optional<std::string_view> meant_by(std::string_view name,
                                                std::span<const std::string> others) {
  constexpr std::size_t most_candidates = 200;
  constexpr std::size_t longest = 100;
  if (name.size() > longest) return std::nullopt;
  const auto near =
      nearest_name(name, others.first(std::min(others.size(), most_candidates)), std::identity{});
  return near && is_near(name, *near) ? near : std::nullopt;
}

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

/// Prints in PyTorch's words: a summary line, then a line a kind of problem. At most 50 names a
/// line; the report's members have them all.
inline std::ostream& operator<<(std::ostream& out, const load_report& report) {
  if (report.complete()) return out << "<All keys matched successfully>\n";
  out << report.loaded.size() << " key(s) loaded.\n";
  detail::print_problems(out, report);
  if (!report.advice.empty()) out << report.advice << '\n';
  return out;
}

/// The state doesn't fit what it was to be loaded into; nothing there has changed. The message has
/// all that the report has.
class mismatch_error : public error {
 public:
  /// `file` is empty where the state isn't from a file.
  mismatch_error(load_report report, std::string file, std::string_view what)
      : error(describe(report, std::move(file), what)), report_(std::move(report)) {}

  /// The same failure, said of another place.
  mismatch_error(const mismatch_error& other, std::string file)
      : error({.file = std::move(file), .where = other.info().where}), report_(other.report_) {}

  const load_report& report() const noexcept { return report_; }

 private:
  static error_info describe(const load_report& report, std::string file, std::string_view what) {
    std::ostringstream text;
    text << "the state doesn't fit the " << what << ":\n";
    detail::print_problems(text, report);
    std::string where = std::move(text).str();
    where.pop_back();
    if (!report.advice.empty()) where += '\n' + report.advice;
    return {.file = std::move(file), .where = std::move(where)};
  }

  load_report report_;
};

}  // namespace ingot
