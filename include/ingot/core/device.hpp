// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/core/memory_space.hpp>

namespace ingot {

/// PyTorch's name of a device, "cpu" or "cuda:1": a tag in a file, not something that holds bytes.
class device {
 public:
  device() = default;

  /// Takes "type" or "type:index"; throws value_error on anything else.
  explicit device(std::string_view text) {
    const std::size_t colon = text.find(':');
    type_ = text.substr(0, colon);
    if (colon != std::string_view::npos) {
      const std::string_view digits = text.substr(colon + 1);
      const auto [end, code] =
          std::from_chars(digits.data(), digits.data() + digits.size(), index_);
      if (code != std::errc{} || end != digits.data() + digits.size() || index_ < 0) refuse(text);
    }
    if (type_.empty()) refuse(text);
  }
  device(std::string type, int index) : type_(std::move(type)), index_(index) {}

  const std::string& type() const noexcept { return type_; }
  int index() const noexcept { return index_; }  ///< -1: none given

  friend bool operator==(const device&, const device&) = default;

 private:
  [[noreturn]] static void refuse(std::string_view text) {
    throw value_error({.where = "device",
                       .expected = "a type, or type:index as in cuda:1",
                       .found = '"' + std::string(text) + '"'});
  }

  std::string type_ = "cpu";
  int index_ = -1;
};

/// The tag of what lies in a memory space.
inline device device_of(const memory_space& space) {
  return {std::string(space.name), space.ordinal};
}

inline std::string to_string(const device& tag) {
  return tag.index() < 0 ? tag.type() : tag.type() + ':' + std::to_string(tag.index());
}

inline std::ostream& operator<<(std::ostream& out, const device& tag) {
  return out << to_string(tag);
}

}  // namespace ingot
