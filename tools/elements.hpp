// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ingot/state/tensor_data.hpp>

namespace ingot::tools {

/// A strided tensor's elements as contiguous bytes in row-major order, in the host's byte order.
/// They are read from the file piece by piece where they lie in it contiguously (their checksum
/// isn't looked at then); else they are all read at once. The tensor must outlive the reader.
/// Throws as read_tensor does.
class element_reader {
 public:
  /// `name` is for messages.
  element_reader(const tensor_data& tensor, std::string name);

  std::uint64_t size() const noexcept { return size_; }  ///< in bytes

  /// Fills `into` with the bytes from `offset` on; both are whole elements.
  void read(std::uint64_t offset, std::span<std::byte> into) const;

 private:
  const tensor_data& tensor_;
  std::uint64_t size_;
  std::vector<std::byte> gathered_;
};

/// Calls visit(bytes) for consecutive pieces of all elements.
template <class Visit>
void for_each_piece(const element_reader& elements, Visit visit) {
  constexpr std::uint64_t piece = std::uint64_t{1} << 20;
  std::vector<std::byte> buffer;
  for (std::uint64_t offset = 0; offset < elements.size(); offset += buffer.size()) {
    buffer.resize(static_cast<std::size_t>(std::min(piece, elements.size() - offset)));
    elements.read(offset, buffer);
    visit(std::span<std::byte>(buffer));
  }
}

}  // namespace ingot::tools
