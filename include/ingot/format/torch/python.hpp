// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/format/torch/rebuild.hpp>

namespace ingot::detail::torch {

/// The elements of a list, tuple or set that a call gets.
inline std::optional<arguments> elements_of(const graph& objects, item what) {
  if (what.tag == tag::tuple) return objects.tuple(what);
  if (objects.is(what, pickle::container_kind::list) ||
      objects.is(what, pickle::container_kind::set)) {
    return arguments(objects.at(what).items);
  }
  return std::nullopt;
}

/// list(x), set(x), tuple(x) of something that has elements; else inert.
inline std::optional<item> make_sequence(graph& objects, pickle::container_kind which,
                                         arguments given) {
  if (given.size() > 1) return std::nullopt;
  std::vector<item> items;
  if (given.size() == 1) {
    const auto elements = elements_of(objects, given[0]);
    if (!elements) return std::nullopt;
    objects.charge(elements->size());
    items.assign(elements->begin(), elements->end());
  }
  const item made = objects.add_container(which);
  objects.at(made).items = std::move(items);
  return made;
}

inline std::optional<item> make_tuple(graph& objects, arguments given) {
  const auto list = make_sequence(objects, pickle::container_kind::list, given);
  if (!list) return std::nullopt;
  return objects.add_tuple(objects.at(*list).items);
}

/// dict(), OrderedDict(), Counter() of nothing, of a dict or of a sequence of pairs; else inert.
inline std::optional<item> make_dict(graph& objects, pickle::container_kind which,
                                     arguments given) {
  if (given.size() > 1) return std::nullopt;
  std::vector<item> items;
  if (given.size() == 1 && objects.is_mapping(given[0])) {
    objects.charge(objects.at(given[0]).items.size());
    items = objects.at(given[0]).items;
  } else if (given.size() == 1) {
    const auto pairs = elements_of(objects, given[0]);
    if (!pairs) return std::nullopt;
    objects.charge(2 * pairs->size());
    for (const item each : *pairs) {
      const auto pair = elements_of(objects, each);
      if (!pair || pair->size() != 2) return std::nullopt;
      items.insert(items.end(), pair->begin(), pair->end());
    }
  }
  const item made = objects.add_container(which);
  objects.at(made).items = std::move(items);
  return made;
}

/// _codecs.encode(text, 'latin1'): how protocol 2 writes bytes. Each code point is one byte.
inline std::optional<item> encode(graph& objects, arguments given) {
  if (given.size() != 2 || given[0].tag != tag::text || given[1].tag != tag::text) {
    return std::nullopt;
  }
  const std::string_view codec = objects.text(given[1]);
  if (codec != "latin1" && codec != "latin-1" && codec != "iso-8859-1") return std::nullopt;
  const std::string_view text = objects.text(given[0]);
  std::string octets;
  octets.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      octets += text[i];
      continue;
    }
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    if ((lead != 0xc2 && lead != 0xc3) || (next & 0xc0u) != 0x80u) {
      throw format_error({.expected = "text of code points up to 255 (latin1)",
                          .found = "another at byte " + std::to_string(i)});
    }
    octets += static_cast<char>(((lead & 3u) << 6) | (next & 0x3fu));
    ++i;
  }
  return objects.own_text(std::move(octets), tag::bytes);
}

/// bytes(x) and bytearray(x) of bytes or nothing; else inert.
inline std::optional<item> make_bytes(graph& objects, tag which, arguments given) {
  if (given.empty()) return objects.add_text({}, which);
  if (given.size() == 2) {
    // bytearray(text, 'latin-1'), as CPython's own protocol 2 has it.
    const auto encoded = encode(objects, given);
    if (!encoded) return std::nullopt;
    return objects.add_text(objects.text(*encoded), which);
  }
  if (given.size() != 1 || (given[0].tag != tag::bytes && given[0].tag != tag::bytearray)) {
    return std::nullopt;
  }
  objects.charge_text(objects.text(given[0]).size());  // each becomes a value with its own bytes
  return objects.add_text(objects.text(given[0]), which);
}

inline std::optional<double> as_number(item what) {
  if (what.tag == tag::floating) return what.floating;
  if (what.tag == tag::integer) return static_cast<double>(what.integer);
  return std::nullopt;
}

inline std::optional<item> make_complex(graph& objects, arguments given) {
  if (given.size() != 2) return std::nullopt;
  const auto real = as_number(given[0]);
  const auto imaginary = as_number(given[1]);
  if (!real || !imaginary) return std::nullopt;
  return objects.add_leaf(value(std::complex<double>(*real, *imaginary)));
}

/// torch.device('cuda', 1) or torch.device('cpu').
inline std::optional<item> make_device(graph& objects, arguments given) {
  if (given.empty() || given.size() > 2 || given[0].tag != tag::text) return std::nullopt;
  const std::string_view type = objects.text(given[0]);
  objects.charge_text(type.size());
  if (given.size() == 1) {
    try {
      return objects.add_leaf(value(ingot::device(type)));
    } catch (const value_error&) {
      pickle::refuse(objects, given[0], "the name of a device");
    }
  }
  const std::int64_t index = pickle::expect_integer(objects, given[1], "a device's index");
  if (index < 0 || index > 0xffff) pickle::refuse(objects, given[1], "a device's index");
  return objects.add_leaf(value(ingot::device(std::string(type), static_cast<int>(index))));
}

}  // namespace ingot::detail::torch
