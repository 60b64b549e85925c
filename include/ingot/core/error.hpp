// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace ingot {

/// The facts of a failure. Every member may be empty; what() leaves empty ones out.
struct error_info {
  std::string file{};      ///< path of the file, or the name of the stream or span
  std::string where{};     ///< the tensor, key, record or byte offset
  std::string expected{};  ///< what would have been right
  std::string found{};     ///< what was there instead
  std::string remedy{};    ///< what to write or do about it
};

/// The message of a failure: "file: where: expected X, found Y; remedy", or "file: where: Y" where
/// nothing is expected: what the system says.
inline std::string describe_failure(const error_info& info) {
  std::string text = info.file;
  const auto append = [&text](const char* separator, const std::string& part) {
    if (part.empty()) return;
    if (!text.empty()) text += separator;
    text += part;
  };
  append(": ", info.where);
  if (!info.expected.empty()) append(": ", "expected " + info.expected);
  if (info.expected.empty())
    append(": ", info.found);
  else if (!info.found.empty())
    append(", ", "found " + info.found);
  append("; ", info.remedy);
  return text;
}

/// Base of everything that Ingot throws on purpose. (std::bad_alloc passes through as it is.)
class error : public std::runtime_error {
 public:
  explicit error(error_info info)
      : std::runtime_error(describe_failure(info)), info_(std::move(info)) {}

  const error_info& info() const noexcept { return info_; }

  /// For who catches it by reference, knows more, and throws it on.
  void amend(error_info info) {
    static_cast<std::runtime_error&>(*this) = std::runtime_error(describe_failure(info));
    info_ = std::move(info);
  }

 private:
  error_info info_;
};

/// The operating system refused: no such file, no space, no permission, an I/O error.
class file_error : public error {
 public:
  using error::error;
};

/// The bytes are not a well-formed file of the format, or are damaged.
class format_error : public error {
 public:
  using error::error;
};

/// A value isn't what the caller asked for: no such key, another kind, a number out of range.
class value_error : public error {
 public:
  using error::error;
};

}  // namespace ingot
