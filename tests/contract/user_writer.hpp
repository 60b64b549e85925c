// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/copy_storage.hpp>
#include <ingot/state/storage_list.hpp>
#include <ingot/state/value.hpp>

#include "user_format.hpp"

namespace user_format {

/// Writes nodes from the leaves up, with a stack of its own: a tree may be as deep as it likes.
class writer {
 public:
  explicit writer(ingot::sink& out) : out_(out), start_(out.position()) {}

  void run(const ingot::value& root, const ingot::value& metadata) {
    for (const auto& [key, text] : metadata.items()) {
      if (key.kind() == ingot::kind::string && text.kind() == ingot::kind::string) continue;
      throw ingot::value_error({.where = "metadata", .expected = "a dict from str to str"});
    }
    const std::uint64_t root_number = add_tree(root);
    const std::uint64_t metadata_number = add_tree(metadata);
    put(magic);
    std::string table;
    ingot::copy_buffer buffer;
    for (const auto& [bytes, type] : storages_.all()) buffer.expect(*bytes);
    for (const auto& [bytes, type] : storages_.all()) {
      pad();
      std::uint32_t crc = 0;
      ingot::copy_storage(*bytes, type, buffer, [&](std::span<const std::byte> piece) {
        crc = ingot::crc32(crc, piece);
        out_.write(piece);
      });
      ingot::append_little(table, bytes->size());
      ingot::append_little(table, crc);
    }
    pad();
    put(nodes_);
    put(table);
    put(footer(table, root_number, metadata_number));
  }

 private:
  struct frame {
    ingot::value what;
    std::vector<ingot::value> children;
    std::vector<std::uint64_t> numbers{};
  };

  static std::vector<ingot::value> children_of(const ingot::value& of) {
    std::vector<ingot::value> children;
    const auto add_pairs = [&](std::span<const ingot::value::pair> pairs) {
      for (const auto& [key, content] : pairs) {
        children.push_back(key);
        children.push_back(content);
      }
    };
    if (of.is_sequence()) children.assign(of.elements().begin(), of.elements().end());
    if (of.is_mapping() || of.kind() == ingot::kind::object) add_pairs(of.items());
    add_pairs(of.attributes());
    if (of.is_tensor()) {
      const ingot::tensor_data& tensor = of.tensor();
      if (tensor.parts) children.push_back(*tensor.parts);
      if (tensor.quantizer && tensor.quantizer->scales) {
        children.push_back(*tensor.quantizer->scales);
        children.push_back(*tensor.quantizer->zero_points);
      }
    }
    return children;
  }

  std::uint64_t add_tree(const ingot::value& root) {
    std::vector<frame> stack;
    stack.push_back({root, children_of(root)});
    for (;;) {
      frame& top = stack.back();
      if (top.numbers.size() < top.children.size()) {
        const ingot::value next = top.children[top.numbers.size()];
        const auto known = known_.find(next.identity());
        if (next.identity() == nullptr || known == known_.end()) {
          stack.push_back({next, children_of(next)});
        } else {
          top.numbers.push_back(known->second);
        }
        continue;
      }
      const std::uint64_t made = add_node(top.what, top.numbers);
      stack.pop_back();
      if (stack.empty()) return made;
      stack.back().numbers.push_back(made);
    }
  }

  std::uint64_t add_node(const ingot::value& what, const std::vector<std::uint64_t>& children) {
    nodes_ += static_cast<char>(what.kind());
    number(children.size());
    for (const std::uint64_t child : children) number(child);
    describe(what);
    if (what.identity() != nullptr) known_.emplace(what.identity(), count_);
    return count_++;
  }

  void describe(const ingot::value& what) {
    using ingot::kind;
    switch (what.kind()) {
      case kind::boolean:
        return number(what.boolean());
      case kind::integer:
        return text(what.integer_octets());
      case kind::floating:
        return real(what.floating());
      case kind::complex:
        real(what.as<std::complex<double>>().real());
        return real(what.as<std::complex<double>>().imag());
      case kind::string:
      case kind::bytes:
      case kind::bytearray:
        return text(what.text());
      case kind::size:
        return numbers(what.shape());
      case kind::dtype:
        return text(name(what.type()));
      case kind::device:
        return text(to_string(what.as<ingot::device>()));
      case kind::object:
        return text(what.class_name());
      case kind::dict:
      case kind::ordered_dict:
      case kind::counter:
        return number(what.size());
      case kind::tensor:
      case kind::ndarray:
        return describe(what.tensor());
      default:
        return;  // a sequence is its children; none and cycle are their kind
    }
  }

  void describe(const ingot::tensor_data& tensor) {
    if (tensor.layout == ingot::layout::strided && !tensor.bytes) {
      throw ingot::value_error({.expected = "a tensor with a storage", .found = "one without"});
    }
    const auto bit = [](bool on, flag which) { return on ? which : 0; };
    number(static_cast<std::uint64_t>(
        bit(tensor.requires_grad, requires_grad) | bit(tensor.is_parameter, is_parameter) |
        bit(tensor.conjugate, conjugate) | bit(tensor.negative, negative) |
        bit(tensor.coalesced, coalesced) | bit(tensor.bytes != nullptr, with_bytes) |
        bit(tensor.parts != nullptr, with_parts) |
        bit(tensor.quantizer != nullptr, with_quantizer)));
    text(name(tensor.type));
    number(static_cast<std::uint64_t>(tensor.layout));
    text(to_string(tensor.device));
    numbers(tensor.shape);
    numbers(tensor.strides);
    number(static_cast<std::uint64_t>(tensor.offset));
    if (tensor.bytes) number(storages_.add(tensor));
    if (!tensor.quantizer) return;
    text(tensor.quantizer->scheme);
    real(tensor.quantizer->scale);
    number(static_cast<std::uint64_t>(tensor.quantizer->zero_point));
    number(static_cast<std::uint64_t>(tensor.quantizer->axis));
  }

  std::string footer(std::string_view table, std::uint64_t root, std::uint64_t metadata) const {
    std::string bytes;
    for (const std::uint64_t each :
         {std::uint64_t{nodes_.size()}, std::uint64_t{table.size()}, root, metadata}) {
      ingot::append_little(bytes, each);
    }
    ingot::append_little(bytes, crc_of(nodes_));
    ingot::append_little(bytes, crc_of(table));
    ingot::append_little(bytes, crc_of(bytes));
    bytes.resize(footer_size, '\0');
    return bytes;
  }

  static std::uint32_t crc_of(std::string_view text) {
    return ingot::crc32(0, std::as_bytes(std::span(text)));
  }

  template <class Numbers>
  void numbers(const Numbers& all) {
    number(static_cast<std::uint64_t>(all.end() - all.begin()));
    for (const std::int64_t each : all) number(static_cast<std::uint64_t>(each));
  }
  void number(std::uint64_t what) { ingot::append_little(nodes_, what); }
  void real(double what) { ingot::append_little(nodes_, what); }
  void text(std::string_view what) {
    number(what.size());
    nodes_ += what;
  }

  void put(std::string_view text) { out_.write(std::as_bytes(std::span(text))); }
  void pad() {
    const std::uint64_t past = (out_.position() - start_) % alignment;
    if (past != 0) put(std::string(alignment - past, '\0'));
  }

  ingot::sink& out_;
  std::uint64_t start_;
  std::string nodes_;
  std::uint64_t count_ = 0;
  std::unordered_map<const ingot::node*, std::uint64_t> known_;
  ingot::storage_list storages_;
};

}  // namespace user_format
