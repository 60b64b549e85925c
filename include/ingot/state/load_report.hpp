// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
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

  friend std::ostream& operator<<(std::ostream& out, const mismatch& what);
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

/// Prints in PyTorch's words: a summary line, then a line a kind of problem. At most 50 names a
/// line; the report's members have them all.
std::ostream& operator<<(std::ostream& out, const load_report& report);

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
  static error_info describe(const load_report& report, std::string file, std::string_view what);

  load_report report_;
};

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/load_report.hpp>
#endif
