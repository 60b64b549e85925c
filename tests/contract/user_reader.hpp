// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

#include "user_format.hpp"

namespace user_format {

/// Takes fields from bytes that it doesn't trust.
class cursor {
 public:
  cursor(std::string_view bytes, std::string file) : rest_(bytes), file_(std::move(file)) {}

  bool at_end() const { return rest_.empty(); }

  template <class Number>
  Number take() {
    const std::string_view bytes = octets(sizeof(Number));
    return ingot::load_little<Number>(reinterpret_cast<const std::byte*>(bytes.data()));
  }
  std::uint64_t number() { return take<std::uint64_t>(); }
  std::string_view text() { return octets(number()); }

  /// How many items follow, of at least `each` bytes.
  std::size_t count(std::size_t each = sizeof(std::uint64_t)) {
    const std::uint64_t items = number();
    if (items > rest_.size() / each) refuse("more items than bytes");
    return static_cast<std::size_t>(items);
  }
  std::vector<std::int64_t> numbers() {
    std::vector<std::int64_t> result(count());
    for (std::int64_t& each : result) each = take<std::int64_t>();
    return result;
  }

  [[noreturn]] void refuse(std::string found) const {
    throw ingot::format_error(
        {.file = file_, .expected = "a sound .grove file", .found = std::move(found)});
  }

 private:
  std::string_view octets(std::uint64_t size) {
    if (size > rest_.size()) refuse("a field beyond the end");
    const std::string_view result = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(result.size());
    return result;
  }

  std::string_view rest_;
  std::string file_;
};

/// Builds values from the leaves up: a node refers to those before it, so there are no cycles and
/// nothing recurses.
class reader {
 public:
  explicit reader(ingot::source_ptr in) : in_(std::move(in)) {}

  /// The root and the metadata.
  std::pair<ingot::value, ingot::value> run() {
    const std::string footer = read_end(0, footer_size);
    cursor fields = over(footer);
    const std::uint64_t nodes_size = fields.number(), table_size = fields.number();
    const std::uint64_t root = fields.number(), metadata = fields.number();
    const auto nodes_crc = fields.take<std::uint32_t>(), table_crc = fields.take<std::uint32_t>();
    const std::string_view summed(footer.data(), footer_size - 8);
    check(summed, fields.take<std::uint32_t>());
    if (fields.take<std::uint32_t>() != 0) fields.refuse("a footer that ends with other bytes");

    const std::string table = read_end(footer_size, table_size);
    check(table, table_crc);
    const std::string nodes = read_end(footer_size + table_size, nodes_size);
    check(nodes, nodes_crc);
    read_storages(over(table));
    cursor from = over(nodes);
    while (!from.at_end()) nodes_.push_back(read_node(from));
    return {node(from, root), node(from, metadata)};
  }

 private:
  using items = std::vector<ingot::value>;

  cursor over(std::string_view bytes) const { return {bytes, in_->name()}; }

  /// The bytes that end `after` bytes before the end of the file.
  std::string read_end(std::uint64_t after, std::uint64_t size) const {
    const std::uint64_t all = in_->size();
    if (after > all || size > all - after) over({}).refuse("a file that is cut off");
    std::string bytes(static_cast<std::size_t>(size), '\0');
    in_->read(all - after - size, std::as_writable_bytes(std::span(bytes)));
    return bytes;
  }

  void check(std::string_view bytes, std::uint32_t crc) const {
    if (ingot::crc32(0, std::as_bytes(std::span(bytes))) != crc) over({}).refuse("damage");
  }

  void read_storages(cursor from) {
    std::uint64_t offset = magic.size();
    while (!from.at_end()) {
      offset = (offset + alignment - 1) / alignment * alignment;
      const std::uint64_t size = from.number();
      const auto crc = from.take<std::uint32_t>();
      storages_.push_back(std::make_shared<const ingot::storage>(
          ingot::extent{.from = in_,
                        .offset = offset,
                        .size = size,
                        .record = "storage " + std::to_string(storages_.size()),
                        .crc = crc}));
      offset += size;  // no overflow: the storage lies in the file
    }
  }

  const ingot::value& node(const cursor& from, std::uint64_t number) const {
    if (number >= nodes_.size()) from.refuse("a node that doesn't come before");
    return nodes_[static_cast<std::size_t>(number)];
  }

  ingot::value read_node(cursor& from) {
    const auto which = from.take<std::uint8_t>();
    if (which > static_cast<std::uint8_t>(ingot::kind::cycle)) from.refuse("an unknown kind");
    items children(from.count());
    for (ingot::value& child : children) child = node(from, from.number());
    try {
      return make(static_cast<ingot::kind>(which), std::move(children), from);
    } catch (const ingot::value_error& failure) {  // a device without a name, a view too far
      from.refuse(failure.what());
    }
  }

  ingot::value make(ingot::kind which, items children, cursor& from) const {
    using ingot::kind;
    using ingot::value;
    switch (which) {
      case kind::none:
        return {};
      case kind::boolean:
        return from.number() != 0;
      case kind::integer:
        return value::make_integer(from.text());
      case kind::floating:
        return from.take<double>();
      case kind::complex: {
        const auto real = from.take<double>();
        return std::complex<double>(real, from.take<double>());
      }
      case kind::string:
        return from.text();
      case kind::bytes:
      case kind::bytearray:
        return value::make_bytes(std::string(from.text()), which);
      case kind::list:
      case kind::tuple:
      case kind::set:
        return value::make_sequence(which, std::move(children));
      case kind::dict:
      case kind::ordered_dict:
      case kind::counter: {
        const std::uint64_t count = from.number();
        if (count > children.size() / 2) from.refuse("a dict with fewer items than it says");
        auto attributes = pairs(children, static_cast<std::size_t>(count), from);
        return value::make_mapping(which, pairs(children, 0, from), std::move(attributes));
      }
      case kind::size:
        return ingot::shape(from.numbers());
      case kind::dtype:
        return read_dtype(from);
      case kind::device:
        return ingot::device(from.text());
      case kind::tensor:
        return read_tensor(children, from);
      case kind::ndarray:
        return value::make_ndarray(read_tensor(children, from));
      case kind::object:
        return value::make_object(std::string(from.text()), pairs(children, 0, from));
      case kind::cycle:
        return value::make_cycle();
    }
    from.refuse("an unknown kind");
  }

  /// Keys and contents in turn from the pair `first` on; those that are taken are gone.
  static std::vector<ingot::value::pair> pairs(items& from, std::size_t first, const cursor& at) {
    if (from.size() % 2 != 0) at.refuse("a key without a value");
    std::vector<ingot::value::pair> result;
    for (std::size_t i = 2 * first; i < from.size(); i += 2) {
      result.emplace_back(std::move(from[i]), std::move(from[i + 1]));
    }
    from.resize(2 * first);
    return result;
  }

  static ingot::dtype read_dtype(cursor& from) {
    const auto type = ingot::find_dtype(from.text());
    if (!type) from.refuse("an unknown dtype");
    return *type;
  }

  ingot::tensor_data read_tensor(const items& children, cursor& from) const {
    const std::uint64_t flags = from.number();
    ingot::tensor_data result;
    result.requires_grad = (flags & requires_grad) != 0;
    result.is_parameter = (flags & is_parameter) != 0;
    result.conjugate = (flags & conjugate) != 0;
    result.negative = (flags & negative) != 0;
    result.coalesced = (flags & coalesced) != 0;
    result.type = read_dtype(from);
    const std::uint64_t layout = from.number();
    if (layout > static_cast<std::uint64_t>(ingot::layout::meta)) from.refuse("an unknown layout");
    result.layout = static_cast<ingot::layout>(layout);
    result.device = ingot::device(from.text());
    result.shape = ingot::shape(from.numbers());
    result.strides = ingot::strides(from.numbers());
    result.offset = from.take<std::int64_t>();
    if ((flags & with_bytes) != 0) {
      const std::uint64_t number = from.number();
      if (number >= storages_.size()) from.refuse("an unknown storage");
      result.bytes = storages_[static_cast<std::size_t>(number)];
    }
    const auto part = [&](std::size_t index) {
      if (index >= children.size()) from.refuse("a tensor without its parts");
      return std::make_shared<const ingot::value>(children[index]);
    };
    if ((flags & with_parts) != 0) result.parts = part(0);
    if ((flags & with_quantizer) != 0) {
      ingot::quantizer how{.scheme = std::string(from.text()),
                           .scale = from.take<double>(),
                           .zero_point = from.take<std::int64_t>()};
      how.axis = from.take<std::int64_t>();
      if (!children.empty()) {
        how.scales = part(0);
        how.zero_points = part(1);
      }
      result.quantizer = std::make_shared<const ingot::quantizer>(std::move(how));
    }
    return result;
  }

  ingot::source_ptr in_;
  std::vector<ingot::storage_ptr> storages_;
  items nodes_;
};

}  // namespace user_format
