// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include <ingot/core/error.hpp>
#include <ingot/core/integer_octets.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/format/pickle/environment.hpp>
#include <ingot/format/pickle/graph.hpp>
#include <ingot/format/pickle/memo.hpp>
#include <ingot/format/pickle/mutate.hpp>
#include <ingot/format/pickle/names.hpp>
#include <ingot/format/pickle/opcodes.hpp>
#include <ingot/format/pickle/reader.hpp>
#include <ingot/format/pickle/stack.hpp>

namespace ingot::detail::pickle {

/// Interprets a pickle of protocol 2 to 5 into a graph of inert objects. Nothing is imported or
/// called; what names mean is the environment's. Every operand's type is checked
/// (CVE-2026-24747 was a SETITEM on something that is no dict).
class machine {
 public:
  machine(std::span<const std::byte> bytes, graph& objects, environment& names)
      : in_(bytes), objects_(objects), names_(names) {}

  /// The pickled object. Throws format_error with the byte, the opcode and the last key seen.
  item run() {
    try {
      for (;;) {
        start_ = in_.position();
        code_ = opcode{};
        code_ = static_cast<opcode>(in_.byte());
        if (code_ == opcode::stop) return stack_.pop();
        objects_.charge_step();
        step();
      }
    } catch (const format_error& failure) {
      error_info facts = failure.info();
      facts.where = place() + (facts.where.empty() ? "" : ": " + facts.where);
      throw format_error(std::move(facts));
    }
  }

 private:
  void step() {
    using enum opcode;
    switch (code_) {
      case proto:
        return check_protocol(in_.byte());
      case frame:
        // Its content is checked as it is read; a length past the end is a damaged file.
        return static_cast<void>(in_.little<std::uint64_t>());
      case mark:
        return stack_.push_mark();
      case pop:
        if (stack_.at_mark()) return stack_.drop_mark();
        return static_cast<void>(stack_.pop());
      case pop_mark:
        return stack_.drop_mark();
      case dup:
        return stack_.push(item(stack_.top()));
      case none:
        return stack_.push({});
      case newtrue:
        return stack_.push(item::of_bool(true));
      case newfalse:
        return stack_.push(item::of_bool(false));
      case binint:
        return stack_.push(item::of_integer(in_.little<std::int32_t>()));
      case binint1:
        return stack_.push(item::of_integer(in_.byte()));
      case binint2:
        return stack_.push(item::of_integer(in_.little<std::uint16_t>()));
      case long1:
        return push_long(in_.text(in_.byte()));
      case long4:
        return push_long4(length4());
      case binfloat:
        return stack_.push(item::of_floating(in_.big<double>()));
      default:
        return step_text();
    }
  }

  void step_text() {
    using enum opcode;
    switch (code_) {
      case binunicode:
        return push_text(in_.little<std::uint32_t>());
      case short_binunicode:
        return push_text(in_.byte());
      case binunicode8:
        return push_text(in_.little<std::uint64_t>());
      case binstring:
        return push_old_text(length4());
      case short_binstring:
        return push_old_text(in_.byte());
      case binbytes:
        return push_bytes(in_.little<std::uint32_t>(), tag::bytes);
      case short_binbytes:
        return push_bytes(in_.byte(), tag::bytes);
      case binbytes8:
        return push_bytes(in_.little<std::uint64_t>(), tag::bytes);
      case bytearray8:
        return push_bytes(in_.little<std::uint64_t>(), tag::bytearray);
      case binput:
        return memo_.put(in_.byte(), stack_.top());
      case long_binput:
        return memo_.put(in_.little<std::uint32_t>(), stack_.top());
      case memoize:
        return memo_.put(memo_.size(), stack_.top());
      case binget:
        return stack_.push(memo_.get(in_.byte()));
      case long_binget:
        return stack_.push(memo_.get(in_.little<std::uint32_t>()));
      case global: {
        const std::string_view module = in_.line();
        const std::string_view name = in_.line();
        if (!is_python_text(module) || !is_python_text(name)) {
          throw format_error({.expected = "a module and a name in UTF-8"});
        }
        return push_global(module, name);
      }
      case stack_global: {
        const item name = stack_.pop();
        const item module = stack_.pop();
        return push_global(expect_text(objects_, module, "the name of a module"),
                           expect_text(objects_, name, "the name of a global"));
      }
      default:
        return step_container();
    }
  }

  void step_container() {
    using enum opcode;
    switch (code_) {
      case empty_tuple:
        return stack_.push(objects_.add_tuple({}));
      case tuple1:
        return push_tuple<1>();
      case tuple2:
        return push_tuple<2>();
      case tuple3:
        return push_tuple<3>();
      case tuple: {
        const item made = objects_.add_tuple(stack_.since_mark());
        stack_.drop_mark();
        return stack_.push(made);
      }
      case empty_list:
        return stack_.push(objects_.add_container(container_kind::list));
      case empty_dict:
        return stack_.push(objects_.add_container(container_kind::dict));
      case empty_set:
        return stack_.push(objects_.add_container(container_kind::set));
      case list:
        return push_container(container_kind::list);
      case dict:
        check_pairs();
        return push_container(container_kind::dict);
      case frozenset:
        return push_frozenset();
      case append: {
        const item element = stack_.pop();
        return extend(objects_, stack_.top(), container_kind::list, {&element, 1});
      }
      case appends:
      case additems:
        return extend_since_mark();
      case setitem: {
        const item content = stack_.pop();
        const item key = stack_.pop();
        return set_items(objects_, stack_.top(), std::array{key, content});
      }
      case setitems:
        check_pairs();
        return set_since_mark();
      default:
        return step_object();
    }
  }

  void step_object() {
    using enum opcode;
    switch (code_) {
      case reduce:
      case newobj: {
        const item arguments = stack_.pop();
        const item function = stack_.pop();
        return stack_.push(call(function, arguments));
      }
      case newobj_ex: {
        const item keywords = stack_.pop();
        const item arguments = stack_.pop();
        const item function = stack_.pop();
        if (!objects_.is_mapping(keywords))
          refuse(objects_, keywords, "a dict of keyword arguments");
        const item made = make_object(objects_, function, arguments);
        objects_.at(made).attributes = {objects_.add_text("__kwargs__"), keywords};
        return stack_.push(made);
      }
      case build: {
        const item state = stack_.pop();
        return build_object(stack_.top(), state);
      }
      case binpersid: {
        const item id = stack_.pop();
        return stack_.push(names_.persistent(objects_, id));
      }
      default:
        throw format_error({.expected = "an opcode of pickle protocol 2 to 5 that data needs",
                            .found = name(code_),
                            .remedy = remedy()});
    }
  }

  std::string remedy() const {
    switch (code_) {
      case opcode::next_buffer:
      case opcode::readonly_buffer:
        return "buffers outside of the pickle aren't in the file";
      case opcode::ext1:
      case opcode::ext2:
      case opcode::ext4:
        return "extension codes name classes of one program only";
      default:
        return "write the file with pickle protocol 2, as torch.save does";
    }
  }

  static void check_protocol(std::uint8_t number) {
    if (number <= 5) return;
    throw format_error({.expected = "pickle protocol 5 or less", .found = std::to_string(number)});
  }

  std::uint32_t length4() {
    const auto length = in_.little<std::int32_t>();
    if (length < 0) throw format_error({.expected = "a length", .found = std::to_string(length)});
    return static_cast<std::uint32_t>(length);
  }

  void push_bytes(std::uint64_t length, tag which) {
    stack_.push(objects_.add_text(in_.text(length), which));
  }

  void push_text(std::uint64_t length) {
    const std::string_view text = in_.text(length);
    if (!is_python_text(text)) throw format_error({.expected = "a str in UTF-8"});
    stack_.push(objects_.add_text(text));
  }

  // Python 2 had one type for text and bytes.
  void push_old_text(std::uint64_t length) {
    const std::string_view text = in_.text(length);
    stack_.push(objects_.add_text(text, is_python_text(text) ? tag::text : tag::bytes));
  }

  void push_long(std::string_view octets) {
    octets = shortest_integer(octets);  // that equal keys are seen to be equal
    stack_.push(octets.size() > 8 ? objects_.add_text(octets, tag::big_integer)
                                  : item::of_integer(integer_of(octets)));
  }

  // An int of more than 255 bytes is hardly data, and its decimal digits take quadratic time.
  void push_long4(std::uint32_t length) {
    constexpr std::uint32_t most = 1024;
    if (length > most) {
      throw format_error({.expected = "an int of at most " + std::to_string(most) + " bytes",
                          .found = std::to_string(length)});
    }
    push_long(in_.text(length));
  }

  void push_global(std::string_view old_module, std::string_view old_name) {
    const auto [module, name] = modern_name(old_module, old_name);
    objects_.charge_text(module.size() + name.size());
    std::string full = std::string(module) + '.' + std::string(name);
    if (const auto known = globals_.find(full); known != globals_.end()) {
      return stack_.push(known->second);
    }
    if (is_forbidden(module, name) || is_forbidden(old_module, old_name)) {
      throw format_error({.where = full.substr(0, 200),
                          .found = "a name that no data file needs and that attacks use",
                          .remedy = "don't open this file with Python"});
    }
    const std::uint16_t meaning = names_.meaning_of(full);
    const item made = objects_.add_global({full, meaning});
    globals_.emplace(std::move(full), made);
    stack_.push(made);
  }

  template <std::size_t Count>
  void push_tuple() {
    std::array<item, Count> elements;
    for (std::size_t i = Count; i-- > 0;) elements[i] = stack_.pop();
    stack_.push(objects_.add_tuple(elements));
  }

  void push_container(container_kind kind) {
    const auto given = stack_.since_mark();
    const item made = objects_.add_container(kind);
    objects_.at(made).items.assign(given.begin(), given.end());
    stack_.drop_mark();
    stack_.push(made);
  }

  // frozenset has no kind of its own; protocol 2 writes it as a call, and so it looks here too.
  void push_frozenset() {
    push_container(container_kind::list);
    const item elements = stack_.pop();
    push_global("builtins", "frozenset");
    const item function = stack_.pop();
    stack_.push(objects_.add_object(function, objects_.add_tuple({&elements, 1})));
  }

  void extend_since_mark() {
    const auto kind = code_ == opcode::additems ? container_kind::set : container_kind::list;
    extend(objects_, stack_.below_mark(), kind, stack_.since_mark());
    stack_.drop_mark();
  }

  void check_pairs() {
    if (stack_.since_mark().size() % 2 == 0) return;
    throw format_error({.expected = "keys and values", .found = "an odd number of objects"});
  }

  void set_since_mark() {
    set_items(objects_, stack_.below_mark(), stack_.since_mark());
    stack_.drop_mark();
  }

  item call(item function, item arguments) {
    if (function.tag == tag::global && objects_.global(function).meaning != 0) {
      const auto given = expect_tuple(objects_, arguments, "a tuple of arguments");
      if (const auto made = names_.call(objects_, function, given)) return *made;
    }
    return make_object(objects_, function, arguments);
  }

  void build_object(item target, item state) {
    if (const auto made = names_.build(objects_, target, state)) {
      if (target.tag != tag::container) return static_cast<void>(stack_.top() = *made);
      container& changed = objects_.at(target);
      changed = {.kind = container_kind::replaced, .items = {*made}};
      return;
    }
    add_state(objects_, target, state);
  }

  std::string place() const {
    std::string text = "byte " + std::to_string(start_);
    if (code_ != opcode{}) text += " (" + name(code_) + ')';
    const auto all = stack_.all();
    for (std::size_t i = all.size(); i-- > 0;) {
      if (all[i].tag == tag::text) return text + ", after " + describe(objects_, all[i]);
    }
    return text;
  }

  reader in_;
  graph& objects_;
  environment& names_;
  stack stack_;
  memo memo_;
  std::unordered_map<std::string, item, safe_hash> globals_;
  std::size_t start_ = 0;
  opcode code_{};
};

}  // namespace ingot::detail::pickle
