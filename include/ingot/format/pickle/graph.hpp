// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::pickle {

/// What an item is. Up to `floating` it holds itself; the rest is an index into a table of graph.
enum class tag : std::uint8_t {
  none,
  boolean,
  integer,
  floating,
  big_integer,  ///< text: two's complement, little-endian
  text,
  bytes,
  bytearray,
  tuple,
  container,
  global,      ///< a class or function, by name
  persistent,  ///< what a persistent id stands for: a storage
  leaf,        ///< a finished value
};

/// A Python object on the machine's stack.
struct item {
  pickle::tag tag = pickle::tag::none;
  union {
    std::int64_t integer = 0;
    double floating;
    std::uint32_t index;
  };

  static item of_bool(bool flag) noexcept { return of(tag::boolean, flag ? 1 : 0); }
  static item of_integer(std::int64_t number) noexcept { return of(tag::integer, number); }
  static item of_floating(double number) noexcept {
    item result;
    result.tag = tag::floating;
    result.floating = number;
    return result;
  }
  static item at(pickle::tag which, std::uint32_t index) noexcept {
    item result;
    result.tag = which;
    result.integer = 0;
    result.index = index;
    return result;
  }

 private:
  static item of(pickle::tag which, std::int64_t number) noexcept {
    item result;
    result.tag = which;
    result.integer = number;
    return result;
  }
};

/// Objects that can change after they were made.
enum class container_kind : std::uint8_t {
  list,
  set,
  dict,
  ordered_dict,
  counter,
  object,   ///< of a class without a meaning: inert
  replaced  ///< BUILD gave it a meaning: items[0] is what it became
};

struct container {
  container_kind kind = container_kind::list;
  std::vector<item> items{};       ///< elements; of mappings and objects key, value, key, ...
  std::vector<item> attributes{};  ///< what BUILD gave: key, value, key, ...
  std::vector<item> elements{};    ///< of an object: what was appended or added
  item made_by{};                  ///< of an object: its class, or what was called
  item arguments{};                ///< of an object: a tuple
};

/// A class or function that the pickle names.
struct global_name {
  std::string name{};         ///< "module.name", Python 2's names made Python 3's
  std::uint16_t meaning = 0;  ///< the environment's; 0: none, inert
};

/// All objects of one pickle. They refer to each other by index, so cycles cost nothing and
/// nothing here is recursive. Texts are views of the pickle, which must outlive the graph.
class graph {
 public:
  /// `stored_size`, the bytes that the pickle takes in its file, bounds the opcodes (one that
  /// deflates well isn't many objects) and, apart from them, what may be copied or looked at again:
  /// a pickle that names one list a million times must not make a million copies.
  explicit graph(std::uint64_t stored_size)
      : steps_(16 * stored_size + 65536), budget_(16 * stored_size + 65536) {}

  item add_text(std::string_view text, tag which = tag::text) { return add(texts_, text, which); }
  item own_text(std::string text, tag which = tag::text) {
    charge(text.size() / 8);
    return add_text(owned_.emplace_back(std::move(text)), which);
  }
  item add_tuple(std::span<const item> elements) {
    const item result = add(tuples_, {pool_.size(), elements.size()}, tag::tuple);
    pool_.insert(pool_.end(), elements.begin(), elements.end());
    return result;
  }
  item add_container(container_kind kind) {
    return add(containers_, {.kind = kind}, tag::container);
  }
  item add_object(item made_by, item arguments) {
    return add(containers_,
               {.kind = container_kind::object, .made_by = made_by, .arguments = arguments},
               tag::container);
  }
  item add_global(global_name name) { return add(globals_, std::move(name), tag::global); }
  item add_leaf(value leaf) { return add(leaves_, std::move(leaf), tag::leaf); }

  std::string_view text(item of) const { return texts_[of.index]; }
  std::span<const item> tuple(item of) const {
    const range& where = tuples_[of.index];
    return {pool_.data() + where.first, where.count};
  }
  container& at(item of) { return containers_[of.index]; }
  const container& at(item of) const { return containers_[of.index]; }
  const global_name& global(item of) const { return globals_[of.index]; }
  const value& leaf(item of) const { return leaves_[of.index]; }
  void set_leaf(item of, value changed) { leaves_[of.index] = std::move(changed); }

  bool is(item what, container_kind kind) const {
    return what.tag == tag::container && at(what).kind == kind;
  }
  bool is_mapping(item what) const {
    if (what.tag != tag::container) return false;
    const container_kind kind = at(what).kind;
    return kind == container_kind::dict || kind == container_kind::ordered_dict ||
           kind == container_kind::counter;
  }
  /// The item, or what BUILD made of it.
  item resolve(item what) const {
    return is(what, container_kind::replaced) ? at(what).items[0] : what;
  }

  std::size_t tuple_count() const noexcept { return tuples_.size(); }
  std::size_t container_count() const noexcept { return containers_.size(); }
  std::size_t text_count() const noexcept { return texts_.size(); }

  /// Accounts for `count` items that are copied or looked at. Throws format_error where a pickle of
  /// this size can't need as many.
  void charge(std::size_t count) { spend(budget_, count); }

  /// The same of text that is copied, compared or hashed: a name is as long as its file likes, and
  /// two bytes refer to it.
  void charge_text(std::size_t length) { charge(length / 4); }

  /// Accounts for an opcode.
  void charge_step() { spend(steps_, 1); }

 private:
  struct range {
    std::size_t first;
    std::size_t count;
  };

  static void spend(std::uint64_t& budget, std::uint64_t count) {
    if (count > budget) {
      throw format_error({.expected = "objects in proportion to the file",
                          .found = "a pickle that expands to many times its size"});
    }
    budget -= count;
  }

  template <class T>
  static item add(std::vector<T>& table, T row, tag which) {
    if (table.size() >= std::numeric_limits<std::uint32_t>::max()) {
      throw format_error({.expected = "fewer than 2^32 objects"});
    }
    table.push_back(std::move(row));
    return item::at(which, static_cast<std::uint32_t>(table.size() - 1));
  }

  std::vector<std::string_view> texts_;
  std::deque<std::string> owned_;
  std::vector<range> tuples_;
  std::vector<item> pool_;  // the elements of all tuples
  std::vector<container> containers_;
  std::vector<global_name> globals_;
  std::vector<value> leaves_;
  std::uint64_t steps_;
  std::uint64_t budget_;
};

/// What an error message calls an item.
inline std::string describe(const graph& objects, item what) {
  const auto quoted = [](std::string_view text) {
    constexpr std::size_t longest = 60;
    return '"' + std::string(text.substr(0, longest)) + (text.size() > longest ? "...\"" : "\"");
  };
  switch (what.tag) {
    case tag::none:
      return "None";
    case tag::boolean:
      return what.integer != 0 ? "True" : "False";
    case tag::integer:
      return "the int " + std::to_string(what.integer);
    case tag::floating:
      return "a float";
    case tag::big_integer:
      return "an int of " + std::to_string(objects.text(what).size()) + " bytes";
    case tag::text:
      return quoted(objects.text(what));
    case tag::bytes:
    case tag::bytearray:
      return "bytes";
    case tag::tuple:
      return "a tuple of " + std::to_string(objects.tuple(what).size());
    case tag::global:
      return objects.global(what).name.substr(0, 200);
    case tag::persistent:
      return "a storage";
    case tag::leaf:
      return "a " + std::string(ingot::name(objects.leaf(what).kind()));
    case tag::container:
      break;
  }
  switch (objects.at(what).kind) {
    case container_kind::list:
      return "a list";
    case container_kind::set:
      return "a set";
    case container_kind::object:
      return "an object";
    case container_kind::replaced:
      return describe(objects, objects.at(what).items[0]);
    default:
      return "a dict";
  }
}

[[noreturn]] inline void refuse(const graph& objects, item what, std::string expected) {
  throw format_error({.expected = std::move(expected), .found = describe(objects, what)});
}

inline std::int64_t expect_integer(const graph& objects, item what, const char* expected) {
  if (what.tag != tag::integer) refuse(objects, what, expected);
  return what.integer;
}
inline std::string_view expect_text(const graph& objects, item what, const char* expected) {
  if (what.tag != tag::text) refuse(objects, what, expected);
  return objects.text(what);
}
inline std::span<const item> expect_tuple(const graph& objects, item what, const char* expected) {
  if (what.tag != tag::tuple) refuse(objects, what, expected);
  return objects.tuple(what);
}

}  // namespace ingot::detail::pickle
