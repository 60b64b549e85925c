// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/detail/file_keys.hpp>
#include <ingot/state/load_report.hpp>
#include <ingot/state/optimizer_description.hpp>
#include <ingot/state/print.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

template <class T>
concept tuple_like = requires { std::tuple_size<T>::value; };

/// A hyper-parameter as Python has it.
template <class T>
value to_hyper_value(const T& member) {
  if constexpr (is_optional<T>) {
    return member ? to_hyper_value(*member) : value();
  } else if constexpr (tuple_like<T>) {
    return std::apply(
        [](const auto&... each) {
          return value::make_sequence(kind::tuple, {to_hyper_value(each)...});
        },
        member);
  } else {
    static_assert(
        std::convertible_to<const T&, value>,
        "ingot: a hyper-parameter is a bool, a number, a string, an optional, pair, tuple "
        "or array of them");
    return value(member);
  }
}

/// The inverse; throws value_error.
template <class T>
T from_hyper_value(const value& content) {
  if constexpr (is_optional<T>) {
    return content.is_none() ? T() : T(from_hyper_value<typename T::value_type>(content));
  } else if constexpr (tuple_like<T>) {
    constexpr std::size_t size = std::tuple_size_v<T>;
    if (!content.is_sequence() || content.size() != size) {
      refuse_as(content, "a tuple of " + std::to_string(size));
    }
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return T{from_hyper_value<std::tuple_element_t<I, T>>(content.elements()[I])...};
    }(std::make_index_sequence<size>{});
  } else {
    return content.as<T>();
  }
}

/// The constant of a layout.
inline value layout_constant(const layout_key& key) {
  switch (key.kind) {
    case layout_key::constant::boolean:
      return value(key.content != 0);
    case layout_key::constant::number:
      return value(key.content);
    default:
      return {};
  }
}

/// Python's ==, of None, bools and numbers.
inline bool same_constant(const value& a, const value& b) {
  const auto number = [](const value& of) -> std::optional<double> {
    const value content = item(of);
    if (content.kind() == kind::boolean) return content.boolean() ? 1 : 0;
    if (content.kind() == kind::floating) return content.floating();
    if (content.kind() == kind::integer && content.identity() == nullptr) {
      return static_cast<double>(content.integer());
    }
    return std::nullopt;
  };
  if (a.is_none() || b.is_none()) return a.is_none() && b.is_none();
  const auto left = number(a);
  return left && left == number(b);
}

/// Matches the hyper-parameters of one group: what they become goes to `changes`.
class group_matcher {
 public:
  group_matcher(const value& saved, std::string path, load_report& report,
                std::vector<std::function<void()>>& changes, std::span<const layout_key> layout)
      : saved_(saved),
        path_(std::move(path)),
        report_(report),
        changes_(changes),
        layout_(layout) {}

  template <class Part, class MemberOf>
  void operator()(Part, MemberOf) {}

  /// `member_of.operator()<Member>()` is the object that a member pointer stands for.
  template <fixed_string Name, auto... Members, class MemberOf>
  void operator()(hyper_part<Name, Members...>, MemberOf member_of) {
    known_.push_back(Name.view());
    const value* content = saved_.find(Name.view());
    if (content == nullptr) return report_.missing.push_back(path(Name.view()));
    using members =
        std::tuple<std::remove_cvref_t<decltype(member_of.template operator()<Members>())>...>;
    try {
      if constexpr (sizeof...(Members) == 1) {
        using type = std::tuple_element_t<0, members>;
        auto& member = (member_of.template operator()<Members>(), ...);
        changes_.push_back([&member, parsed = from_hyper_value<type>(*content)]() mutable {
          member = std::move(parsed);
        });
      } else {
        changes_.push_back(
            [into = std::tie(member_of.template operator()<Members>()...),
             parsed = from_hyper_value<members>(*content)]() mutable { into = std::move(parsed); });
      }
      report_.loaded.push_back(path(Name.view()));
    } catch (const value_error& failure) {
      add_mismatch(Name.view(), failure.what());
    }
  }

  template <fixed_string Name, auto Content, class MemberOf>
  void operator()(constant_part<Name, Content>, MemberOf) {
    known_.push_back(Name.view());
    check_constant(Name.view(), value(Content));
  }

  /// Checks what the layout has and the optimizer doesn't, and reports what neither has.
  void finish() {
    for (const layout_key& key : layout_) {
      if (std::ranges::find(known_, key.name) != known_.end()) continue;
      known_.push_back(key.name);
      if (!key.hint) check_constant(key.name, layout_constant(key));
    }
    for (const auto& [key, content] : saved_.items()) {
      const std::string name = reported_key(key);
      if (name == "params" || std::ranges::find(known_, name) != known_.end()) continue;
      report_.unexpected.push_back(path(name));
    }
  }

 private:
  std::string path(std::string_view name) const { return path_ + '.' + std::string(name); }

  void add_mismatch(std::string_view name, std::string detail) {
    report_.mismatched.push_back(
        {.name = path(name), .problem = "hyper-parameter mismatch", .detail = std::move(detail)});
  }

  // A file of an older PyTorch may lack the key.
  void check_constant(std::string_view name, const value& constant) {
    const value* content = saved_.find(name);
    if (content == nullptr || same_constant(*content, constant)) return;
    std::ostringstream text;
    text << "the file has " << *content << ", the optimizer has no member for it and computes with "
         << constant;
    add_mismatch(name, std::move(text).str());
  }

  const value& saved_;
  std::string path_;
  load_report& report_;
  std::vector<std::function<void()>>& changes_;
  std::span<const layout_key> layout_;
  std::vector<std::string_view> known_;
};

}  // namespace ingot::detail
