// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <ingot/archive/archive.hpp>
#include <ingot/core/error.hpp>
#include <ingot/state/value.hpp>

/// The smallest archive that a user may write: "TOY" and the text of a str.
struct toy_archive {
  static constexpr std::string_view name = "toy";
  static constexpr std::array<std::string_view, 1> suffixes{".toy"};

  struct write_options {
    bool fail = false;  ///< after some bytes have gone out
    bool shout = false;
  };
  struct read_options {
    std::size_t most = 100;
  };

  static bool recognizes(std::span<const std::byte> head) {
    return head.size() >= 3 && head[0] == std::byte{'T'} && head[1] == std::byte{'O'} &&
           head[2] == std::byte{'Y'};
  }

  static void write(const ingot::value& state, ingot::sink& out, const write_options& how) {
    const std::string text = "TOY" + state.text() + (how.shout ? "!" : "");
    out.write(std::as_bytes(std::span(text)));
    if (how.fail) throw ingot::value_error({.where = "toy"});
  }

  static ingot::value read(ingot::source_ptr in, const read_options& how) {
    std::string text(static_cast<std::size_t>(in->size()) - 3, '\0');
    if (text.size() > how.most) throw ingot::format_error({.file = in->name(), .where = "toy"});
    in->read(3, std::as_writable_bytes(std::span(text)));
    return text;
  }
};
static_assert(ingot::archive<toy_archive>);
