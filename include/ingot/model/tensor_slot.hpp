// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <ingot/core/device.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/tensor_traits.hpp>

namespace ingot {
namespace detail {

struct pending_storage {
  virtual ~pending_storage() = default;
  virtual tensor_view view() = 0;
  virtual void swap_in() noexcept = 0;
};

/// The operations of a tensor_slot for one type of tensor. Shapes are of the storage alone.
struct slot_operations {
  dtype type;
  bool owns_shape;
  bool (*has_shape)(const void* object);
  tensor_view (*view)(void* object);
  const_tensor_view (*const_view)(const void* object);
  std::unique_ptr<pending_storage> (*prepare)(void* object, const shape&);  // null: not resizable
  std::unique_ptr<pending_storage> (*prepare_in)(
      void* object, const shape&, const memory_space&);  // null: in the memory that it has
  std::unique_ptr<pending_storage> (*adopt)(
      void* object, const std::byte* data, const shape&,
      std::shared_ptr<const void> owner);  // null: owns its own
};

/// The shape that a descriptor gives a member of `module`.
using shape_function = shape (*)(const void* module);

/// The same elements in another shape of as many.
template <class View>
View reshaped(View flat, const shape& extents) {
  if (flat.shape() == extents) return flat;
  if (element_count(extents) != flat.numel()) {
    throw value_error({.where = "a member whose shape is described",
                       .expected = "storage for the shape " + to_string(extents),
                       .found = std::to_string(flat.numel()) + " elements",
                       .remedy = "resize the storage, or correct its description"});
  }
  return View(flat.data(), flat.type(), extents, flat.space());
}

}  // namespace detail

/// New storage for a tensor of a model, not yet in it. Whoever drops it leaves the model as it was.
class pending_tensor {
 public:
  explicit pending_tensor(std::unique_ptr<detail::pending_storage> storage, shape extents)
      : storage_(std::move(storage)), shape_(std::move(extents)) {}

  /// The new storage's elements; uninitialised until written.
  tensor_view view() const { return detail::reshaped(storage_->view(), shape_); }

  /// Puts the new storage into the model; what was there goes with this object. Call it once.
  void commit() noexcept { storage_->swap_in(); }

 private:
  std::unique_ptr<detail::pending_storage> storage_;
  shape shape_;
};

/// A tensor object in a model that may only be read, without its C++ type. Refers to the model.
class const_tensor_slot {
 public:
  const_tensor_slot(const void* object, const detail::slot_operations& operations,
                    const void* module = nullptr, detail::shape_function declared = nullptr)
      : object_(object), operations_(&operations), module_(module), declared_(declared) {}

  dtype type() const noexcept { return operations_->type; }

  /// Whether other storage can be made for it: prepare().
  bool resizable() const noexcept { return operations_->prepare != nullptr; }

  /// Whether it can refer to elements that others own: adopt().
  bool adopts() const noexcept { return operations_->adopt != nullptr; }

  /// Whether there are elements to view: not so for a tensor that waits for a file's shape. (Flat
  /// storage without elements is there, with the shape [0], unless its description wants some.)
  bool defined() const {
    if (operations_->owns_shape || declared_ == nullptr) {
      return !operations_->owns_shape || operations_->has_shape(object_);
    }
    return operations_->has_shape(object_) || element_count(*declared_shape()) == 0;
  }

  /// The shape that the descriptor gives it, if it does.
  std::optional<shape> declared_shape() const {
    if (declared_ == nullptr) return std::nullopt;
    return declared_(module_);
  }

  /// The shape that a file must have; nothing where the tensor takes the file's.
  std::optional<shape> required_shape() const {
    if (!operations_->owns_shape && declared_ != nullptr) return declared_shape();
    if (operations_->has_shape(object_)) return operations_->const_view(object_).shape();
    return declared_shape();
  }
  bool has_shape() const { return required_shape().has_value(); }

  /// Whether a file's tensor of this shape fits, in place or in storage made by prepare().
  bool takes(const shape& extents) const {
    if (const auto required = required_shape()) {
      return *required == extents && (in_place(extents) || resizable());
    }
    // Flat storage would forget the shape of anything but a vector.
    return resizable() && (operations_->owns_shape || extents.rank() == 1);
  }

  /// Whether view() has this shape already, so that elements can be copied to where they are.
  bool in_place(const shape& extents) const {
    if (!defined() || adopts()) return false;
    const auto flat = operations_->const_view(object_);
    return declared_ != nullptr && !operations_->owns_shape
               ? extents == *declared_shape() && element_count(extents) == flat.numel()
               : extents == flat.shape();
  }

  /// The elements; where !defined(), an empty view of the shape [0]. Throws value_error where
  /// storage and described shape disagree.
  const_tensor_view view() const {
    if (!defined()) return {nullptr, type(), shape{0}};
    return in_described_shape(operations_->const_view(object_));
  }

  /// The same for all slots of one tensor object.
  const void* identity() const noexcept { return object_; }

 protected:
  template <class View>
  View in_described_shape(View flat) const {
    if (operations_->owns_shape || declared_ == nullptr) return flat;
    return detail::reshaped(std::move(flat), *declared_shape());
  }

  const void* object_;
  const detail::slot_operations* operations_;
  const void* module_;
  detail::shape_function declared_;
};

/// A tensor object in a model, without its C++ type. Refers to the model.
class tensor_slot : public const_tensor_slot {
 public:
  tensor_slot(void* object, const detail::slot_operations& operations, const void* module = nullptr,
              detail::shape_function declared = nullptr)
      : const_tensor_slot(object, operations, module, declared) {}

  /// As const_tensor_slot::view, for writing.
  tensor_view view() const {
    if (!defined()) return {nullptr, type(), shape{0}};
    return in_described_shape(operations_->view(object()));
  }

  /// Makes storage of this shape, in the same memory, to be swapped in later. Needs resizable();
  /// throws value_error else, and std::bad_alloc.
  pending_tensor prepare(const shape& extents) const {
    if (!resizable()) {
      throw value_error({.where = "tensor",
                         .expected = "storage that can take the shape " + to_string(extents),
                         .found = "storage of a fixed size"});
    }
    return pending_tensor(operations_->prepare(object(), extents), extents);
  }

  /// The same in a memory space. Throws value_error where this tensor's storage can't lie there.
  pending_tensor prepare(const shape& extents, const memory_space& space) const {
    const auto prepare_in = operations_->prepare_in;
    if (prepare_in == nullptr && !resizable()) refuse_space(space, "storage that others own");
    pending_tensor made = prepare_in == nullptr
                              ? prepare(extents)
                              : pending_tensor(prepare_in(object(), extents, space), extents);
    const tensor_view view = made.view();
    if (&view.space() != &space && view.numel() != 0) {
      refuse_space(space, "a type whose storage lies on " + to_string(device_of(view.space())));
    }
    return made;
  }

  /// Makes it refer to the elements of that shape at `data`, which `owner` keeps alive, when the
  /// result is swapped in. Needs adopts().
  pending_tensor adopt(const std::byte* data, const shape& extents,
                       std::shared_ptr<const void> owner) const {
    return pending_tensor(operations_->adopt(object(), data, extents, std::move(owner)), extents);
  }

 private:
  [[noreturn]] static void refuse_space(const memory_space& space, std::string found) {
    throw value_error({.where = "tensor",
                       .expected = "storage that can lie on " + to_string(device_of(space)),
                       .found = std::move(found)});
  }

  // Made from a mutable pointer; the base holds it as const.
  void* object() const noexcept { return const_cast<void*>(object_); }
};

namespace detail {

template <class T>
struct pending_object final : pending_storage {
  pending_object(T& into, T made) : target(into), object(std::move(made)) {}
  tensor_view view() override { return tensor_traits<T>::view(object); }
  void swap_in() noexcept override {
    using std::swap;
    swap(target, object);
  }

  T& target;
  T object;
};

template <tensor_like T>
std::unique_ptr<pending_storage> prepare(void* object, const shape& extents) {
  T& target = *static_cast<T*>(object);
  return std::make_unique<pending_object<T>>(
      target, tensor_traits<T>::make(extents, std::as_const(target)));
}

template <relocatable_tensor T>
std::unique_ptr<pending_storage> prepare_in(void* object, const shape& extents,
                                            const memory_space& space) {
  return std::make_unique<pending_object<T>>(*static_cast<T*>(object),
                                             tensor_traits<T>::make(extents, space));
}

template <adopting_tensor T>
std::unique_ptr<pending_storage> adopt(void* object, const std::byte* data, const shape& extents,
                                       std::shared_ptr<const void> owner) {
  return std::make_unique<pending_object<T>>(
      *static_cast<T*>(object), tensor_traits<T>::adopt(data, extents, std::move(owner)));
}

template <tensor_like T>
consteval auto prepare_function() -> std::unique_ptr<pending_storage> (*)(void*, const shape&) {
  if constexpr (resizable_tensor<T>) {
    return &prepare<T>;
  } else {
    return nullptr;
  }
}

template <tensor_like T>
consteval auto prepare_in_function() -> decltype(slot_operations::prepare_in) {
  if constexpr (relocatable_tensor<T>) {
    return &prepare_in<T>;
  } else {
    return nullptr;
  }
}

template <tensor_like T>
consteval auto adopt_function() -> decltype(slot_operations::adopt) {
  if constexpr (adopting_tensor<T>) {
    return &adopt<T>;
  } else {
    return nullptr;
  }
}

template <tensor_like T>
inline constexpr slot_operations slot_operations_of{
    tensor_traits<T>::type,
    tensor_traits<T>::owns_shape,
    [](const void* object) { return tensor_traits<T>::has_shape(*static_cast<const T*>(object)); },
    [](void* object) -> tensor_view { return tensor_traits<T>::view(*static_cast<T*>(object)); },
    [](const void* object) -> const_tensor_view {
      return tensor_traits<T>::view(*static_cast<const T*>(object));
    },
    prepare_function<T>(),
    prepare_in_function<T>(),
    adopt_function<T>()};

}  // namespace detail
}  // namespace ingot
