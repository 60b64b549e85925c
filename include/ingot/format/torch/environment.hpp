// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <ingot/format/pickle/environment.hpp>
#include <ingot/format/torch/globals.hpp>
#include <ingot/format/torch/numpy.hpp>
#include <ingot/format/torch/python.hpp>
#include <ingot/format/torch/rebuild.hpp>
#include <ingot/format/torch/sparse.hpp>
#include <ingot/format/torch/storages.hpp>

namespace ingot::detail::torch {

/// What names mean in a file that torch.save wrote. What a persistent id is depends on the file.
class environment : public pickle::environment {
 public:
  std::uint16_t meaning_of(std::string_view name) const override { return find_meaning(name); }

  std::optional<item> call(graph& objects, item function, arguments given) override {
    const auto what = static_cast<meaning>(objects.global(function).meaning);
    if (what == meaning::rebuild_from_type) return rebuild_from_type(objects, given);
    if (what == meaning::typed_container && !given.empty()) return given[0];
    if (auto made = call_python(objects, what, given)) return made;
    if (auto made = call_numpy(objects, what, given)) return made;
    if (what == meaning::load_from_bytes) return load_from_bytes(objects, given);
    return call_torch(objects, what, given);
  }

  std::optional<item> build(graph& objects, item object, item state) override {
    if (object.tag == tag::leaf) {
      set_tensor_state(objects, object, state);
      return object;
    }
    if (!objects.is(object, pickle::container_kind::object)) return std::nullopt;
    const pickle::container& made = objects.at(object);
    if (made.made_by.tag != tag::global) return std::nullopt;
    const auto what = static_cast<meaning>(objects.global(made.made_by).meaning);
    switch (what) {
      case meaning::numpy_reconstruct:
        return build_array(objects, made, state);
      case meaning::old_tensor_class:
      case meaning::tensor_class:
      case meaning::parameter_class:
      case meaning::variable_class:
        return build_tensor(objects, state, what == meaning::parameter_class);
      default:
        return std::nullopt;
    }
  }

  // A storage that is saved by itself is data like any: a tensor of one dimension over it.
  value persistent_value(const graph&, item what) override {
    const stored& from = storages_[what];
    tensor_data whole;
    whole.bytes = from.bytes;
    whole.type = from.type;
    whole.shape = {from.numel};
    whole.strides = {1};
    whole.offset = from.first;
    whole.device = from.device;
    return value(std::move(whole));
  }

  value global_value(const graph& objects, item what) override {
    const pickle::global_name& named = objects.global(what);
    if (const auto type = as_dtype(named.meaning)) return value(*type);
    return value::make_object(named.name, {});
  }

 protected:
  /// torch.storage._load_from_bytes: a file of torch.save within a pickle. Inert but in a pickle by
  /// pickle.dump, so that no file nests them.
  virtual std::optional<item> load_from_bytes(graph&, arguments) { return std::nullopt; }

  storages storages_;

 private:
  static std::optional<item> call_python(graph& objects, meaning what, arguments given) {
    using kind = pickle::container_kind;
    switch (what) {
      case meaning::ordered_dict:
        return make_dict(objects, kind::ordered_dict, given);
      case meaning::counter:
        return make_dict(objects, kind::counter, given);
      case meaning::python_dict:
        return make_dict(objects, kind::dict, given);
      case meaning::python_list:
        return make_sequence(objects, kind::list, given);
      case meaning::python_set:
        return make_sequence(objects, kind::set, given);
      case meaning::python_tuple:
        return make_tuple(objects, given);
      case meaning::python_bytes:
        return make_bytes(objects, tag::bytes, given);
      case meaning::python_bytearray:
        return make_bytes(objects, tag::bytearray, given);
      case meaning::python_complex:
        return make_complex(objects, given);
      case meaning::encode:
        return encode(objects, given);
      default:
        return std::nullopt;
    }
  }

  std::optional<item> call_torch(graph& objects, meaning what, arguments given) {
    switch (what) {
      case meaning::rebuild_tensor:
        expect_arguments(given, 4, 4);
        return leaf(objects, strided(objects, storages_, given));
      case meaning::rebuild_tensor_v2:
        return leaf(objects, torch::rebuild_tensor(objects, storages_, given, false));
      case meaning::rebuild_tensor_v3:
        return leaf(objects, torch::rebuild_tensor(objects, storages_, given, true));
      case meaning::rebuild_qtensor:
        return leaf(objects, rebuild_quantized(objects, storages_, given));
      case meaning::rebuild_sparse:
        return leaf(objects, torch::rebuild_sparse(objects, given));
      case meaning::rebuild_meta:
        return leaf(objects, torch::rebuild_meta(objects, given));
      case meaning::rebuild_parameter:
      case meaning::rebuild_parameter_with_state:
      case meaning::parameter_class:
        return parameter(objects, given);
      case meaning::variable_class:
        if (given.empty() || find_tensor(objects, given[0]) == nullptr) return std::nullopt;
        return leaf(objects, *find_tensor(objects, given[0]));
      case meaning::device:
        return make_device(objects, given);
      case meaning::size:
        if (given.size() != 1) return std::nullopt;
        return objects.add_leaf(value(extents(objects, given[0])));
      default:
        return std::nullopt;
    }
  }

  static item leaf(graph& objects, tensor_data made) {
    return objects.add_leaf(value(std::move(made)));
  }

  // (data, requires_grad, hooks, [state]). Python attributes of a tensor are dropped: no kind of
  // value has a place for them. A parameter over a tensor subclass stays inert.
  static std::optional<item> parameter(graph& objects, arguments given) {
    if (given.empty()) return std::nullopt;
    const tensor_data* data = find_tensor(objects, given[0]);
    if (data == nullptr) return std::nullopt;
    objects.charge(data->shape.rank());
    tensor_data made = *data;
    made.is_parameter = true;
    made.requires_grad = given.size() < 2 || expect_bool(objects, given[1]);
    return leaf(objects, std::move(made));
  }

  // (func, type, args, state): func(*args), made an instance of type, with Python attributes. Only
  // PyTorch's own types are tensors for certain; a subclass may mean anything by its data.
  std::optional<item> rebuild_from_type(graph& objects, arguments given) {
    for (;;) {
      objects.charge(16);  // a walk through the nesting, which a few bytes may ask for again
      expect_arguments(given, 4, 4);
      if (given[0].tag != tag::global || given[1].tag != tag::global) return std::nullopt;
      const std::uint16_t type = objects.global(given[1]).meaning;
      const bool is_parameter = type == number(meaning::parameter_class);
      if (!is_parameter && type != number(meaning::tensor_class)) return std::nullopt;
      const arguments inner = pickle::expect_tuple(objects, given[2], "a tuple of arguments");
      const std::uint16_t function = objects.global(given[0]).meaning;
      if (function == number(meaning::rebuild_from_type)) {
        given = inner;  // a loop: nesting is the file's choice
        continue;
      }
      if (function == 0) return std::nullopt;
      return call(objects, given[0], inner);
    }
  }

  // torch.Tensor.__setstate__ of an object that has no elements yet: (storage, offset, size,
  // stride), or of what was a Variable before 0.4, (data, _, hooks, requires_grad, _).
  std::optional<item> build_tensor(graph& objects, item state, bool is_parameter) {
    if (state.tag != tag::tuple) return std::nullopt;
    const arguments given = objects.tuple(state);
    if (given.size() == 4) return leaf(objects, strided(objects, storages_, given));
    if (given.size() != 5 || find_tensor(objects, given[0]) == nullptr) return std::nullopt;
    return leaf(objects, variable(objects, given[0], given[3], is_parameter));
  }

  static tensor_data variable(graph& objects, item data, item requires_grad, bool is_parameter) {
    tensor_data made = *find_tensor(objects, data);
    objects.charge(made.shape.rank());
    made.is_parameter = is_parameter;
    made.requires_grad = expect_bool(objects, requires_grad);
    return made;
  }

  // The same of one that has: (requires_grad, _, hooks) too. A dict is Python attributes.
  void set_tensor_state(graph& objects, item object, item state) {
    const tensor_data* before = find_tensor(objects, object);
    if (before == nullptr) pickle::refuse(objects, object, "an object to give a state to");
    if (state.tag != tag::tuple) return;
    const bool is_parameter = before->is_parameter;
    const arguments given = objects.tuple(state);
    if (given.size() == 3) {
      return objects.set_leaf(object, variable(objects, object, given[0], is_parameter));
    }
    if (given.size() == 4) {
      return objects.set_leaf(object, value(strided(objects, storages_, given)));
    }
    if (given.size() != 5) pickle::refuse(objects, state, "the state of a tensor");
    if (find_tensor(objects, given[0]) == nullptr) pickle::refuse(objects, given[0], "a tensor");
    objects.set_leaf(object, variable(objects, given[0], given[3], is_parameter));
  }
};

}  // namespace ingot::detail::torch
