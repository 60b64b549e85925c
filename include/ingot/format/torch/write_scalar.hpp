// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <deque>
#include <string>
#include <string_view>
#include <variant>

#include <ingot/core/error.hpp>
#include <ingot/format/pickle/emitter.hpp>
#include <ingot/format/torch/write_tensor.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::torch {

/// Writes values that are neither containers nor tensors. Throws value_error for those that
/// torch.load(weights_only=True) takes in no form.
class scalar_writer {
 public:
  explicit scalar_writer(emitter& out) : out_(out) {}

  void write(const value& what) {
    switch (what.kind()) {
      case kind::none:
        return static_cast<void>(out_(opcode::none));
      case kind::boolean:
        return out_.boolean(what.as<bool>());
      case kind::integer:
        if (what.identity() != nullptr) return out_.long_integer(what.integer_octets());
        return out_.integer(what.integer());
      case kind::floating:
        return out_.floating(what.floating());
      case kind::complex:
        return write_complex(what.as<std::complex<double>>());
      case kind::string:
        return out_.text(what.text());
      case kind::bytes:
        return write_bytes(what.text());
      case kind::bytearray:
        out_.global("__builtin__", "bytearray");
        write_bytes(what.text());
        out_.tuple(1);
        return out_.reduce();
      case kind::size:
        return write_size(out_, what.shape());
      case kind::dtype:
        check_dtype(what.type());
        return out_.global("torch", name(what.type()));
      case kind::device:
        return write_device(what.as<ingot::device>());
      default:
        return refuse(what);
    }
  }

 private:
  // Protocol 2 has no bytes; CPython writes them as text, each byte a code point. For none it
  // would write bytes(), which weights_only refuses; this form it takes.
  void write_bytes(const std::string& octets) {
    std::string& text = latin1_.emplace_back();
    text.reserve(octets.size());
    for (const char each : octets) {
      const auto octet = static_cast<unsigned char>(each);
      if (octet < 0x80) {
        text += each;
      } else {
        text += static_cast<char>(0xc0u | (octet >> 6));
        text += static_cast<char>(0x80u | (octet & 0x3fu));
      }
    }
    out_.global("_codecs", "encode");
    out_.text(text);
    out_.text("latin1");
    out_.tuple(2);
    out_.reduce();
  }

  void write_complex(std::complex<double> number) {
    out_.global("__builtin__", "complex");
    out_.floating(number.real());
    out_.floating(number.imag());
    out_.tuple(2);
    out_.reduce();
  }

  void write_device(const ingot::device& tag) {
    out_.global("torch", "device");
    out_.text(types_.emplace_back(tag.type()));
    if (tag.index() >= 0) out_.integer(tag.index());
    out_.tuple(tag.index() >= 0 ? 2 : 1);
    out_.reduce();
  }

  [[noreturn]] static void refuse(const value& what) {
    const bool array = what.kind() == kind::ndarray;
    throw value_error(
        {.expected = "a value that torch.load(weights_only=True) reads",
         .found = what.kind() == kind::cycle ? "a reference to an enclosing object" : summary(what),
         .remedy = array ? "make it a tensor: ingot::value(array.tensor())" : "leave it out"});
  }

  emitter& out_;
  std::deque<std::string> latin1_;  // the emitter remembers texts by reference
  std::deque<std::string> types_;
};

}  // namespace ingot::detail::torch
