// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/format/pt2/payload.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::pt2 {

/// Gathers the payloads of a configuration from its JSON, for json::read(). As PyTorch, it passes
/// over fields that it doesn't know, and takes the last of several equal ones. Throws format_error
/// without the file and the record.
class payload_events {
 public:
  std::vector<payload> take() && {
    if (!has_config_) fail("an object with the key \"config\"", "none");
    return std::move(result_);
  }

  void null() {
    if (is_ignored() || now_ == field::index || now_ == field::tensor_meta) return;
    refuse("null");
  }

  void boolean(bool flag) {
    if (is_ignored()) return;
    switch (now_) {
      case field::is_param:
        made_.view.is_parameter = flag;
        return;
      case field::use_pickle:
        made_.use_pickle = flag;
        return;
      case field::requires_grad:
        made_.view.requires_grad = flag;
        return;
      default:
        refuse("a bool");
    }
  }

  void string(std::string_view text) {
    if (is_ignored()) return;
    if (now_ == field::path_name) {
      made_.record = text;
    } else if (now_ == field::type && text.size() <= longest_device) {
      device_type_ = text;
    } else {
      refuse("a string");
    }
  }

  void number(std::string_view text) {
    if (is_ignored()) return;
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) refuse(std::string(text.substr(0, 40)));
    set_number(number);
  }

  void begin_object() {
    if (is_ignored()) {
      ++ignored_;
    } else if (places_.empty()) {
      open(place::root);
    } else if (now_ == field::config) {
      has_config_ = true;
      open(place::config);
    } else if (top() == place::config) {
      open(place::entry);
    } else if (now_ == field::tensor_meta) {
      open(place::tensor);
    } else if (now_ == field::storage_offset || top() == place::numbers) {
      open(place::number);
      has_number_ = false;
    } else if (now_ == field::device) {
      device_type_ = "cpu";
      device_index_ = -1;
      open(place::device);
    } else {
      refuse("an object");
    }
  }

  void begin_array() {
    if (is_ignored()) {
      ++ignored_;
    } else if (now_ == field::sizes || now_ == field::strides) {
      in_sizes_ = now_ == field::sizes;
      numbers_.clear();
      open(place::numbers);
    } else {
      refuse("an array");
    }
  }

  void key(std::string_view text) {
    if (ignored_ != 0) return;
    if (top() == place::config) {
      made_ = {.name = std::string(text)};
      seen_.reset();
      now_ = field::none;
      return;
    }
    const auto found = std::ranges::find_if(
        known, [&](const known_field& each) { return each.in == top() && each.name == text; });
    now_ = found == known.end() ? field::other : found->which;
    if (now_ == field::tensor_meta) forget_tensor();
    if (found != known.end()) seen_.set(static_cast<std::size_t>(now_));
    // Other ways to give a number are expressions of symbols.
    if (top() == place::number && now_ == field::other) fail("as_int", detail::quoted(text));
  }

  void end_object() {
    if (ignored_ != 0) {
      --ignored_;
      return;
    }
    const place closed = top();
    places_.pop_back();
    now_ = field::none;
    if (closed == place::entry) return end_entry();
    if (closed == place::device) made_.view.device = {device_type_, device_index_};
    if (closed != place::number) return;
    if (!has_number_) fail("as_int", "none");
    if (top() == place::numbers) {
      numbers_.push_back(number_);
    } else {
      made_.view.offset = number_;
    }
  }

  void end_array() {
    if (ignored_ != 0) {
      --ignored_;
      return;
    }
    places_.pop_back();
    now_ = field::none;
    if (in_sizes_) {
      made_.view.shape = ingot::shape(std::span<const std::int64_t>(numbers_));
    } else {
      made_.view.strides = ingot::strides(numbers_);
    }
  }

 private:
  enum class place : std::uint8_t { root, config, entry, tensor, numbers, number, device };
  enum class field : std::uint8_t {
    none,
    other,
    config,
    path_name,
    is_param,
    use_pickle,
    tensor_meta,
    dtype,
    sizes,
    strides,
    storage_offset,
    requires_grad,
    device,
    layout,
    as_int,
    type,
    index,
  };
  struct known_field {
    place in;
    std::string_view name;
    field which;
  };

  static constexpr std::array<known_field, 15> known{{
      {place::root, "config", field::config},
      {place::entry, "path_name", field::path_name},
      {place::entry, "is_param", field::is_param},
      {place::entry, "use_pickle", field::use_pickle},
      {place::entry, "tensor_meta", field::tensor_meta},
      {place::tensor, "dtype", field::dtype},
      {place::tensor, "sizes", field::sizes},
      {place::tensor, "strides", field::strides},
      {place::tensor, "storage_offset", field::storage_offset},
      {place::tensor, "requires_grad", field::requires_grad},
      {place::tensor, "device", field::device},
      {place::tensor, "layout", field::layout},
      {place::number, "as_int", field::as_int},
      {place::device, "type", field::type},
      {place::device, "index", field::index},
  }};
  static constexpr std::size_t longest_device = 256;  // each tensor has a copy of it

  bool is_ignored() const noexcept { return ignored_ != 0 || now_ == field::other; }
  place top() const noexcept { return places_.empty() ? place::root : places_.back(); }
  void open(place inner) {
    places_.push_back(inner);
    now_ = field::none;
  }

  void set_number(std::int64_t number) {
    constexpr std::int64_t strided = 7;
    switch (now_) {
      case field::as_int:
        number_ = number;
        has_number_ = true;
        return;
      case field::dtype:
        return set_type(number);
      case field::layout:
        if (number != strided) fail("layout 7, strided", std::to_string(number));
        return;
      case field::index:
        if (number < 0 || number > 0xffff) fail("the index of a device", std::to_string(number));
        device_index_ = static_cast<int>(number);
        return;
      default:
        refuse("a number");
    }
  }

  void set_type(std::int64_t code) {
    const auto found = std::ranges::find_if(
        dtype_table, [&](const dtype_info& row) { return row.pt2 >= 0 && row.pt2 == code; });
    if (found == dtype_table.end()) fail("the code of a dtype", std::to_string(code));
    made_.view.type = found->type;
  }

  /// The last tensor_meta counts as a whole: an earlier one fills none of its gaps.
  void forget_tensor() {
    made_.view = {.is_parameter = made_.view.is_parameter};
    for (const known_field& each : known) {
      if (each.in == place::tensor) seen_.reset(static_cast<std::size_t>(each.which));
    }
  }

  void end_entry() {
    using enum field;
    for (const known_field& each : known) {
      const bool of_tensor = each.in == place::tensor || each.which == tensor_meta;
      if ((each.in != place::entry && each.in != place::tensor) || (of_tensor && made_.use_pickle))
        continue;
      if (!seen_.test(static_cast<std::size_t>(each.which))) fail(std::string(each.name), "none");
    }
    result_.push_back(std::move(made_));
  }

  [[noreturn]] void refuse(std::string found) const {
    const auto open = std::ranges::find(known, now_, &known_field::which);
    fail(open != known.end()       ? "a value of " + std::string(open->name)
         : places_.empty()         ? "an object"
         : top() == place::config  ? "an object with path_name and tensor_meta"
         : top() == place::numbers ? "an object with as_int"
                                   : "a field",
         std::move(found));
  }

  [[noreturn]] void fail(std::string expected, std::string found) const {
    const bool in_entry = places_.size() >= 2;
    throw format_error({.where = in_entry ? detail::quoted(made_.name) : std::string(),
                        .expected = std::move(expected),
                        .found = std::move(found)});
  }

  std::vector<payload> result_;
  payload made_;
  std::bitset<32> seen_;  // the fields of this payload
  std::vector<place> places_;
  field now_ = field::none;
  std::size_t ignored_ = 0;  // how deep in the value of an unknown field
  bool has_config_ = false;
  bool in_sizes_ = false;
  bool has_number_ = false;
  std::int64_t number_ = 0;
  std::vector<std::int64_t> numbers_;
  std::string device_type_;
  int device_index_ = -1;
};

}  // namespace ingot::detail::pt2
