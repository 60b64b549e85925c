// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/format/pickle/freeze.hpp>
#include <ingot/format/pickle/machine.hpp>
#include <ingot/format/torch/environment.hpp>
#include <ingot/format/torch/storages.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::torch {

/// Where the bytes of a storage's key are. Throws format_error where the file has none.
using locator = std::function<extent(std::string_view key)>;

/// A pickle whose storages lie beside it, in records of an archive.
class record_environment final : public environment {
 public:
  explicit record_environment(locator locate) : locate_(std::move(locate)) {}

  /// ('storage', class, key, location, numel).
  item persistent(graph& objects, item id) override {
    const auto parts = pickle::expect_tuple(objects, id, "a tuple as persistent id");
    if (parts.size() != 5) {
      pickle::refuse(objects, id, "('storage', class, key, location, numel) as persistent id");
    }
    if (pickle::expect_text(objects, parts[0], "'storage'") != "storage") {
      pickle::refuse(objects, parts[0], "'storage'");
    }
    return storages_.add(objects, parts.subspan(1), [&](const stored& of) { return bytes_of(of); });
  }

 private:
  storage_ptr bytes_of(const stored& wanted) const {
    extent bytes = locate_(wanted.key);
    const auto size = size_in_bytes(wanted);
    if (!size || *size != bytes.size) {
      throw format_error(
          {.where = "storage \"" + std::string(wanted.key) + '"',
           .expected = std::to_string(wanted.numel) + " elements of " +
                       std::to_string(size_of(wanted.type)) + " bytes",
           .found = "a record " + bytes.record + " of " + std::to_string(bytes.size) + " bytes",
           .remedy = "the file is damaged"});
    }
    return std::make_shared<const storage>(std::move(bytes));
  }

  locator locate_;
};

/// The value that a pickle by torch.save describes, which takes `stored_size` bytes in its file
/// (fewer, where it is deflated). `locate` says where a storage's bytes are. Throws format_error
/// with the byte and the opcode; the caller adds the file and the record.
inline value read(std::span<const std::byte> bytes, std::uint64_t stored_size, locator locate) {
  graph objects(stored_size);
  record_environment names(std::move(locate));
  pickle::machine machine(bytes, objects, names);
  const item root = machine.run();
  return pickle::freezer(objects, names).run(root);
}

}  // namespace ingot::detail::torch
