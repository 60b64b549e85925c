// SPDX-License-Identifier: Apache-2.0
#include "casting.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/cast.hpp>
#include <ingot/state/transform.hpp>

#include "elements.hpp"
#include "input.hpp"

namespace ingot::tools {

namespace {

/// All elements of a storage as one tensor.
tensor_data whole(const storage_ptr& bytes, dtype type) {
  tensor_data result;
  result.bytes = bytes;
  result.type = type;
  result.shape = {static_cast<std::int64_t>(bytes->size() / size_of(type))};
  result.strides = {1};
  return result;
}

/// A storage's elements in another dtype, converted when they are read.
class cast_source final : public source {
 public:
  cast_source(const storage_ptr& from, dtype from_type, dtype to_type, std::string name)
      : stored_(whole(from, from_type)),
        elements_(stored_, name),
        to_type_(to_type),
        name_(std::move(name)) {}

  const std::string& name() const noexcept override { return name_; }

  std::uint64_t size() const noexcept override {
    return elements_.size() / size_of(stored_.type) * size_of(to_type_);
  }

  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    const std::size_t size = size_of(to_type_);
    std::vector<std::byte> converted;
    while (!into.empty()) {
      // A read may begin and end within an element.
      const std::uint64_t first = offset / size;
      const auto skipped = static_cast<std::size_t>(offset % size);
      const std::size_t count = std::min(piece, (skipped + into.size() + size - 1) / size);
      convert(first, count, converted);
      const std::size_t part = std::min(into.size(), count * size - skipped);
      std::copy_n(converted.begin() + static_cast<std::ptrdiff_t>(skipped), part, into.begin());
      into = into.subspan(part);
      offset += part;
    }
  }

 private:
  static constexpr std::size_t piece = 64 * 1024;  // elements

  void convert(std::uint64_t first, std::size_t count, std::vector<std::byte>& to) const {
    std::vector<std::byte> from(count * size_of(stored_.type));
    elements_.read(first * size_of(stored_.type), from);
    to.resize(count * size_of(to_type_));
    cast_elements(from.data(), stored_.type, to.data(), to_type_, count);
  }

  tensor_data stored_;
  element_reader elements_;
  dtype to_type_;
  std::string name_;
};

class caster {
 public:
  explicit caster(dtype to) : to_(to) {}

  tensor_data operator()(const tensor_data& from) {
    tensor_data result = from;
    if (!is_floating_point(from.type)) return result;
    result.type = to_;
    if (from.bytes) result.bytes = converted(from);
    if (from.parts) {
      result.parts = std::make_shared<const value>(transform_tensors(*from.parts, std::ref(*this)));
    }
    return result;
  }

 private:
  struct cast_storage {
    storage_ptr original;  // an address is unique only while its storage lives
    dtype type;
    storage_ptr result;
  };

  storage_ptr converted(const tensor_data& tensor) {
    const auto [place, is_new] = done_.try_emplace(tensor.bytes.get());
    if (is_new) {
      check_storage({"", tensor.bytes});
      place->second = {tensor.bytes, tensor.type, convert(tensor)};
    } else if (place->second.type != tensor.type) {
      throw value_error({.where = "--cast",
                         .expected = "storages with elements of one dtype",
                         .found = "one that is seen as " + std::string(name(tensor.type)) +
                                  " and as " + std::string(name(place->second.type))});
    }
    return place->second.result;
  }

  storage_ptr convert(const tensor_data& tensor) const {
    const extent* file = tensor.bytes->file();
    const std::string name = file != nullptr ? file->record : "memory";
    auto source = std::make_shared<const cast_source>(tensor.bytes, tensor.type, to_, name);
    const std::uint64_t size = source->size();
    return std::make_shared<const storage>(
        extent{.from = std::move(source),
               .size = size,
               .record = name,
               .big_endian = std::endian::native == std::endian::big});
  }

  dtype to_;
  std::unordered_map<const storage*, cast_storage> done_;
};

}  // namespace

value cast_floating_point(const value& root, dtype to) {
  caster cast(to);
  return transform_tensors(root, std::ref(cast));
}

}  // namespace ingot::tools
