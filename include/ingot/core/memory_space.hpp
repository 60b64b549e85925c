// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include <ingot/core/host_memory.hpp>

namespace ingot {

class downloader;
class uploader;

/// Where bytes can live, as a table of functions: code that never heard of CUDA moves device bytes
/// through it. A space is a constant with static lifetime; views hold its address.
struct memory_space {
  std::string_view name;  ///< PyTorch's device type: "cpu", "cuda"
  int ordinal;            ///< the device's number; -1 where there is just one
  bool host_accessible;   ///< whether the host may dereference its pointers
  void* (*allocate)(const memory_space&, std::size_t bytes);  ///< throws std::bad_alloc or error
  void (*deallocate)(const memory_space&, void* data, std::size_t bytes) noexcept;
  void (*copy_from_host)(const memory_space&, void* to, const void* from, std::size_t bytes);
  void (*copy_to_host)(const memory_space&, void* to, const void* from, std::size_t bytes);
  /// From another space that has the same function; where it is null, copies go through the host.
  void (*copy_between)(const memory_space&, void* to, const memory_space& of, const void* from,
                       std::size_t bytes) = nullptr;
  void (*zero)(const memory_space&, void* data, std::size_t bytes) = nullptr;  ///< null: by copies
  /// See core/transfer.hpp. Null: by copy_from_host. Spaces that have the same function are of one
  /// kind.
  std::unique_ptr<uploader> (*make_uploader)(const memory_space&, std::size_t expected) = nullptr;
  std::unique_ptr<downloader> (*make_downloader)(const memory_space&) = nullptr;
};

namespace detail {

inline void* host_allocate(const memory_space&, std::size_t bytes) { return allocate_host(bytes); }
inline void host_deallocate(const memory_space&, void* data, std::size_t bytes) noexcept {
  deallocate_host(data, bytes);
}
inline void host_copy(const memory_space&, void* to, const void* from, std::size_t bytes) {
  if (bytes != 0) std::memcpy(to, from, bytes);
}

}  // namespace detail

/// The host's memory.
inline constexpr memory_space host_space{"cpu",
                                         -1,
                                         true,
                                         detail::host_allocate,
                                         detail::host_deallocate,
                                         detail::host_copy,
                                         detail::host_copy};

/// Copies bytes from any space to any space; complete on return. Throws what the spaces throw, and
/// std::bad_alloc.
inline void copy_bytes(const memory_space& to_space, void* to, const memory_space& from_space,
                       const void* from, std::size_t bytes) {
  if (from_space.host_accessible) return to_space.copy_from_host(to_space, to, from, bytes);
  if (to_space.host_accessible) return from_space.copy_to_host(from_space, to, from, bytes);
  if (to_space.copy_between != nullptr && to_space.copy_between == from_space.copy_between) {
    return to_space.copy_between(to_space, to, from_space, from, bytes);
  }
  constexpr std::size_t piece = std::size_t{4} << 20;
  const std::size_t most = bytes < piece ? bytes : piece;
  const auto staging = std::make_unique<std::byte[]>(most);
  for (std::size_t done = 0; done < bytes; done += most) {
    const std::size_t now = bytes - done < most ? bytes - done : most;
    from_space.copy_to_host(from_space, staging.get(), static_cast<const std::byte*>(from) + done,
                            now);
    to_space.copy_from_host(to_space, static_cast<std::byte*>(to) + done, staging.get(), now);
  }
}

/// Sets bytes of any space to zero; complete on return. Throws as copy_bytes does.
inline void zero_bytes(const memory_space& space, void* data, std::size_t bytes) {
  if (bytes == 0) return;
  if (space.host_accessible) {
    std::memset(data, 0, bytes);
  } else if (space.zero != nullptr) {
    space.zero(space, data, bytes);
  } else {
    const auto zeros = std::make_unique<std::byte[]>(bytes);
    space.copy_from_host(space, data, zeros.get(), bytes);
  }
}

}  // namespace ingot
