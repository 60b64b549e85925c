// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/describe/description.hpp>

namespace ingot::detail {

// The first segment of a path, and what follows its dot.
constexpr std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

// The number that a segment is, or `limit` where it is none or isn't below the limit.
constexpr std::size_t index_of(std::string_view segment, std::size_t limit) {
  std::size_t index = 0;
  if (segment.empty() || segment.size() > 18) return limit;
  for (const char c : segment) {
    if (c < '0' || c > '9') return limit;
    index = index * 10 + static_cast<std::size_t>(c - '0');
  }
  return index < limit ? index : limit;
}

template <class T, role Given>
consteval bool leads_to_tensor(std::string_view path);

template <class T, role Given, std::size_t... I>
consteval bool member_leads(std::string_view path, std::index_sequence<I...>) {
  const auto [segment, rest] = split_path(path);
  const auto name = segment;  // a structured binding can't be captured
  const auto behind = rest;
  return ((description<T>::names[I] == name &&
           leads_to_tensor<typename description<T>::template type<I>,
                           description<T>::template given<I>>(behind)) ||
          ...);
}

template <role Given>
struct any_leads {
  template <class... Ts>
  struct of {
    static consteval bool path(std::string_view rest) {
      return (leads_to_tensor<Ts, Given>(rest) || ...);
    }
    static consteval bool path_at(std::size_t index, std::string_view rest) {
      std::size_t at = 0;
      return ((at++ == index && leads_to_tensor<Ts, Given>(rest)) || ...);
    }
    static constexpr std::size_t count = sizeof...(Ts);
  };
};

template <class T>
inline constexpr std::size_t length_limit = static_cast<std::size_t>(-1);
template <class T, std::size_t Size>
inline constexpr std::size_t length_limit<std::array<T, Size>> = Size;

/// Whether a path from a T can name a tensor: lengths and keys that only the run knows may fit.
template <class T, role Given>
consteval bool leads_to_tensor(std::string_view path) {
  using bare = std::remove_cv_t<T>;
  constexpr member_kind found = kind_of<bare, Given>();
  if constexpr (unwrapped<bare>::wrapped) {
    return leads_to_tensor<typename unwrapped<bare>::type, unwrapped<bare>::given>(path);
  } else if constexpr (found == member_kind::tensor) {
    return path.empty();
  } else if constexpr (found == member_kind::submodule) {
    return member_leads<bare, Given>(path, std::make_index_sequence<description<bare>::size>{});
  } else if constexpr (found == member_kind::plain || found == member_kind::skip ||
                       is_error(found)) {
    return false;
  } else {
    using contents =
        typename container_traits<bare>::template contents<any_leads<Given>::template of>;
    const auto [segment, rest] = split_path(path);
    if constexpr (found == member_kind::list) {
      return index_of(segment, length_limit<bare>) != length_limit<bare> && contents::path(rest);
    } else if constexpr (found == member_kind::map) {
      return !segment.empty() && contents::path(rest);
    } else if constexpr (found == member_kind::tuple) {
      return contents::path_at(index_of(segment, contents::count), rest);
    } else {
      return contents::path(path);
    }
  }
}

template <class Class, fixed_string Path, bool Right>
struct check_path {};
template <class Class, fixed_string Path>
struct check_path<Class, Path, false> {
  static_assert(sizeof(this_path_does_not_lead_to_a_tensor<Class, Path>));
  static_assert(never<Class>,
                "ingot: each path in ingot::tied<...> goes from the described class to a tensor: "
                "write the names as state_dict lists them, such as \"layers.0.weight\"");
};

using name_group = std::vector<std::string>;

template <class Class, fixed_string Path>
consteval bool path_leads() {
  const auto path = Path;  // g++'s sanitizers don't take a template argument's address for constant
  return leads_to_tensor<Class, role::submodule>(path.view());
}

template <class Class>
struct path_adder {
  name_group& group;
  const std::string& prefix;

  template <fixed_string Path>
  void operator()() {
    (void)sizeof(check_path<Class, Path, path_leads<Class, Path>()>);
    group.push_back((prefix.empty() ? prefix : prefix + '.') + std::string(Path.view()));
  }
};

template <class Class, class Tie>
void add_group(std::vector<name_group>& groups, const std::string& prefix) {
  name_group group;
  Tie::for_each(path_adder<Class>{group, prefix});
  groups.push_back(std::move(group));
}

template <class Class, class... Ties>
void add_groups(std::vector<name_group>& groups, const std::string& prefix, type_list<Ties...>) {
  (add_group<Class, Ties>(groups, prefix), ...);
}

template <class Slots>
std::size_t root_of(const Slots& slots, std::size_t index) {
  while (slots[index].tie != index) index = slots[index].tie;
  return index;
}

template <class Slots>
void join(Slots& slots, std::size_t one, std::size_t other) {
  one = root_of(slots, one);
  other = root_of(slots, other);
  slots[std::max(one, other)].tie = std::min(one, other);
}

/// Points each slot's tie at the first slot of the same tensor: the same object held by several
/// shared_ptrs, or declared names. A declared name that isn't there (an absent optional) is no tie.
template <class Slots>
void resolve_ties(Slots& slots, bool shared, const std::vector<name_group>& groups) {
  if (shared) {
    std::unordered_map<const void*, std::size_t> first;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      slots[i].tie = first.try_emplace(slots[i].slot.identity(), i).first->second;
    }
  }
  if (!groups.empty()) {
    std::unordered_map<std::string_view, std::size_t> by_name;
    for (std::size_t i = 0; i < slots.size(); ++i) by_name.try_emplace(slots[i].name, i);
    for (const name_group& group : groups) {
      std::size_t previous = slots.size();
      for (const std::string& name : group) {
        const auto found = by_name.find(name);
        if (found == by_name.end()) continue;
        if (previous != slots.size()) join(slots, previous, found->second);
        previous = found->second;
      }
    }
    for (auto& entry : slots) entry.tie = slots[entry.tie].tie;  // firsts come before the others
  }
}

}  // namespace ingot::detail
