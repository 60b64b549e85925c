// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <ingot/describe/fixed_string.hpp>
#include <ingot/describe/member_kind.hpp>

// Sentences of the compiler's: these templates are never defined, so that an error about one has
// the sentence as its name and the facts as its arguments. A static_assert then says what to write.
namespace ingot {

template <class Class>
struct this_class_is_neither_described_nor_an_aggregate;
template <class Class>
struct the_members_of_this_class_cannot_be_counted;
template <class Class>
struct this_class_has_a_base_with_members;
template <class Class>
struct this_class_has_a_C_array;
template <class Class>
struct this_class_has_a_bit_field;
template <class Class, class Base>
struct this_class_inherits_describe_from_its_base;
template <class Class, std::size_t SizeOfMembers, std::size_t SizeOfClass>
struct this_class_has_undescribed_bytes;
template <class Class>
struct this_class_is_local_to_a_function;
template <class Class, fixed_string Name>
struct two_members_have_this_name;
template <class Class, fixed_string Name>
struct this_name_cannot_be_part_of_a_path;
template <class Class, fixed_string Name, class Type>
struct this_member_is_neither_tensor_nor_module_nor_list_nor_plain_value;
template <class Class, fixed_string Name, class Type>
struct this_member_may_be_a_tensor_or_plain_numbers;
template <class Class, fixed_string Name, class Type>
struct this_member_is_a_vector_of_bool;
template <class Class, fixed_string Name, class Type>
struct this_member_is_a_module_with_the_role_of_a_tensor;
template <class Class, fixed_string Name, class Type>
struct this_member_has_another_size_than_its_shape;
template <class Class, fixed_string Path>
struct this_path_does_not_lead_to_a_tensor;

namespace detail {

template <class...>
inline constexpr bool never = false;

template <member_kind Kind, class Class, fixed_string Name, class Type>
struct check_kind {};

template <class Class, fixed_string Name, class Type>
struct check_kind<member_kind::unknown, Class, Name, Type> {
  static_assert(
      sizeof(this_member_is_neither_tensor_nor_module_nor_list_nor_plain_value<Class, Name, Type>));
  static_assert(
      never<Type>,
      "ingot: a member of this type would be lost: write ingot::skip<T> (skip_member in a "
      "descriptor) to leave it out, ingot::plain<T> for a hyper-parameter; for a tensor "
      "include its adapter from ingot/storage/ (Thrust's: ingot/cuda/thrust.hpp) or specialise "
      "ingot::tensor_traits<T>; "
      "for a module specialise ingot::describe<T>");
};
template <class Class, fixed_string Name, class Type>
struct check_kind<member_kind::numbers, Class, Name, Type> {
  static_assert(sizeof(this_member_may_be_a_tensor_or_plain_numbers<Class, Name, Type>));
  static_assert(never<Type>,
                "ingot: numbers may be state or a hyper-parameter: write ingot::parameter<T>, "
                "ingot::buffer<T> or ingot::plain<T> (parameter_member, buffer_member or "
                "plain_member in a descriptor)");
};
template <class Class, fixed_string Name, class Type>
struct check_kind<member_kind::bits, Class, Name, Type> {
  static_assert(sizeof(this_member_is_a_vector_of_bool<Class, Name, Type>));
  static_assert(never<Type>,
                "ingot: std::vector<bool> packs its bits, so nothing can view them: write "
                "ingot::tensor<bool>, or ingot::plain<T> for a hyper-parameter");
};
template <class Class, fixed_string Name, class Type>
struct check_kind<member_kind::forced, Class, Name, Type> {
  static_assert(sizeof(this_member_is_a_module_with_the_role_of_a_tensor<Class, Name, Type>));
  static_assert(never<Type>,
                "ingot: a module's tensors have roles of their own: write the role at the tensors "
                "inside the module");
};

enum class naming : std::uint8_t { right, repeated, impossible };

template <naming Naming, class Class, fixed_string Name>
struct check_name {};
template <class Class, fixed_string Name>
struct check_name<naming::repeated, Class, Name> {
  static_assert(sizeof(two_members_have_this_name<Class, Name>));
  static_assert(never<Class>, "ingot: names are keys: give each member a name of its own");
};
template <class Class, fixed_string Name>
struct check_name<naming::impossible, Class, Name> {
  static_assert(sizeof(this_name_cannot_be_part_of_a_path<Class, Name>));
  static_assert(never<Class>, "ingot: dots join names to paths: write a name without a dot");
};

template <bool Right, class Class, fixed_string Name, class Type>
struct check_size {};
template <class Class, fixed_string Name, class Type>
struct check_size<false, Class, Name, Type> {
  static_assert(sizeof(this_member_has_another_size_than_its_shape<Class, Name, Type>));
  static_assert(never<Type>,
                "ingot: the described shape has another number of elements than the storage: "
                "correct ingot::shaped<...>");
};

}  // namespace detail
}  // namespace ingot
