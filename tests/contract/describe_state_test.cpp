// SPDX-License-Identifier: Apache-2.0
#include "describe_state.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>
#include <ingot/state/children.hpp>

namespace {

using ingot::kind;
using ingot::value;

std::string hexadecimal(std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char octet : octets) {
    text += digits[static_cast<unsigned char>(octet) / 16];
    text += digits[static_cast<unsigned char>(octet) % 16];
  }
  return text;
}

/// All of a few bytes; of many a checksum: texts must stay readable.
std::string fingerprint(std::string_view octets) {
  constexpr std::size_t few = 64;
  if (octets.size() <= few) return hexadecimal(octets);
  return std::to_string(octets.size()) + " bytes with the CRC-32 " +
         std::to_string(ingot::crc32(0, std::as_bytes(std::span(octets))));
}

std::string elements_of(const ingot::tensor_data& tensor) {
  const auto size = ingot::byte_count(tensor.shape, ingot::size_of(tensor.type)).value();
  std::string elements(static_cast<std::size_t>(size), '\0');
  ingot::read_tensor(tensor, ingot::tensor_view(reinterpret_cast<std::byte*>(elements.data()),
                                                tensor.type, tensor.shape));
  return fingerprint(elements);
}

template <class Numbers>
std::string list_of(const Numbers& numbers) {
  std::string text = "[";
  for (const auto number : numbers) text += ' ' + std::to_string(number);
  return text + " ]";
}

/// A walk in order, without recursion: the suite has trees that are thousands of levels deep.
class describer {
 public:
  std::string operator()(const value& root) {
    enter(root);
    while (!stack_.empty()) {
      auto& [of, next] = stack_.back();
      if (next == ingot::child_count(*of)) {
        text_ += ')';
        stack_.pop_back();
      } else {
        enter(ingot::child(*of, next++));
      }
    }
    return std::move(text_);
  }

 private:
  void enter(const value& of) {
    text_ += '\n';
    text_ += name(of.kind());
    const bool array = of.is_tensor() || of.kind() == kind::ndarray;
    const bool holder = of.is_mapping() || of.is_sequence() || of.kind() == kind::object;
    // There is just one empty tuple in Python.
    if (array || (holder && of.size() != 0)) {
      const auto [known, fresh] = nodes_.try_emplace(of.identity(), nodes_.size());
      if (!fresh) {
        text_ += " that is node " + std::to_string(known->second);
        return;
      }
    }
    if (array) {
      describe(of.tensor());
    } else if (!holder) {
      describe_scalar(of);
    }
    if (of.kind() == kind::object) text_ += ' ' + of.class_name();
    for (const auto& attribute : of.attributes()) text_ += " ." + attribute.first.text();
    if (ingot::child_count(of) == 0) return;
    text_ += " (";
    stack_.emplace_back(&of, 0);
  }

  void describe_scalar(const value& of) {
    const auto number = [&](double part) {
      text_ += ' ' + hexadecimal({reinterpret_cast<const char*>(&part), sizeof part});
    };
    switch (of.kind()) {
      case kind::boolean:
        text_ += of.boolean() ? " True" : " False";
        return;
      case kind::integer:
        text_ += ' ' + hexadecimal(of.integer_octets());
        return;
      case kind::floating:
        return number(of.floating());
      case kind::complex:
        number(of.as<std::complex<double>>().real());
        return number(of.as<std::complex<double>>().imag());
      case kind::string:
      case kind::bytes:
      case kind::bytearray:
        text_ += ' ' + fingerprint(of.text());
        return;
      case kind::size:
        text_ += ' ' + to_string(of.shape());
        return;
      case kind::dtype:
        text_ += ' ' + std::string(name(of.type()));
        return;
      case kind::device:
        text_ += ' ' + to_string(of.as<ingot::device>());
        return;
      default:
        return;
    }
  }

  void describe(const ingot::tensor_data& tensor) {
    text_ += ' ' + std::string(name(tensor.type)) + ' ' + list_of(tensor.shape);
    if (tensor.layout != ingot::layout::strided) text_ += ' ' + std::string(name(tensor.layout));
    if (tensor.requires_grad) text_ += " requires_grad";
    if (tensor.is_parameter) text_ += " parameter";
    if (tensor.conjugate) text_ += " conjugate";
    if (tensor.negative) text_ += " negative";
    if (tensor.coalesced) text_ += " coalesced";
    if (tensor.quantizer) {
      const ingot::quantizer& how = *tensor.quantizer;
      text_ += ' ' + how.scheme;
      text_ += how.scales ? " axis " + std::to_string(how.axis)
                          : ' ' + std::to_string(how.scale) + ' ' + std::to_string(how.zero_point);
    }
    if (!tensor.bytes) return;
    text_ += ' ' + list_of(tensor.strides) + " from " + std::to_string(tensor.offset) + " of " +
             std::to_string(tensor.bytes->size()) + " bytes";
    if (tensor.bytes->size() != 0) text_ += " in " + std::to_string(storage_of(*tensor.bytes));
    text_ += ": " + elements_of(tensor);
  }

  /// Bytes in memory are one storage where they are the same bytes.
  std::size_t storage_of(const ingot::storage& bytes) {
    const void* place = bytes.in_memory() ? static_cast<const void*>(bytes.data()) : &bytes;
    return storages_.try_emplace(place, storages_.size()).first->second;
  }

  std::string text_;
  std::vector<std::pair<const value*, std::size_t>> stack_;
  std::map<const ingot::node*, std::size_t> nodes_;
  std::map<const void*, std::size_t> storages_;
};

template <class Number>
value array_of(Number number) {
  ingot::tensor<Number> array(ingot::shape{});
  array[0] = number;
  return array;
}

/// A number as the array that numpy makes of it.
value as_array(const value& of) {
  if (of.kind() == kind::boolean) return array_of(of.boolean());
  if (of.kind() == kind::integer) return array_of(of.integer());
  if (of.kind() == kind::floating) return array_of(of.floating());
  if (of.kind() == kind::complex) return array_of(of.as<std::complex<double>>());
  return of;
}

}  // namespace

namespace contract {

std::string describe_exactly(const value& state) { return describer()(state); }

std::string describe_elements(const value& state) {
  const auto describe = [](const value& leaf) {
    const value array = as_array(leaf);
    return std::string(name(array.type())) + ' ' + list_of(array.shape()) + ": " +
           elements_of(array.tensor());
  };
  if (!state.is_mapping()) return describe(state);
  std::vector<std::string> lines;
  for (const auto& [key, leaf] : state.items()) {
    lines.push_back('\n' + fingerprint(key.text()) + " = " + describe(leaf));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace contract

using contract::describe_elements;
using contract::describe_exactly;

TEST_CASE("descriptions of states differ where anything that a file may lose differs") {
  ingot::tensor<float> weight(ingot::shape{2, 3});
  const auto with = [&](auto change) {
    ingot::tensor_data tensor = value(weight).tensor();
    change(tensor);
    return ingot::dict{{"w", tensor}, {"tied", weight}};
  };
  const std::string whole = describe_exactly(with([](ingot::tensor_data&) {}));
  CHECK(whole == describe_exactly(ingot::dict{{"w", weight}, {"tied", weight}}));
  const ingot::tensor<float> copy = weight;
  CHECK(whole != describe_exactly(ingot::dict{{"w", weight}, {"tied", copy}}));
  CHECK(whole != describe_exactly(ingot::dict{{"w", weight}, {"other", weight}}));
  CHECK(whole != describe_exactly(ingot::list{weight, weight}));
  CHECK(whole != describe_exactly(with([](auto& tensor) { tensor.is_parameter = true; })));
  CHECK(whole != describe_exactly(with([](auto& tensor) { tensor.shape = {2, 2}; })));
  CHECK(whole != describe_exactly(with([](auto& tensor) { tensor.strides = {3, 0}; })));
  CHECK(whole != describe_exactly(with([](auto& tensor) { tensor.type = ingot::dtype::int32; })));
  const value node(weight);
  CHECK(describe_exactly(ingot::list{node, node}) != describe_exactly(ingot::list{weight, weight}));
  weight[5] = 1;
  CHECK(whole != describe_exactly(with([](ingot::tensor_data&) {})));
}

TEST_CASE("descriptions of elements differ where names, dtypes, shapes or elements differ") {
  const std::vector<value> states{ingot::dict{{"a", 1}}, ingot::dict{{"a", 2}},
                                  ingot::dict{{"a", 1.0}}, ingot::dict{{"b", 1}},
                                  ingot::dict{{"a", 1}, {"b", 1}}};
  for (const value& one : states) {
    for (const value& other : states) {
      CHECK((describe_elements(one) == describe_elements(other)) == (&one == &other));
    }
  }
  CHECK(describe_elements(ingot::dict{{"a", 1}, {"b", 2}}) ==
        describe_elements(ingot::dict{{"b", 2}, {"a", array_of<std::int64_t>(1)}}));
}
