// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <filesystem>
#include <ostream>

#include <ingot/archive/archive.hpp>
#include <ingot/archive/known.hpp>
#include <ingot/core/naming_file.hpp>
#include <ingot/io/file_sink.hpp>
#include <ingot/io/stream_sink.hpp>
#include <ingot/state/optimizer.hpp>
#include <ingot/state/state_dict.hpp>

namespace ingot {

namespace detail {

/// A value as it is; of a model or an optimizer its state_dict, which refers to it.
template <class Object>
value to_value(const Object& object) {
  if constexpr (std::convertible_to<const Object&, value>) {
    return object;
  } else {
    return ingot::state_dict(object);
  }
}

/// save() with the archive that the path's suffix names; PyTorch's where it has none.
void save_by_suffix(const value& state, const std::filesystem::path& path);

}  // namespace detail

/// Writes a value, a model or an optimizer to a file with the archive A. The file is replaced as a
/// whole once the new one is on the disk; where anything throws, the old one is untouched. Throws
/// value_error for what the format can't hold, file_error where the system fails.
template <archive A, class Object>
void save(const Object& object, const std::filesystem::path& path,
          const typename A::write_options& options = {}) {
  const auto name = [&] { return path.string(); };
  detail::naming_file(name, [&] {
    const value state = detail::to_value(object);
    file_sink out(path);
    A::write(state, out, options);
    out.commit();
  });
}

/// The same to a stream, from where it stands.
template <archive A, class Object>
void save(const Object& object, std::ostream& out, const typename A::write_options& options = {}) {
  stream_sink to(out);
  A::write(detail::to_value(object), to, options);
}

/// The same with the archive that the path's suffix names, in any case: .safetensors, .npz, .npy;
/// .ingot our own; PyTorch's for .pt, .pth, .tar, .bin, .ckpt and no suffix at all. Any other is a
/// value_error.
template <class Object>
void save(const Object& object, const std::filesystem::path& path) {
  detail::require_known_suffix(path);
  const auto name = [&] { return path.string(); };
  detail::naming_file(name, [&] { detail::save_by_suffix(detail::to_value(object), path); });
}

/// The same to a stream, in PyTorch's own format.
template <class Object>
void save(const Object& object, std::ostream& out) {
  ingot::save<zip>(object, out);
}

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/save.hpp>
#endif
