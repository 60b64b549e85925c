// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <istream>
#include <span>
#include <string>
#include <utility>

#include <ingot/archive/archive.hpp>
#include <ingot/archive/contents.hpp>
#include <ingot/archive/detail/archive_list.hpp>
#include <ingot/archive/detail/unrecognized.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/map_location.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/io/open.hpp>

namespace ingot {

/// How open() and load() reach a file's bytes.
struct open_options {
  ingot::access access = ingot::access::read;
  /// Where clone() puts the tensors of a file that was saved from other devices. (What has storage
  /// of its own, a model or as<tensor<float>>(), decides for itself.)
  ingot::map_location map_location{};
};

namespace detail {

template <readable_archive A>
opened_file read_file(const source_ptr& from, const typename A::read_options& options) {
  contents read = A::read(from, options);
  if (read.format.empty()) read.format = A::name;
  return {std::move(read), from->name()};
}

opened_file located(opened_file file, const map_location& where);

}  // namespace detail

/// Reads the structure of what a source holds, whichever known format it has. Tensors keep the
/// source open and are read when they are needed. Throws format_error, file_error.
opened_file open(source_ptr from);

/// The same for the archive A alone: a file of another format is a format_error.
template <readable_archive A>
opened_file open(source_ptr from, const typename A::read_options& options = {}) {
  detail::with_head(*from, [&](std::span<const std::byte> head) {
    if (!A::recognizes(head)) detail::refuse_unrecognized(from->name(), head, A::name);
  });
  return detail::read_file<A>(from, options);
}

/// Opens a file and reads its structure; saving over the file afterwards is safe. The name of an
/// index that isn't there stands for the one file that the model fits in, as save_sharded() leaves
/// it.
opened_file open(const std::filesystem::path& path, const open_options& options = {});

/// Of a file's bytes in memory, which must outlive what is read from them.
opened_file open(std::span<const std::byte> bytes);

/// Of all that remains of a stream; its bytes are copied to memory.
opened_file open(std::istream& in);

/// Of a file's bytes in memory, with the archive A alone.
template <readable_archive A>
opened_file open(std::span<const std::byte> bytes, const typename A::read_options& options = {}) {
  return open<A>(from_memory(bytes), options);
}

/// Of all that remains of a stream, with the archive A alone.
template <readable_archive A>
  requires(!sequential_archive<A>)
opened_file open(std::istream& in, const typename A::read_options& options = {}) {
  return open<A>(from_stream(in), options);
}

/// Of the one file that a stream stands at; the stream is left right behind it. Throws format_error
/// also where the stream has ended: A::next(in) tells that apart.
template <sequential_archive A>
opened_file open(std::istream& in) {
  auto found = A::next(in);
  if (found) return {*std::move(found), "stream"};
  throw format_error({.file = "stream",
                      .expected = "a file of the archive " + std::string(A::name),
                      .found = "the end of the stream"});
}

/// Opens a file with the archive A alone.
template <readable_archive A>
opened_file open(const std::filesystem::path& path, const open_options& options = {},
                 const typename A::read_options& how = {}) {
  return detail::located(open<A>(open_file(path, options.access), how), options.map_location);
}

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/open.hpp>
#endif
