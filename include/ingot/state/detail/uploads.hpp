// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <ingot/core/host_memory.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/transfer.hpp>

namespace ingot::detail {

/// The uploaders of a load, one for each kind of space that its tensors go to.
class uploads {
 public:
  /// So many bytes will be sent there from the host; 0 where a device's are copied.
  void expect(const memory_space& space, std::size_t bytes) {
    kind_of(space).expected += (bytes + host_alignment - 1) / host_alignment * host_alignment;
  }

  /// Allocates what to() needs. Throws what the spaces throw.
  void reserve() {
    for (kind& each : kinds_) {
      if (!each.made) each.made = make_uploader(*each.space, each.expected);
    }
  }

  /// For a space that was expected.
  uploader& to(const memory_space& space) { return *kind_of(space).made; }

  /// All that was sent is there on return. Throws what the spaces throw.
  void finish() {
    for (kind& each : kinds_) each.made->finish();
  }

 private:
  struct kind {
    const memory_space* space;  // the first one of it
    std::size_t expected = 0;
    std::unique_ptr<uploader> made{};
  };

  kind& kind_of(const memory_space& space) {
    for (kind& each : kinds_) {
      if (each.space->make_uploader == space.make_uploader) return each;
    }
    return kinds_.emplace_back(kind{&space});
  }

  std::vector<kind> kinds_;
};

}  // namespace ingot::detail
