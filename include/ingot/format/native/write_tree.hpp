// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/native/cursor.hpp>
#include <ingot/format/native/layout.hpp>
#include <ingot/format/native/name_table.hpp>
#include <ingot/format/native/text_cache.hpp>
#include <ingot/format/native/write_tensor.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::native {

/// Writes a value as nodes, children before their parents. What is shared in the value is written
/// once. Works without recursion.
class tree_writer {
 public:
  /// `root` must live until the storages are written. Throws value_error with the path of what the
  /// format can't hold.
  void run(const value& root) {
    try {
      enter(root);
      while (!frames_.empty()) step();
    } catch (const value_error& failure) {
      error_info facts = failure.info();
      facts.where = path() + (facts.where.empty() ? "" : ": " + facts.where);
      throw value_error(std::move(facts));
    }
  }

  const std::string& tree() const noexcept { return out_; }
  const name_table& names() const noexcept { return names_; }
  const std::vector<storage_list::item>& storages() const noexcept {
    return tensors_.storages().all();
  }

 private:
  // A value whose children are being written.
  struct frame {
    const value* of;
    std::span<const value::pair> pairs;
    std::span<const value> elements;
    std::size_t count;
    std::size_t next = 0;

    const value& child() const {
      if (!elements.empty()) return elements[next];
      if (next / 2 < pairs.size()) {
        return next % 2 == 0 ? pairs[next / 2].first : pairs[next / 2].second;
      }
      if (of->is_tensor()) return part_of(of->tensor(), next);
      return of->attributes()[next - 2 * pairs.size()].second;
    }
  };

  static frame frame_of(const value& of) {
    if (of.is_sequence()) return {&of, {}, of.elements(), of.elements().size()};
    if (of.is_tensor()) return {&of, {}, {}, part_count(of.tensor())};
    const bool has_items = of.is_mapping() || of.kind() == kind::object;
    if (!has_items) return {&of, {}, {}, 0};
    return {&of, of.items(), {}, 2 * of.items().size() + of.attributes().size()};
  }

  void enter(const value& what) {
    if (what.kind() == kind::string && what.text().size() <= text_cache::longest) {
      return write_short_text(what.text());
    }
    if (what.is_shared()) {
      if (const auto known = memo_.find(what.identity()); known != memo_.end()) {
        return write_reference(known->second);
      }
    }
    const frame opened = frame_of(what);
    if (opened.count == 0) return write_node(what);
    frames_.push_back(opened);
  }

  void step() {
    frame& top = frames_.back();
    if (top.next == top.count) {
      write_node(*top.of);
      frames_.pop_back();
      return;
    }
    const value& child = top.child();
    ++top.next;
    enter(child);
  }

  void write_short_text(std::string_view text) {
    text_cache::entry& known = texts_.find(text);
    if (known.text == text && !text.empty()) return write_reference(known.position);
    known = {text, out_.size()};
    tag(node_kind::string);
    write_text(text);
  }

  void write_reference(std::size_t position) {
    out_[position] = static_cast<char>(out_[position] | referred);
    tag(node_kind::reference);
    append_number(out_, position);
  }

  void write_text(std::string_view text) {
    check_text(text);
    append_octets(out_, text);
  }

  void tag(node_kind which) { out_ += static_cast<char>(which); }

  void write_node(const value& what) {
    if (what.is_shared()) memo_.emplace(what.identity(), out_.size());
    switch (what.kind()) {
      case kind::none:
        return tag(node_kind::none);
      case kind::boolean:
        return tag(what.boolean() ? node_kind::yes : node_kind::no);
      case kind::integer:
        return write_integer(what);
      case kind::floating:
        tag(node_kind::floating);
        return append_float(out_, what.floating());
      case kind::complex:
        return write_complex(what.as<std::complex<double>>());
      case kind::string:
        tag(node_kind::string);
        return write_text(what.text());
      case kind::bytes:
      case kind::bytearray:
        tag(what.kind() == kind::bytes ? node_kind::bytes : node_kind::bytearray);
        return append_octets(out_, what.text());
      case kind::list:
      case kind::tuple:
      case kind::set:
        return write_sequence(what);
      case kind::dict:
      case kind::ordered_dict:
      case kind::counter:
        return write_mapping(what);
      case kind::size:
        return write_size(what.shape());
      case kind::dtype:
        tag(node_kind::dtype);
        return append_number(out_, names_[what.type()]);
      case kind::device:
        tag(node_kind::device);
        return append_number(out_, names_[to_string(what.as<ingot::device>())]);
      case kind::tensor:
      case kind::ndarray:
        return write_tensor(what);
      case kind::object:
        tag(node_kind::object);
        append_number(out_, what.items().size());
        return append_number(out_, names_[what.class_name()]);
      case kind::cycle:
        return tag(node_kind::cycle);
    }
  }

  void write_integer(const value& what) {
    if (what.identity() == nullptr) {
      tag(node_kind::integer);
      return append_integer(out_, what.integer());
    }
    const std::string octets = what.integer_octets();
    if (octets.size() > longest_integer) {
      throw value_error({.expected = "an int of at most 1024 bytes",
                         .found = std::to_string(octets.size()) + " bytes"});
    }
    tag(node_kind::long_integer);
    append_octets(out_, octets);
  }

  void write_complex(std::complex<double> number) {
    tag(node_kind::complex);
    append_float(out_, number.real());
    append_float(out_, number.imag());
  }

  void write_sequence(const value& what) {
    tag(what.kind() == kind::list    ? node_kind::list
        : what.kind() == kind::tuple ? node_kind::tuple
                                     : node_kind::set);
    append_number(out_, what.size());
  }

  void write_mapping(const value& what) {
    tag(what.kind() == kind::dict           ? node_kind::dict
        : what.kind() == kind::ordered_dict ? node_kind::ordered_dict
                                            : node_kind::counter);
    append_number(out_, what.items().size());
    append_number(out_, what.attributes().size());
    for (const auto& [name, content] : what.attributes()) {
      if (name.kind() != kind::string) {
        throw value_error({.expected = "attributes whose names are str", .found = summary(name)});
      }
      append_number(out_, names_[name.text()]);
    }
  }

  void write_tensor(const value& what) {
    const tensor_data& tensor = what.tensor();
    if (!what.is_tensor() && (tensor.layout != layout::strided || tensor.quantizer)) {
      throw value_error({.expected = "a plain array", .found = summary(what)});
    }
    tag(what.is_tensor() ? node_kind::tensor : node_kind::ndarray);
    tensors_.write(tensor);
  }

  void write_size(const ingot::shape& size) {
    tag(node_kind::size);
    append_number(out_, size.rank());
    for (const std::int64_t extent : size) append_integer(out_, extent);
  }

  // Where in the state the writer is: ["model"][0].
  std::string path() const {
    std::string text;
    for (const frame& each : frames_) {
      if (each.next == 0) break;
      const std::size_t index = each.next - 1;
      if (!each.elements.empty()) {
        text += '[' + std::to_string(index) + ']';
      } else if (index / 2 < each.pairs.size()) {
        text += '[' + label(each.pairs[index / 2].first) + ']';
      } else if (!each.of->is_tensor()) {
        const value::pair& attribute = each.of->attributes()[index - 2 * each.pairs.size()];
        text += ".__dict__[" + label(attribute.first) + ']';
      }
    }
    return text.empty() ? "the state" : text;
  }
  static std::string label(const value& key) {
    if (key.kind() == kind::integer && key.identity() == nullptr) {
      return std::to_string(key.integer());
    }
    return key.kind() == kind::string ? detail::quoted(key.text()) : summary(key);
  }

  std::string out_;
  name_table names_;
  tensor_writer tensors_{out_, names_};
  text_cache texts_;
  std::vector<frame> frames_;
  std::unordered_map<const node*, std::size_t> memo_;
};

}  // namespace ingot::detail::native
