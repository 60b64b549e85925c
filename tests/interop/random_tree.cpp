// SPDX-License-Identifier: Apache-2.0
#include "random_tree.hpp"

#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <ingot/io/memory_source.hpp>
#include <ingot/state/dict.hpp>

namespace {

using namespace ingot;

class generator {
 public:
  generator(std::uint64_t seed, kinds which) : random_(seed), all_(which == kinds::all) {}

  value tree(int depth) {
    // A node that was there before: shared in the tree, and so in the file.
    if (!earlier_.empty() && chance(10)) return earlier_[below(earlier_.size())];
    value made = depth == 0 || chance(40) ? leaf() : container(depth - 1);
    if (made.identity() != nullptr) earlier_.push_back(made);
    return made;
  }

 private:
  // The standard's distributions differ between libraries; a seed must mean one tree.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  std::int64_t extent(std::size_t limit) { return static_cast<std::int64_t>(below(limit)); }

  value leaf() {
    if (all_ && chance(20)) return foreign_leaf();
    switch (below(14)) {
      case 0:
        return {};
      case 1:
        return chance(50);
      case 2:
        return integer();
      case 3:
        return floating();
      case 4:
        return std::complex<double>(floating(), floating());
      case 5:
        return text();
      case 6:
        return value::make_bytes(octets(below(40)));
      case 7:
        return value::make_bytes(octets(below(40)), kind::bytearray);
      case 8:
        return extents();
      case 9:
        return torch_dtype();
      case 10:
        return chance(50) ? device() : device("cuda", static_cast<int>(below(4)));
      default:
        return tensor();
    }
  }

  value integer() {
    switch (below(3)) {
      case 0:
        return extent(1000) - 500;
      case 1:
        return static_cast<std::int64_t>(random_());
      default:
        return value::make_integer(octets(1 + below(20)));
    }
  }

  double floating() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr std::array special{0.0, -0.0, 0.1, infinity, -infinity, nan, 5e-324, 1e308};
    if (chance(50)) return special[below(special.size())];
    return std::ldexp(static_cast<double>(static_cast<std::int64_t>(random_())),
                      static_cast<int>(below(200)) - 150);
  }

  std::string octets(std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) result += static_cast<char>(below(256));
    return result;
  }

  std::string text() {
    constexpr std::array parts{"a",  "weight.", "\n\"\\",      "\xc3\xa9", "\xf0\x9f\x98\x80",
                               "0/", "\x7f",    "\xed\xa0\x80"};
    std::string result;
    for (std::size_t i = below(8); i-- > 0;) result += parts[below(parts.size())];
    return result;
  }

  shape extents() {
    std::vector<std::int64_t> result(below(4));
    for (std::int64_t& each : result) each = extent(5);
    return shape(std::move(result));
  }

  /// What PyTorch's files don't hold, or not with weights_only.
  value foreign_leaf() {
    switch (below(5)) {
      case 0:
        return value::make_cycle();
      case 1:
        return value::make_integer(octets(1 + below(1000)));
      case 2:
        return text() + std::string(below(300), 'x');
      case 3:
        return shape{-extent(3), extent(1000)};
      default:
        return array();
    }
  }

  value array() {
    constexpr std::array types{dtype::float64, dtype::complex64, dtype::uint16, dtype::boolean};
    tensor_data made = plain(types[below(types.size())], extents());
    if (made.type != dtype::boolean && chance(50)) {
      std::vector<std::byte> copy(made.bytes->data(), made.bytes->data() + made.bytes->size());
      const std::uint64_t size = copy.size();
      made.bytes = std::make_shared<const storage>(
          ingot::extent{.from = from_memory(std::move(copy)), .size = size, .big_endian = true});
    }
    return value::make_ndarray(std::move(made));
  }

  value container(int depth) {
    if (all_ && chance(15)) return value::make_object("module." + text(), items(depth));
    switch (below(7)) {
      case 0:
        return value::make_sequence(kind::tuple, children(depth));
      case 1:
        return set();
      case 2:
        return counter();
      case 3:
        return value::make_mapping(kind::dict, items(depth));
      case 4: {
        std::vector<value::pair> attributes;
        if (chance(50)) attributes.emplace_back("_metadata", tree(depth));
        return value::make_mapping(kind::ordered_dict, items(depth), std::move(attributes));
      }
      default:
        return value::make_sequence(kind::list, children(depth));
    }
  }

  std::vector<value> children(int depth) {
    std::vector<value> result;
    for (std::size_t i = below(5); i-- > 0;) result.push_back(tree(depth));
    return result;
  }

  // Keys that Python takes for different ones.
  std::vector<value> keys() {
    std::vector<value> result;
    std::set<std::string> texts;
    for (std::size_t i = below(5); i-- > 0;) texts.insert(text());
    for (const std::string& each : texts) result.emplace_back(each);
    if (chance(30)) result.emplace_back(extent(1000) + 2);
    if (chance(10)) result.emplace_back(tuple{extent(9), text()});
    if (chance(10)) result.emplace_back(nullptr);
    if (chance(10)) result.emplace_back(0.5);
    if (chance(10)) result.emplace_back(chance(50));
    while (all_ && chance(20)) result.push_back(tree(1));  // what Python can't hash, and equal ones
    return result;
  }

  std::vector<value::pair> items(int depth) {
    std::vector<value::pair> result;
    for (value& key : keys()) result.emplace_back(std::move(key), tree(depth));
    return result;
  }

  value set() { return value::make_sequence(kind::set, keys()); }

  value counter() {
    std::vector<value::pair> result;
    for (value& key : keys()) result.emplace_back(std::move(key), extent(100));
    return value::make_mapping(kind::counter, std::move(result));
  }

  /// A new storage, or one that other tensors of the dtype have too.
  storage_ptr bytes(dtype type, std::int64_t elements) {
    const auto size = static_cast<std::size_t>(elements) * size_of(type);
    auto block = std::make_shared<std::vector<std::byte>>(size);
    for (std::byte& each : *block) {
      each = static_cast<std::byte>(type == dtype::boolean ? below(2) : below(256));
    }
    const std::byte* data = block->data();
    return std::make_shared<const storage>(data, size, host_space, std::move(block));
  }

  dtype torch_dtype() {
    for (;;) {
      const auto type = static_cast<dtype>(below(dtype_table.size()));
      if (all_ || info(type).in_torch) return type;
    }
  }

  dtype any_type() {
    for (;;) {
      const dtype type = torch_dtype();
      if (!is_quantized(type)) return type;
    }
  }

  value tensor() {
    switch (below(12)) {
      case 0:
        return sparse();
      case 1:
        return quantized();
      case 2:
        return meta();
      default:
        return strided();
    }
  }

  value strided() {
    if (!views_.empty() && chance(30)) return view(views_[below(views_.size())]);
    tensor_data made;
    made.type = any_type();
    made.shape = extents();
    made.strides = contiguous_strides(made.shape);
    made.bytes = bytes(made.type, element_count(made.shape).value_or(0));
    set_flags(made);
    const bool complex = made.type == dtype::complex64 || made.type == dtype::complex128;
    if (made.negative && complex) made.bytes = without_nan(*made.bytes, size_of(made.type) / 2);
    views_.push_back(made);
    return made;
  }

  /// What PyTorch makes of a NaN in a complex number that it negates depends on how many there are.
  /// `part` is the size of a half of one.
  static storage_ptr without_nan(const storage& of, std::size_t part) {
    auto block = std::make_shared<std::vector<std::byte>>(of.data(), of.data() + of.size());
    constexpr std::byte top_of_exponent{0x40};
    for (std::size_t at = part; at <= block->size(); at += part) {
      (*block)[at - 1] &= ~top_of_exponent;
    }
    const std::byte* data = block->data();
    return std::make_shared<const storage>(data, of.size(), host_space, std::move(block));
  }

  /// Other elements of a storage that exists.
  value view(tensor_data of) {
    const auto elements = static_cast<std::int64_t>(of.bytes->size() / size_of(of.type));
    std::vector<std::int64_t> sizes, steps;
    of.offset = elements == 0 ? 0 : extent(static_cast<std::size_t>(elements));
    std::int64_t left = elements - of.offset;  // those from the offset on
    for (std::size_t i = below(4); i-- > 0 && left > 0;) {
      const std::int64_t step = extent(4);
      const std::int64_t most = step == 0 ? 4 : (left - 1) / step + 1;
      sizes.push_back(extent(static_cast<std::size_t>(most) + 1));
      steps.push_back(step);
      if (sizes.back() > 0) left -= (sizes.back() - 1) * step;
    }
    if (elements == 0) {
      sizes.assign(1, 0);
      steps.assign(1, 1);
    }
    of.shape = shape(sizes);
    of.strides = steps;
    of.requires_grad = of.is_parameter = false;
    return of;
  }

  void set_flags(tensor_data& of) {
    const bool complex = of.type == dtype::complex64 || of.type == dtype::complex128;
    const bool real = of.type == dtype::float32 || of.type == dtype::float64;
    of.requires_grad = (complex || real) && chance(30);
    of.is_parameter = real && chance(30);
    if (of.is_parameter || of.requires_grad) return;
    of.conjugate = complex && chance(30);
    of.negative = (complex || real) && chance(30);
  }

  tensor_data plain(dtype type, shape extents) {
    tensor_data made;
    made.type = type;
    made.strides = contiguous_strides(extents);
    made.bytes = bytes(type, element_count(extents).value_or(0));
    made.shape = std::move(extents);
    return made;
  }

  value sparse() {
    if (all_ && chance(50)) return compressed();
    const std::int64_t count = extent(4);
    auto indices = std::make_shared<std::vector<std::int64_t>>();
    for (std::int64_t i = 0; i < 2 * count; ++i) indices->push_back(extent(5));
    tensor_data places = plain(dtype::int64, {2, count});
    const auto* data = reinterpret_cast<const std::byte*>(indices->data());
    places.bytes = std::make_shared<const storage>(data, indices->size() * 8, host_space, indices);
    tensor_data made;
    made.type = dtype::float32;
    made.layout = layout::sparse_coo;
    made.shape = {5, 5};
    made.parts = std::make_shared<const value>(
        dict{{"indices", places}, {"values", plain(dtype::float32, {count})}});
    return made;
  }

  value compressed() {
    constexpr std::array layouts{layout::sparse_csr, layout::sparse_csc, layout::sparse_bsr,
                                 layout::sparse_bsc};
    tensor_data made;
    made.type = any_type();
    made.layout = layouts[below(layouts.size())];
    made.shape = {4, 4};
    const bool rows = made.layout == layout::sparse_csr || made.layout == layout::sparse_bsr;
    made.parts =
        std::make_shared<const value>(dict{{rows ? "crow" : "ccol", plain(dtype::int64, {5})},
                                           {rows ? "col" : "row", plain(dtype::int32, {extent(4)})},
                                           {"values", plain(made.type, {extent(4), 2})}});
    return made;
  }

  value quantized() {
    constexpr std::array types{dtype::qint8, dtype::quint8, dtype::qint32};
    tensor_data made = plain(types[below(types.size())], extents());
    if (all_ && made.shape.rank() > 0 && chance(50)) {
      made.quantizer = std::make_shared<const quantizer>(quantizer{
          .scheme = "per_channel_affine",
          .scales = std::make_shared<const value>(plain(dtype::float64, {made.shape[0]})),
          .zero_points = std::make_shared<const value>(plain(dtype::int64, {made.shape[0]}))});
      return made;
    }
    const double scale = 0.25 + static_cast<double>(below(100));
    made.quantizer = std::make_shared<const quantizer>(
        quantizer{.scheme = "per_tensor_affine", .scale = scale, .zero_point = extent(9)});
    return made;
  }

  value meta() {
    tensor_data made;
    made.layout = layout::meta;
    made.device = device("meta");
    made.shape = extents();
    made.strides = contiguous_strides(made.shape);
    return made;
  }

  std::mt19937_64 random_;
  bool all_;
  std::vector<value> earlier_;
  std::vector<tensor_data> views_;
};

}  // namespace

ingot::value random_trees(std::uint64_t seed, std::size_t count, kinds which) {
  generator next(seed, which);
  std::vector<value> trees;
  constexpr int depth = 4;
  for (std::size_t i = 0; i < count; ++i) trees.push_back(next.tree(depth));
  return value::make_sequence(kind::list, std::move(trees));
}
