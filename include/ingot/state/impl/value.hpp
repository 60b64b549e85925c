// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/integer_octets.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/detail/node.hpp>
#include <ingot/state/python_repr.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {

template <class Content>
std::shared_ptr<const node> make_node(Content content, std::vector<value::pair> attributes = {}) {
  auto made = std::make_shared<node>();
  made->content.emplace<Content>(std::move(content));
  made->attributes = std::move(attributes);
  return made;
}

inline std::shared_ptr<const node> make_tensor_node(tensor_data tensor) {
  if (tensor.bytes) bytes_in_storage(tensor);
  return make_node(std::move(tensor));
}

INGOT_INLINE std::string quoted(std::string_view text) {
  constexpr std::size_t most = 40;
  return '"' + std::string(text.substr(0, most)) + (text.size() > most ? "...\"" : "\"");
}

INGOT_INLINE std::string summary(const value& what) {
  if (what.kind() == kind::tensor || what.kind() == kind::ndarray) {
    const tensor_data& tensor = what.tensor();
    return std::string(name(what.kind())) + ' ' + std::string(name(tensor.type)) + ' ' +
           to_string(tensor.shape);
  }
  std::string text(name(what.kind()));
  if (what.kind() == kind::boolean) return what.boolean() ? "True" : "False";
  if (what.kind() == kind::integer && what.identity() == nullptr) {
    return "int " + std::to_string(what.integer());
  }
  if (what.kind() == kind::floating) return "float " + python_repr(what.floating());
  if (what.kind() == kind::string) return "str " + detail::quoted(what.text());
  if (what.kind() == kind::object) return "an object of class " + what.class_name();
  if (what.is_mapping() || what.is_sequence()) {
    text += " of " + std::to_string(what.size()) + (what.size() == 1 ? " item" : " items");
  }
  return text;
}

}  // namespace detail

INGOT_INLINE value::value(std::string text)
    : value(ingot::kind::string, detail::make_node(std::move(text))) {}
INGOT_INLINE value::value(ingot::device tag)
    : value(ingot::kind::device, detail::make_node(std::move(tag))) {}
INGOT_INLINE value::value(ingot::shape size)
    : value(ingot::kind::size, detail::make_node(std::move(size))) {}
INGOT_INLINE value::value(tensor_data tensor)
    : value(ingot::kind::tensor, detail::make_tensor_node(std::move(tensor))) {}

INGOT_INLINE value value::make_bytes(std::string octets, ingot::kind which) {
  return {which, detail::make_node(std::move(octets))};
}

INGOT_INLINE value value::make_sequence(ingot::kind which, std::vector<value> elements) {
  return {which, detail::make_node(std::move(elements))};
}

INGOT_INLINE value value::make_mapping(ingot::kind which, std::vector<pair> items,
                                       std::vector<pair> attributes) {
  return {which,
          detail::make_node(std::make_unique<mapping>(std::move(items)), std::move(attributes))};
}

INGOT_INLINE value value::make_object(std::string class_name, std::vector<pair> items) {
  return {ingot::kind::object,
          detail::make_node(object_data{std::move(class_name), std::move(items)})};
}

INGOT_INLINE value value::make_ndarray(tensor_data array) {
  return {ingot::kind::ndarray, detail::make_tensor_node(std::move(array))};
}

INGOT_INLINE value value::make_deferred_tensor(std::function<tensor_data()> make) {
  return {ingot::kind::tensor,
          detail::make_node(std::make_unique<deferred_tensor>(std::move(make)))};
}

INGOT_INLINE value value::make_cycle() { return {ingot::kind::cycle, nullptr}; }

INGOT_INLINE value value::make_integer(std::string_view octets) {
  octets = detail::shortest_integer(octets);
  if (octets.size() > 8) return {ingot::kind::integer, detail::make_node(std::string(octets))};
  return value(detail::integer_of(octets));
}

INGOT_INLINE void value::refuse(std::string expected) const {
  throw value_error({.expected = std::move(expected), .found = detail::summary(*this)});
}

INGOT_INLINE const std::string& value::text() const {
  if (kind_ != ingot::kind::string && kind_ != ingot::kind::bytes &&
      kind_ != ingot::kind::bytearray) {
    refuse("str");
  }
  return std::get<std::string>(node_->content);
}

INGOT_INLINE std::int64_t value::integer() const {
  if (kind_ != ingot::kind::integer) refuse("int");
  if (node_) refuse("an int of 64 bits");
  return bits_;
}

INGOT_INLINE std::string value::integer_octets() const {
  if (kind_ != ingot::kind::integer) refuse("int");
  if (node_) return std::get<std::string>(node_->content);
  std::string octets;
  std::int64_t rest = bits_;
  for (;;) {
    const auto low = static_cast<unsigned char>(rest & 0xff);
    octets += static_cast<char>(low);
    rest >>= 8;
    if ((rest == 0 && low < 0x80u) || (rest == -1 && low >= 0x80u)) return octets;
  }
}

INGOT_INLINE double value::floating() const {
  if (kind_ != ingot::kind::floating) refuse("float");
  return std::bit_cast<double>(bits_);
}

INGOT_INLINE bool value::boolean() const {
  if (kind_ != ingot::kind::boolean) refuse("bool");
  return bits_ != 0;
}

INGOT_INLINE std::span<const value> value::elements() const {
  if (!is_sequence()) refuse("list, tuple or set");
  return std::get<std::vector<value>>(node_->content);
}

INGOT_INLINE std::span<const value::pair> value::items() const {
  if (kind_ == ingot::kind::object) return std::get<object_data>(node_->content).items;
  if (!is_mapping()) refuse("dict");
  return std::get<std::unique_ptr<mapping>>(node_->content)->items();
}

INGOT_INLINE std::span<const value::pair> value::attributes() const {
  return node_ ? std::span<const pair>(node_->attributes) : std::span<const pair>{};
}

INGOT_INLINE const std::string& value::class_name() const {
  if (kind_ != ingot::kind::object) refuse("object");
  return std::get<object_data>(node_->content).class_name;
}

INGOT_INLINE const tensor_data& value::tensor() const {
  if (kind_ != ingot::kind::tensor && kind_ != ingot::kind::ndarray) refuse("tensor");
  if (const auto* known = std::get_if<tensor_data>(&node_->content)) return *known;
  return std::get<std::unique_ptr<deferred_tensor>>(node_->content)->get();
}

INGOT_INLINE const ingot::shape& value::shape() const {
  if (kind_ == ingot::kind::size) return std::get<ingot::shape>(node_->content);
  return tensor().shape;
}

INGOT_INLINE ingot::dtype value::type() const {
  if (kind_ == ingot::kind::dtype) return static_cast<ingot::dtype>(bits_);
  return tensor().type;
}

INGOT_INLINE std::size_t value::size() const {
  if (is_sequence()) return elements().size();
  if (is_mapping() || kind_ == ingot::kind::object) return items().size();
  return text().size();
}

INGOT_INLINE const value* value::find(std::string_view key) const {
  if (!is_mapping()) refuse("dict");
  return std::get<std::unique_ptr<mapping>>(node_->content)->find(key);
}

INGOT_INLINE const value* value::find(std::int64_t key) const {
  if (!is_mapping()) refuse("dict");
  return std::get<std::unique_ptr<mapping>>(node_->content)->find(key);
}

INGOT_INLINE value value::with(std::string_view key, value content) const {
  if (!is_mapping()) refuse("dict");
  std::vector<pair> changed(items().begin(), items().end());
  const auto present = std::ranges::find_if(changed, [&](const pair& each) {
    return each.first.kind() == ingot::kind::string && each.first.text() == key;
  });
  if (present == changed.end()) {
    changed.emplace_back(key, std::move(content));
  } else {
    present->second = std::move(content);
  }
  return make_mapping(kind_, std::move(changed), {attributes().begin(), attributes().end()});
}

INGOT_INLINE value value::make_complex(std::complex<double> number) {
  return {ingot::kind::complex, detail::make_node(number)};
}

}  // namespace ingot
