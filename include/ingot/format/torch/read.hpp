// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <ingot/format/pickle/freeze.hpp>
#include <ingot/format/pickle/machine.hpp>
#include <ingot/format/torch/environment.hpp>
#include <ingot/format/torch/storages.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::torch {

/// The value that a pickle by torch.save describes, which takes `stored_size` bytes in its file
/// (fewer, where it is deflated). `locate` says where a storage's bytes are. Throws format_error
/// with the byte and the opcode; the caller adds the file and the record.
inline value read(std::span<const std::byte> bytes, std::uint64_t stored_size,
                  storages::locator locate) {
  graph objects(stored_size);
  environment names(std::move(locate));
  pickle::machine machine(bytes, objects, names);
  const item root = machine.run();
  return pickle::freezer(objects, names).run(root);
}

}  // namespace ingot::detail::torch
