// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <istream>
#include <span>

#include <ingot/archive/open.hpp>
#include <ingot/state/load.hpp>
#include <ingot/state/optimizer.hpp>

namespace ingot {

/// Loads a file that holds a state_dict into a model or an optimizer: load_state_dict(object,
/// open(path), options), which says what it throws. A checkpoint that holds more is opened and
/// its parts are loaded: load_state_dict(model, open(path)["model_state_dict"]).
template <class Object>
load_report load(Object& object, const std::filesystem::path& path,
                 const load_options& options = {}, const open_options& how = {}) {
  return ingot::load_state_dict(object, open(path, how), options);
}

/// The same from a file's bytes in memory.
template <class Object>
load_report load(Object& object, std::span<const std::byte> bytes,
                 const load_options& options = {}) {
  return ingot::load_state_dict(object, open(bytes), options);
}

/// The same from all that remains of a stream.
template <class Object>
load_report load(Object& object, std::istream& in, const load_options& options = {}) {
  return ingot::load_state_dict(object, open(in), options);
}

/// The same from a file of the archive A alone; `read` is what A lets a reader choose.
template <readable_archive A, class Object>
load_report load(Object& object, const std::filesystem::path& path,
                 const load_options& options = {}, const open_options& how = {},
                 const typename A::read_options& read = {}) {
  return ingot::load_state_dict(object, open<A>(path, how, read), options);
}

/// The same from such a file's bytes in memory.
template <readable_archive A, class Object>
load_report load(Object& object, std::span<const std::byte> bytes, const load_options& options = {},
                 const typename A::read_options& read = {}) {
  return ingot::load_state_dict(object, open<A>(bytes, read), options);
}

/// The same from a stream: open<A>(in) says how much of it is read.
template <readable_archive A, class Object>
load_report load(Object& object, std::istream& in, const load_options& options = {}) {
  return ingot::load_state_dict(object, open<A>(in), options);
}

}  // namespace ingot
