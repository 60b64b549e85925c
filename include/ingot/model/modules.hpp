// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/describe/name.hpp>
#include <ingot/model/walk.hpp>

namespace ingot {

/// One name of one module. Lists, maps and tuples of modules count as modules, as in PyTorch.
struct named_module {
  std::string name;       ///< "layers.0"; empty for the model itself
  std::string_view type;  ///< the C++ type's name
  int version;            ///< PyTorch's Module._version: 1 unless the descriptor says otherwise
};

namespace detail {

struct module_collector {
  bool each_name;
  std::vector<named_module> modules{};
  std::set<std::pair<const void*, std::string_view>> seen{};

  template <class Module>
  void module(const std::string& path, Module& object) {
    add<std::remove_const_t<Module>>(path, &object,
                                     description<std::remove_const_t<Module>>::version);
  }
  template <class T>
  void list(const std::string& path, T& object) {
    add<std::remove_const_t<T>>(path, &object, 1);
  }
  template <class Shape, class T, class Module>
  void tensor(const std::string&, role, T&, Module&) {}

 private:
  // A first member has its module's address, so the type is a part of the identity.
  template <class T>
  void add(const std::string& path, const void* object, int version) {
    if (!each_name && !seen.emplace(object, type_name<T>()).second) return;
    modules.push_back({path, type_name<T>(), version});
  }
};

}  // namespace detail

/// A model's modules in PyTorch's order, the model first; a shared one once, by its first name.
template <class Model>
std::vector<named_module> named_modules(const Model& model) {
  detail::module_collector found{.each_name = false};
  detail::walk(model, found);
  return std::move(found.modules);
}

/// As named_modules, with every name of a shared module: what state_dict()._metadata lists.
template <class Model>
std::vector<named_module> collect_modules(const Model& model) {
  detail::module_collector found{.each_name = true};
  detail::walk(model, found);
  return std::move(found.modules);
}

}  // namespace ingot
