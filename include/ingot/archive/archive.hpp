// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <istream>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <ingot/archive/contents.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// A policy that reads a kind of file. The set is open: any type that satisfies this can be named
/// in open<A> and load<A>.
///
///     name                   what `ingot ls --json` calls the format
///     recognizes(head)       by the first 512 bytes (or all there are), never by the suffix
///     read(source, o)        structure only: tensors become extents of the source; a value, or
///                            contents where the file has more to tell
///
/// Options are aggregates whose members all have defaults. What a reader makes: a tensor_data whose
/// `bytes` are a storage over an extent {source, offset, size, checksum} of the file, and from it
/// a value (state/value.hpp).
template <class A>
concept readable_archive = requires(source_ptr in, std::span<const std::byte> head,
                                    const typename A::read_options& expected) {
  { A::name } -> std::convertible_to<std::string_view>;
  { A::recognizes(head) } -> std::same_as<bool>;
  { A::read(std::move(in), expected) } -> std::convertible_to<contents>;
};

/// One that writes them too, for save<A>.
///
///     suffixes               the file names that save() without a policy gives to it: ".pt"
///     write(value, sink, o)  appends; throws value_error for what the format can't hold, before
///                            the first byte is written
///
/// A writer goes through the tree with child() (state/children.hpp) or leaves_of()
/// (state/leaves.hpp), and hands a tensor's elements to the sink by copy_elements()
/// (state/copy_elements.hpp), or, where views and ties are kept, each storage once by storage_list
/// and copy_storage() (state/storage_list.hpp, state/copy_storage.hpp). What it tells
/// copy_buffer::expect() before comes from a device while it writes.
template <class A>
concept archive = readable_archive<A> &&
                  requires(const value& state, sink& out, const typename A::write_options& how) {
                    { *std::begin(A::suffixes) } -> std::convertible_to<std::string_view>;
                    { A::write(state, out, how) } -> std::same_as<void>;
                  };

/// One whose files can follow one another in a stream: next(in) reads the one that the stream
/// stands at and leaves the stream right behind it; nothing where the stream has ended.
template <class A>
concept sequential_archive = readable_archive<A> && requires(std::istream& in) {
  { A::next(in) } -> std::same_as<std::optional<contents>>;
};

/// What an archive can hold, for programs that write any value to any archive: `flat` where the
/// root must be a dict from str to leaves, holds(leaf) for each value that is no container.
template <class A>
concept selective_archive = archive<A> && requires(const value& leaf) {
  { A::flat } -> std::convertible_to<bool>;
  { A::holds(leaf) } -> std::same_as<bool>;
};

}  // namespace ingot
