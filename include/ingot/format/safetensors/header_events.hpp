// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/checked.hpp>
#include <ingot/format/json/number.hpp>
#include <ingot/format/safetensors/header.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::safetensors {

/// Makes a header of its JSON, for json::read(): takes what the reference's derived Deserialize
/// takes, with unknown fields, an entry as an array, a dtype as {"F32": null}. Names that occur
/// twice are left in. Throws format_error.
class header_events {
 public:
  explicit header_events(const std::string& file) : file_(file) {}

  header take() && { return std::move(result_); }

  void null() {
    if (ignored_ != 0 || expects(field::other)) return;
    const bool absent_metadata = place_ == place::names && in_metadata_;
    if (!absent_metadata && place_ != place::variant) refuse_value("null");
  }

  void boolean(bool) {
    if (ignored_ == 0 && !expects(field::other)) refuse_value("a bool");
  }

  void number(std::string_view text) {
    if (ignored_ != 0 || expects(field::other)) return;
    const auto number = json::to_unsigned(text);
    if (!number || (place_ != place::extents && place_ != place::offsets)) {
      refuse_value(std::string(text.substr(0, 40)));
    }
    numbers_.push_back(*number);
  }

  void string(std::string_view text) {
    if (ignored_ != 0 || expects(field::other)) return;
    if (place_ == place::metadata) {
      result_.metadata.emplace_back(key_, text);
    } else if (expects(field::type)) {
      set_type(text);
      end_field();
    } else {
      refuse_value("a string");
    }
  }

  void begin_object() {
    if (ignored_ != 0 || expects(field::other)) {
      ++ignored_;
    } else if (place_ == place::start) {
      place_ = place::names;
    } else if (place_ == place::names) {
      place_ = in_metadata_ ? place::metadata : place::fields;
    } else if (expects(field::type)) {
      begin_field_value(place::variant);
    } else {
      refuse_value("an object");
    }
  }

  void begin_array() {
    if (ignored_ != 0 || expects(field::other)) {
      ++ignored_;
    } else if (place_ == place::names && !in_metadata_) {
      place_ = place::sequence;
      field_ = field::type;
    } else if (expects(field::shape)) {
      begin_field_value(place::extents);
    } else if (expects(field::offsets)) {
      begin_field_value(place::offsets);
    } else {
      refuse_value("an array");
    }
  }

  void key(std::string_view text) {
    if (ignored_ != 0) return;
    switch (place_) {
      case place::names:
        return begin_entry(text);
      case place::fields:
        return begin_field(text);
      case place::variant:
        if (has_variant_) fail("one dtype", "several");
        has_variant_ = true;
        return set_type(text);
      default:
        key_ = text;
    }
  }

  void end_object() {
    if (ignored_ != 0) {
      --ignored_;
    } else if (place_ == place::variant) {
      if (!has_variant_) fail("a dtype", "an empty object");
      place_ = outer_;
      end_field();
    } else if (place_ == place::fields) {
      end_entry();
    } else {
      place_ = place::names;
    }
  }

  void end_array() {
    if (ignored_ != 0) {
      --ignored_;
    } else if (place_ == place::sequence) {
      end_entry();
    } else {
      place_ == place::extents ? set_shape() : set_offsets();
      place_ = outer_;
      end_field();
    }
  }

 private:
  /// The container whose next key or value is read.
  enum class place { start, names, metadata, fields, sequence, variant, extents, offsets };
  /// What the next value of an entry is. `none`: there should be no further one.
  enum class field { type, shape, offsets, none, other };

  static constexpr std::array<std::string_view, 3> field_names{"dtype", "shape", "data_offsets"};

  bool expects(field which) const noexcept {
    return field_ == which && (place_ == place::fields || place_ == place::sequence);
  }

  void begin_entry(std::string_view name) {
    in_metadata_ = name == metadata_name;
    if (in_metadata_) {
      if (std::exchange(has_metadata_, true)) fail("one __metadata__", "two");
      return;
    }
    tensor_ = description{};
    tensor_.name = name;
    seen_.fill(false);
  }

  void begin_field(std::string_view name) {
    const auto at = std::find(field_names.begin(), field_names.end(), name) - field_names.begin();
    field_ = at < 3 ? static_cast<field>(at) : field::other;
    if (at < 3 && seen_[static_cast<std::size_t>(at)]) {
      fail("one " + std::string(name), "two");
    }
  }

  void begin_field_value(place inner) {
    outer_ = std::exchange(place_, inner);
    numbers_.clear();
    has_variant_ = false;
  }

  void end_field() {
    const auto at = static_cast<std::size_t>(field_);
    seen_[at] = true;
    if (place_ == place::sequence) field_ = static_cast<field>(at + 1);
  }

  void end_entry() {
    const auto missing = std::find(seen_.begin(), seen_.end(), false) - seen_.begin();
    if (missing < 3) fail(std::string(field_names[static_cast<std::size_t>(missing)]), "none");
    result_.tensors.push_back(std::move(tensor_));
    place_ = place::names;
  }

  void set_type(std::string_view text) {
    const auto type = find_dtype(text, &dtype_info::safetensors);
    if (!type) fail("a dtype such as F32", detail::quoted(text));
    tensor_.type = *type;
  }

  void set_shape() {
    std::vector<std::int64_t> extents(numbers_.size());
    std::optional<std::uint64_t> product = 1;
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      extents[i] = static_cast<std::int64_t>(numbers_[i]);
      tensor_.too_wide = tensor_.too_wide || extents[i] < 0;
      if (product) product = checked_multiply(*product, numbers_[i]);
    }
    tensor_.shape = shape(std::span(extents));
    tensor_.elements = product;
  }

  void set_offsets() {
    if (numbers_.size() != 2) fail("two data_offsets", std::to_string(numbers_.size()));
    tensor_.begin = numbers_[0];
    tensor_.end = numbers_[1];
  }

  [[noreturn]] void refuse_value(std::string found) const { fail(expected(), std::move(found)); }

  std::string expected() const {
    switch (place_) {
      case place::start:
        return "an object";
      case place::names:
        return in_metadata_ ? "an object or null" : "an object with dtype, shape and data_offsets";
      case place::metadata:
        return "a string under " + detail::quoted(key_);
      case place::variant:
        return "null";
      case place::extents:
      case place::offsets:
        return "an integer of 64 bits, without sign, point and exponent";
      default:
        return field_ == field::none ? "three elements"
                                     : std::string(field_names[static_cast<std::size_t>(field_)]);
    }
  }

  [[noreturn]] void fail(std::string expected, std::string found) const {
    std::string where = "header";
    if (place_ != place::start) {
      where = in_metadata_ ? std::string(metadata_name) : "tensor " + detail::quoted(tensor_.name);
    }
    refuse(file_, where, "InvalidHeaderDeserialization", std::move(expected), std::move(found));
  }

  const std::string& file_;
  header result_;
  place place_ = place::start;
  place outer_ = place::fields;
  field field_ = field::none;
  std::size_t ignored_ = 0;  // how deep in the value of an unknown field
  bool in_metadata_ = false;
  bool has_metadata_ = false;
  bool has_variant_ = false;
  std::array<bool, 3> seen_{};
  description tensor_;
  std::string key_;
  std::vector<std::uint64_t> numbers_;
};

}  // namespace ingot::detail::safetensors
