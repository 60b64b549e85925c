// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/integer_octets.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/format/pickle/opcodes.hpp>
#include <ingot/format/pickle/text_index.hpp>
#include <ingot/io/endian.hpp>

namespace ingot::detail::pickle {

/// Appends the opcodes of a pickle of protocol 2 as CPython's pickler does: every text, global and
/// container gets the next number of the memo, and a text or global that came before is fetched.
class emitter {
 public:
  emitter() { (*this)(opcode::proto).byte(2); }

  emitter& operator()(opcode code) { return byte(static_cast<std::uint8_t>(code)); }

  /// Gives the object on top of the stack its number.
  std::uint32_t put() {
    numbered(opcode::binput, opcode::long_binput, next_);
    return next_++;
  }
  /// The number of the object that got one last.
  std::uint32_t last() const noexcept { return next_ - 1; }
  void get(std::uint32_t number) { numbered(opcode::binget, opcode::long_binget, number); }

  /// A class, function or constant by name; each is written once.
  void global(std::string_view module, std::string_view name) {
    // There are a handful, asked for again and again: a scan by length beats a table.
    for (const auto& [known, number] : globals_) {
      if (known.size() == module.size() + name.size() + 2 && known.starts_with(module) &&
          std::string_view(known).substr(module.size() + 1, name.size()) == name) {
        return get(number);
      }
    }
    // A line break in a name would begin an opcode of its own.
    if (module.find('\n') != module.npos || name.find('\n') != name.npos) {
      throw value_error({.expected = "the name of a class or function in one line",
                         .found = std::string(module) + '.' + std::string(name)});
    }
    std::string key = std::string(module) + '\n' + std::string(name) + '\n';
    (*this)(opcode::global);
    out_ += key;
    globals_.emplace_back(std::move(key), put());
  }

  /// A str. The characters must stay where they are until the pickle is complete. Throws
  /// value_error where they aren't UTF-8.
  void text(std::string_view characters) {
    const std::uint32_t known = texts_.insert(characters, next_);
    if (known != next_) return get(known);
    new_text(characters);
  }

  /// A str that is an object of its own even if an equal one came before.
  void new_text(std::string_view characters) {
    if (!is_python_text(characters)) {
      throw value_error({.expected = "a str in UTF-8",
                         .found = "other bytes",
                         .remedy = "make it bytes: ingot::value::make_bytes"});
    }
    if (characters.size() > std::numeric_limits<std::uint32_t>::max()) {
      throw value_error({.expected = "a str of less than 4 GiB"});
    }
    (*this)(opcode::binunicode);
    append_little(out_, static_cast<std::uint32_t>(characters.size()));
    out_ += characters;
    put();
  }

  void boolean(bool flag) { (*this)(flag ? opcode::newtrue : opcode::newfalse); }

  void integer(std::int64_t number) {
    if (number >= 0 && number <= 0xff) {
      (*this)(opcode::binint1).byte(static_cast<std::uint8_t>(number));
    } else if (number >= 0 && number <= 0xffff) {
      (*this)(opcode::binint2);
      append_little(out_, static_cast<std::uint16_t>(number));
    } else if (number >= std::numeric_limits<std::int32_t>::min() &&
               number <= std::numeric_limits<std::int32_t>::max()) {
      (*this)(opcode::binint);
      append_little(out_, static_cast<std::int32_t>(number));
    } else {
      std::string octets;
      append_little(octets, number);
      long_integer(shortest_integer(octets));
    }
  }

  /// An int of any size: two's complement, little-endian, shortest form. Throws value_error for
  /// more than 255 bytes, which torch.load(weights_only=True) takes in no form.
  void long_integer(std::string_view octets) {
    if (octets.size() > 0xff) {
      throw value_error({.expected = "an int of at most 255 bytes",
                         .found = std::to_string(octets.size()) + " bytes",
                         .remedy = "store it as bytes"});
    }
    (*this)(opcode::long1).byte(static_cast<std::uint8_t>(octets.size()));
    out_ += octets;
  }

  void floating(double number) {
    std::array<std::byte, 8> bytes;
    store_big(bytes.data(), number);
    (*this)(opcode::binfloat);
    out_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  /// Makes a tuple of the last `count` objects; from 4 on they must follow a MARK.
  void tuple(std::size_t count) {
    if (count == 0) return static_cast<void>((*this)(opcode::empty_tuple));  // has no number
    (*this)(count == 1   ? opcode::tuple1
            : count == 2 ? opcode::tuple2
            : count == 3 ? opcode::tuple3
                         : opcode::tuple);
    put();
  }

  /// Calls the global below the tuple on top.
  void reduce() {
    (*this)(opcode::reduce);
    put();
  }

  std::string finish() && {
    (*this)(opcode::stop);
    return std::move(out_);
  }

 private:
  emitter& byte(std::uint8_t number) {
    out_ += static_cast<char>(number);
    return *this;
  }

  void numbered(opcode small, opcode large, std::uint32_t number) {
    if (number <= 0xff) {
      (*this)(small).byte(static_cast<std::uint8_t>(number));
    } else {
      (*this)(large);
      append_little(out_, number);
    }
  }

  std::string out_;
  std::uint32_t next_ = 0;
  std::vector<std::pair<std::string, std::uint32_t>> globals_;
  text_index texts_;
};

}  // namespace ingot::detail::pickle
