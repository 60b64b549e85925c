// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/describe/description.hpp>
#include <ingot/describe/role.hpp>

namespace ingot {
namespace detail {

// A module's members are passed over three times: PyTorch lists parameters, buffers, children.
enum class pass : std::uint8_t { parameters, buffers, children };

constexpr pass pass_of(role of) {
  return of == role::parameter || of == role::submodule ? pass::parameters : pass::buffers;
}

template <class T>
inline constexpr bool is_shared_pointer = false;
template <class T>
inline constexpr bool is_shared_pointer<std::shared_ptr<T>> = true;

template <class From, class To>
using copy_const = std::conditional_t<std::is_const_v<From>, const To, To>;

/// A list of bare tensors is none: as a value it is a Python list, not a state_dict.
template <class T>
inline constexpr bool is_list_of_modules = false;
template <class T>
  requires(kind_of<T>() == member_kind::list)
inline constexpr bool is_list_of_modules<T> =
    kind_of<typename T::value_type>() != member_kind::tensor;

/// Walks a model in PyTorch's order and calls
///
///     visitor.module(path, module)                          // before what is in it
///     visitor.list(path, container)                         // a list, map or tuple of modules
///     visitor.tensor(path, role, tensor, shape_by, module)  // shape_by: what the descriptor says
///
/// with const objects where the model is const. The path is valid during the call.
template <class Visitor>
class walker {
 public:
  explicit walker(Visitor& visitor) : visitor_(visitor) {}

  bool shared() const noexcept { return shared_; }

  /// The model itself may be a list, map or tuple of modules: PyTorch's Sequential, ModuleList.
  template <class Model>
  void root(Model& model) {
    constexpr member_kind found = kind_of<std::remove_const_t<Model>>();
    if constexpr (is_list_of_modules<std::remove_const_t<Model>> || found == member_kind::map ||
                  found == member_kind::tuple) {
      child<found, role::submodule, unshaped>(model, model);
    } else {
      this->module(model);  // nvcc takes a line that begins with the word for a declaration
    }
  }

 private:
  template <class Module>
  void module(Module& object) {
    visitor_.module(std::as_const(path_), object);
    own<pass::parameters>(object);
    own<pass::buffers>(object);
    own<pass::children>(object);
  }

  // Appends a name to the path for as long as it lives.
  class step {
   public:
    step(std::string& path, std::string_view name) : path_(path), length_(path.size()) {
      if (!path.empty()) path += '.';
      path += name;
    }
    step(const step&) = delete;
    step& operator=(const step&) = delete;
    ~step() { path_.resize(length_); }

   private:
    std::string& path_;
    std::size_t length_;
  };

  template <pass Pass, class Module>
  void own(Module& object) {
    using known = description<std::remove_const_t<Module>>;
    known::apply(object, [&](auto&... members) {
      members_of<Pass, known>(object, std::make_index_sequence<sizeof...(members)>{}, members...);
    });
  }

  template <pass Pass, class Known, class Module, std::size_t... I, class... Members>
  void members_of(Module& object, std::index_sequence<I...>, Members&... members) {
    (member<Pass, Known, I>(object, members), ...);
  }

  template <pass Pass, class Known, std::size_t I, class Module, class Member>
  void member(Module& object, Member& member) {
    constexpr member_kind found = Known::template kind_at<I>;
    if constexpr (found != member_kind::plain && found != member_kind::skip && !is_error(found)) {
      const step here(path_, Known::names[I]);
      using shape = typename Known::template shape<I>;
      entry<Pass, Known::template given<I>, shape>(member, object);
    }
  }

  template <pass Pass, role Given, class Shape, class T, class Module>
  void entry(T& object, Module& module) {
    using bare = std::remove_const_t<T>;
    constexpr member_kind found = kind_of<bare, Given>();
    if constexpr (unwrapped<bare>::wrapped) {
      entry<Pass, unwrapped<bare>::given, Shape>(object.unwrapped(), module);
    } else if constexpr (found == member_kind::tensor) {
      constexpr role is = Given == role::submodule ? role::parameter : Given;
      if constexpr (Pass == pass_of(is)) {
        visitor_.template tensor<Shape>(std::as_const(path_), is, object, module);
      }
    } else if constexpr (found == member_kind::nullable) {
      held<Pass, Given, Shape>(object, module);
    } else if constexpr (found == member_kind::variant) {
      if (object.valueless_by_exception()) return;
      std::visit([&](auto& active) { entry<Pass, Given, Shape>(active, module); }, object);
    } else if constexpr (Pass == pass::children) {
      child<found, Given, Shape>(object, module);
    }
  }

  // What an optional or a pointer holds, as const as the holder is.
  template <pass Pass, role Given, class Shape, class T, class Module>
  void held(T& holder, Module& module) {
    if (!holder) return;
    using content = copy_const<T, std::remove_reference_t<decltype(*holder)>>;
    content& object = *holder;
    if constexpr (is_shared_pointer<std::remove_const_t<T>>) {
      const auto* address = static_cast<const void*>(std::addressof(object));
      if (std::find(open_.begin(), open_.end(), address) != open_.end()) refuse_cycle();
      shared_ = true;
      open_.push_back(address);
      entry<Pass, Given, Shape>(object, module);
      open_.pop_back();
    } else {
      entry<Pass, Given, Shape>(object, module);
    }
  }

  template <member_kind Kind, role Given, class Shape, class T, class Module>
  void child(T& object, Module& parent) {
    if constexpr (Kind == member_kind::submodule) {
      this->module(object);
    } else if constexpr (Kind == member_kind::list) {
      visitor_.list(std::as_const(path_), object);
      std::size_t index = 0;
      for (auto& item : object) item_of<Given, Shape>(std::to_string(index++), item, parent);
    } else if constexpr (Kind == member_kind::map) {
      visitor_.list(std::as_const(path_), object);
      for (auto& [key, item] : object) item_of<Given, Shape>(text_of(key), item, parent);
    } else if constexpr (Kind == member_kind::tuple) {
      visitor_.list(std::as_const(path_), object);
      std::apply(
          [&](auto&... items) {
            std::size_t index = 0;
            (item_of<Given, Shape>(std::to_string(index++), items, parent), ...);
          },
          object);
    }
  }

  // A list's items keep the list's order, whatever they are.
  template <role Given, class Shape, class T, class Module>
  void item_of(std::string_view name, T& item, Module& parent) {
    const step here(path_, name);
    entry<pass::parameters, Given, Shape>(item, parent);
    entry<pass::buffers, Given, Shape>(item, parent);
    entry<pass::children, Given, Shape>(item, parent);
  }

  template <class Key>
  std::string text_of(const Key& key) const {
    if constexpr (std::is_integral_v<Key>) {
      return std::to_string(key);
    } else {
      const std::string_view text = key;
      if (text.empty() || text.find('.') != std::string_view::npos) {
        throw value_error({.where = path_,
                           .expected = "a key that can be part of a name",
                           .found = '"' + std::string(text) + '"',
                           .remedy = "name a module without a dot"});
      }
      return std::string(text);
    }
  }

  [[noreturn]] void refuse_cycle() const {
    throw value_error({.where = path_,
                       .expected = "a tree of modules",
                       .found = "a shared_ptr to a module that this one is inside of",
                       .remedy = "hold the outer module by ingot::skip<std::weak_ptr<T>>"});
  }

  Visitor& visitor_;
  std::string path_;
  bool shared_ = false;
  std::vector<const void*> open_;  // modules that shared_ptrs lead to, from the root to here
};

/// Calls the visitor's functions for a model and all that is in it; see walker. Gives whether a
/// shared_ptr led anywhere: only then can one object have two names.
template <class Model, class Visitor>
bool walk(Model& model, Visitor&& visitor) {
  walker<std::remove_reference_t<Visitor>> walking(visitor);
  walking.root(model);
  return walking.shared();
}

}  // namespace detail
}  // namespace ingot
