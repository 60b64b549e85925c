// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include <ingot/model/walk.hpp>

namespace ingot {
namespace detail {

struct training_setter {
  bool training;

  template <class Module>
  void module(const std::string&, Module& object) {
    if constexpr (requires { requires std::same_as<decltype(object.training), bool>; }) {
      object.training = training;
    } else {
      set_described(object);
    }
  }
  template <class T>
  void list(const std::string&, T&) {}
  template <class Shape, class T, class Module>
  void tensor(const std::string&, role, T&, Module&) {}

 private:
  // A private flag is reached where the descriptor calls it "training".
  template <class Module>
  void set_described(Module& object) {
    description<Module>::apply(object, [this](auto&... members) {
      [[maybe_unused]] auto name = description<Module>::names.begin();
      (void)this;  // a module may have no members
      (set_if_flag(*name++, members), ...);
    });
  }
  void set_if_flag(std::string_view name, bool& flag) const {
    if (name == "training") flag = training;
  }
  template <class T>
  void set_if_flag(std::string_view, T&) const {}
};

}  // namespace detail

/// Sets `bool training` in every module that has one, as PyTorch's Module.train(mode).
template <class Model>
  requires(!std::is_const_v<Model>)
void train(Model& model, bool mode = true) {
  detail::walk(model, detail::training_setter{mode});
}

/// train(model, false): what batch norm and dropout need to know before inference.
template <class Model>
  requires(!std::is_const_v<Model>)
void eval(Model& model) {
  train(model, false);
}

}  // namespace ingot
