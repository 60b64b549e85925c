// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include <ingot/io/sink.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// A policy that turns a value into a file and back. The set is open: any type that satisfies this
/// can be named in save<A>, open<A> and load<A>.
///
///     name                   what `ingot ls --json` calls the format
///     suffixes               the file names that save() without a policy gives to it: ".pt"
///     recognizes(head)       by the first 512 bytes (or all there are), never by the suffix
///     write(value, sink, o)  appends; throws value_error for what the format can't hold, before
///                            the first byte is written
///     read(source, o)        structure only: tensors become extents of the source
///
/// Options are aggregates whose members all have defaults.
template <class A>
concept archive =
    requires(const value& state, sink& out, source_ptr in, std::span<const std::byte> head,
             const typename A::write_options& how, const typename A::read_options& expected) {
      { A::name } -> std::convertible_to<std::string_view>;
      { *std::begin(A::suffixes) } -> std::convertible_to<std::string_view>;
      { A::recognizes(head) } -> std::same_as<bool>;
      { A::write(state, out, how) } -> std::same_as<void>;
      { A::read(std::move(in), expected) } -> std::same_as<value>;
    };

}  // namespace ingot
