// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <ingot/archive/archive.hpp>
#include <ingot/archive/contents.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>

#include "user_format.hpp"
#include "user_reader.hpp"
#include "user_writer.hpp"

/// An archive as a user may write it: with Ingot's public headers alone, and none of its archives
/// or formats. It holds any value, and a text beside it.
struct user_archive {
  static constexpr std::string_view name = "grove";
  static constexpr std::array<std::string_view, 1> suffixes{".grove"};
  static constexpr bool flat = false;

  struct write_options {
    ingot::value metadata = ingot::dict{};
  };
  struct read_options {};

  static bool holds(const ingot::value&) { return true; }

  static bool recognizes(std::span<const std::byte> head) {
    return user_format::starts_with_magic(head);
  }

  static void write(const ingot::value& state, ingot::sink& out, const write_options& how) {
    user_format::writer(out).run(state, how.metadata);
  }

  static ingot::contents read(ingot::source_ptr in, const read_options&) {
    auto [root, metadata] = user_format::reader(std::move(in)).run();
    return {std::move(root), "", std::move(metadata)};
  }
};
static_assert(ingot::selective_archive<user_archive>);
