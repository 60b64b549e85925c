// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/format/pickle/freeze.hpp>
#include <ingot/format/torch/legacy.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/io/window_source.hpp>

namespace ingot::detail::torch {

/// A pickle by pickle.dump. A tensor's storage is then a legacy file inside of bytes.
class bare_environment final : public environment {
 public:
  bare_environment(source_ptr file, std::span<const std::byte> pickle)
      : file_(std::move(file)), pickle_(pickle) {}

  item persistent(graph& objects, item id) override {
    pickle::refuse(objects, id, "a pickle that needs nothing beside it");
  }

 private:
  std::optional<item> load_from_bytes(graph& objects, arguments given) override {
    if (given.size() != 1 || !is_octets(given[0])) return std::nullopt;
    const std::string_view octets = objects.text(given[0]);
    objects.charge(octets.size());  // the same bytes may be named again and again
    const source_ptr inner = source_of(octets);
    if (!legacy_file::begins(*inner)) return std::nullopt;
    legacy_file file(inner);
    const stored* whole = file.storage();
    if (whole == nullptr) return objects.add_leaf(file.content());
    stored made = *whole;
    made.key = {};  // it lies in the inner file's pickle
    return storages_.add_unnamed(std::move(made));
  }

  // In the file, where the bytes are in it as they are: protocol 2 writes bytes as text.
  source_ptr source_of(std::string_view octets) const {
    const auto bytes = std::as_bytes(std::span(octets));
    const auto* begin = pickle_.data();
    const bool inside = std::greater_equal<>()(bytes.data(), begin) &&
                        std::less<>()(bytes.data(), begin + pickle_.size());
    if (!inside) return from_memory({bytes.begin(), bytes.end()}, file_->name());
    return std::make_shared<window_source>(file_, static_cast<std::uint64_t>(bytes.data() - begin),
                                           bytes.size(), file_->name());
  }

  source_ptr file_;
  std::span<const std::byte> pickle_;  // at the front of the file
};

/// The value of a file that pickle.dump wrote. What follows the first pickle is ignored, as by
/// pickle.load. Throws format_error.
inline value read_bare_pickle(const source_ptr& file) {
  const pickle_bytes bytes(*file, 0);
  return in_part(*file, "pickle", [&] {
    graph objects(bytes.all().size());
    bare_environment names(file, bytes.all());
    const item root = pickle::machine(bytes.all(), objects, names).run();
    return pickle::freezer(objects, names).run(root);
  });
}

}  // namespace ingot::detail::torch
