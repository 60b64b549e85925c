// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/native/cursor.hpp>
#include <ingot/format/native/layout.hpp>
#include <ingot/format/native/read_tensor.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::native {

/// Makes a value of nodes. A parent takes its children off a stack, and references lead backwards
/// only: there is no recursion and there are no cycles.
class tree_reader {
 public:
  tree_reader(std::span<const std::byte> tree, const references& known)
      : in_(tree, "tree"), known_(known) {}

  /// Throws format_error.
  value run() {
    try {
      while (!in_.done()) step();
    } catch (const value_error& failure) {  // a tensor with elements outside of its storage
      error_info facts = failure.info();
      facts.where = "tree, before byte " + std::to_string(in_.position());
      throw format_error(std::move(facts));
    }
    if (stack_.size() != 1) in_.refuse("one value", std::to_string(stack_.size()));
    return std::move(stack_.back());
  }

 private:
  void step() {
    const std::size_t position = in_.position();
    const std::uint8_t tag = in_.byte();
    value made = read_node(tag & kind_mask);
    if (tag & extended) in_.octets();
    if (tag & referred) referred_.emplace_back(position, made);
    stack_.push_back(std::move(made));
  }

  value read_node(std::uint8_t number) {
    const auto which = static_cast<node_kind>(number);
    switch (which) {
      case node_kind::none:
        return {};
      case node_kind::no:
      case node_kind::yes:
        return which == node_kind::yes;
      case node_kind::integer:
        return in_.integer();
      case node_kind::long_integer:
        return read_long();
      case node_kind::floating:
        return in_.floating();
      case node_kind::complex: {
        const double real = in_.floating();
        return std::complex<double>(real, in_.floating());
      }
      case node_kind::string:
        return in_.text();
      case node_kind::bytes:
        return value::make_bytes(read_octets());
      case node_kind::bytearray:
        return value::make_bytes(read_octets(), kind::bytearray);
      case node_kind::list:
        return value::make_sequence(kind::list, take_values(in_.number()));
      case node_kind::tuple:
        return value::make_sequence(kind::tuple, take_values(in_.number()));
      case node_kind::set:
        return value::make_sequence(kind::set, take_values(in_.number()));
      case node_kind::dict:
        return read_mapping(kind::dict);
      case node_kind::ordered_dict:
        return read_mapping(kind::ordered_dict);
      case node_kind::counter:
        return read_mapping(kind::counter);
      case node_kind::size:
        return read_size();
      case node_kind::dtype:
        return known_.type(in_);
      case node_kind::device:
        return known_.device(in_);
      case node_kind::tensor:
        return read_fields();
      case node_kind::ndarray:
        return read_array();
      case node_kind::object:
        return read_object();
      case node_kind::cycle:
        return value::make_cycle();
      case node_kind::reference:
        return read_reference();
      default:
        return read_unknown(number);
    }
  }

  std::string read_octets() {
    const auto octets = in_.octets();
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
  }

  value read_long() {
    const std::string octets = read_octets();
    if (octets.size() > longest_integer) {
      in_.refuse("an int of at most 1024 bytes", std::to_string(octets.size()));
    }
    return value::make_integer(octets);
  }

  value read_size() {
    dimensions extents(in_.count("extents"));
    for (std::int64_t& each : extents) each = in_.integer();
    return ingot::shape(std::span<const std::int64_t>(extents));
  }

  tensor_data read_fields() {
    return read_tensor_fields(in_, known_, [this](std::size_t count) {
      parts_ = take_values(count);
      return std::span(parts_);
    });
  }

  value read_array() {
    tensor_data array = read_fields();
    if (array.layout != layout::strided || array.quantizer) {
      in_.refuse("a plain array", std::string(name(array.layout)));
    }
    return value::make_ndarray(std::move(array));
  }

  value read_mapping(kind which) {
    const std::uint64_t count = in_.number();
    std::vector<value> names;
    names.resize(in_.count("attributes"));
    for (value& each : names) each = known_.name(in_).text;
    std::vector<value> contents = take_values(names.size());
    std::vector<value::pair> attributes;
    attributes.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      attributes.emplace_back(std::move(names[i]), std::move(contents[i]));
    }
    return value::make_mapping(which, take_pairs(count), std::move(attributes));
  }

  value read_object() {
    const std::uint64_t count = in_.number();
    std::string class_name(known_.name(in_).text);
    return value::make_object(std::move(class_name), take_pairs(count));
  }

  value read_reference() {
    const std::uint64_t position = in_.number();
    const auto found = std::ranges::lower_bound(
        referred_, position, {}, [](const auto& each) { return std::uint64_t{each.first}; });
    if (found == referred_.end() || found->first != position) {
      in_.refuse("an earlier node that may be referred to", "byte " + std::to_string(position));
    }
    return found->second;
  }

  // What a later minor version adds: kept as an inert object, so that nothing is lost unseen.
  value read_unknown(std::uint8_t number) {
    const std::uint64_t count = in_.number();
    const value values = value::make_sequence(kind::list, take_values(count));
    const value octets = value::make_bytes(read_octets());
    return value::make_object("ingot.kind_" + std::to_string(number),
                              {{"values", values}, {"bytes", octets}});
  }

  void check_stack(std::uint64_t count) const {
    if (count <= stack_.size()) return;
    in_.refuse("at most " + std::to_string(stack_.size()) + " values that are there",
               std::to_string(count));
  }

  std::vector<value> take_values(std::uint64_t count) {
    check_stack(count);
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<value> taken(std::make_move_iterator(first), std::make_move_iterator(stack_.end()));
    stack_.erase(first, stack_.end());
    return taken;
  }

  std::vector<value::pair> take_pairs(std::uint64_t count) {
    check_stack(count);  // so that twice as many can be computed
    check_stack(2 * count);
    auto from = stack_.end() - static_cast<std::ptrdiff_t>(2 * count);
    const auto first = from;
    std::vector<value::pair> taken;
    taken.reserve(static_cast<std::size_t>(count));
    for (; from != stack_.end(); from += 2)
      taken.emplace_back(std::move(from[0]), std::move(from[1]));
    stack_.erase(first, stack_.end());
    return taken;
  }

  cursor in_;
  const references& known_;
  std::vector<value> stack_;
  std::vector<value> parts_;
  std::vector<std::pair<std::size_t, value>> referred_;  // in the order of their positions
};

}  // namespace ingot::detail::native
