// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <ingot/archive/archive.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/dict.hpp>

#include "../io/temporary_folder.hpp"
#include "describe_state.hpp"
#include "facts.hpp"

namespace contract {

using octets = std::vector<std::byte>;

/// The file of a state.
template <ingot::archive A>
octets written(const ingot::value& state) {
  ingot::memory_sink out;
  A::write(state, out, {});
  return std::move(out).take();
}

/// How the suite has files read: facts<A>::reading, where there is something to say.
template <ingot::archive A>
typename A::read_options reading() {
  if constexpr (requires { facts<A>::reading; }) {
    return facts<A>::reading;
  } else {
    return {};
  }
}

template <ingot::archive A>
ingot::opened_file read_back(octets file) {
  return ingot::open<A>(ingot::from_memory(std::move(file)), reading<A>());
}

/// Calls use(what, opened file) with the file reached in every way there is.
template <ingot::archive A, class Use>
void from_every_source(const octets& file, Use use) {
  const temporary_folder folder;
  const auto path = folder / "state";
  const std::string text = text_of(file);
  write_text(path, text);
  use("read", ingot::open<A>(path, {}, reading<A>()));
  use("mapped", ingot::open<A>(path, {.access = ingot::access::map}, reading<A>()));
  use("memory", ingot::open<A>(ingot::from_memory(file), reading<A>()));
  std::istringstream in(text);
  use("stream", ingot::open<A>(ingot::from_stream(in), reading<A>()));
}

/// What must be the same of a state after it was written and read.
template <ingot::archive A>
std::string described(const ingot::value& state) {
  return facts<A>::exact ? describe_exactly(state) : describe_elements(state);
}

/// A root that holds the tensor, and the tensor that a root holds.
template <ingot::archive A>
ingot::value with(const ingot::value& tensor) {
  if constexpr (facts<A>::dictionary) return ingot::dict{{"tensor", tensor}};
  return tensor;
}
template <ingot::archive A>
ingot::value tensor_in(const ingot::value& root) {
  if constexpr (facts<A>::dictionary) return root["tensor"];
  return root;
}

}  // namespace contract
