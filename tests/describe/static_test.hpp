// SPDX-License-Identifier: Apache-2.0
#pragma once

// Proofs by static_assert, shared by a .cpp and a .cu file: nvcc's front end must agree with g++
// and clang on every name, since it computes some spellings of them wrong.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include <ingot/describe/description.hpp>
#include <ingot/storage/scalar.hpp>
#include <ingot/storage/std_array.hpp>
#include <ingot/storage/std_span.hpp>
#include <ingot/storage/std_vector.hpp>
#include <ingot/storage/tensor.hpp>

namespace static_test {

using ingot::role;
using ingot::detail::kind_of;
using ingot::detail::member_kind;

template <class T>
using known = ingot::detail::description<T>;

template <class T, class... Names>
consteval bool has_names(Names... names) {
  const std::array<std::string_view, sizeof...(names)> expected{names...};
  if (known<T>::size != expected.size()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (known<T>::names[i] != expected[i]) return false;
  }
  return true;
}

struct linear {
  ingot::tensor<float> weight, bias;
};
static_assert(has_names<linear>("weight", "bias"));
static_assert(known<linear>::version == 1);

struct batch_norm {
  static constexpr int version = 2;
  ingot::tensor<float> weight, bias;
  ingot::buffer<ingot::tensor<float>> running_mean, running_var;
  ingot::buffer<std::int64_t> num_batches_tracked;
  ingot::transient<ingot::tensor<float>> scratch;
  float eps = 1e-5f;
  bool training = true;
};
static_assert(has_names<batch_norm>("weight", "bias", "running_mean", "running_var",
                                    "num_batches_tracked", "scratch", "eps", "training"));
static_assert(known<batch_norm>::version == 2);
static_assert(known<batch_norm>::kind_at<2> == member_kind::tensor);
static_assert(known<batch_norm>::kind_at<4> == member_kind::tensor);
static_assert(known<batch_norm>::kind_at<6> == member_kind::plain);
static_assert(std::is_aggregate_v<batch_norm>);

// Members of every sort: move-only, without a default, containers, nested aggregates, pointers to
// the class itself, names with digits and underscores.
struct no_default {
  explicit no_default(int);
  ingot::tensor<float> kernel;
};
}  // namespace static_test

template <>
inline constexpr auto ingot::describe<static_test::no_default> =
    ingot::members(ingot::member<&static_test::no_default::kernel>);

namespace static_test {
enum class activation { relu, gelu };
struct everything {
  linear nested;
  std::unique_ptr<linear> unique;
  std::shared_ptr<linear> shared;
  std::optional<linear> perhaps;
  std::optional<ingot::tensor<float>> bias;
  std::vector<linear> layers_2;
  std::array<linear, 2> pair_;
  std::map<std::string, linear> heads;
  std::tuple<linear, batch_norm> sequential;
  std::variant<linear, batch_norm> either;
  std::unique_ptr<everything> self;
  ingot::skip<void*> handle;
  ingot::plain<std::vector<int>> stride;
  ingot::parameter<std::vector<float>> flat;
  ingot::buffer<std::array<double, 3>> fixed;
  std::string name;
  activation string;
  no_default last;
};
static_assert(has_names<everything>("nested", "unique", "shared", "perhaps", "bias", "layers_2",
                                    "pair_", "heads", "sequential", "either", "self", "handle",
                                    "stride", "flat", "fixed", "name", "string", "last"));
static_assert(known<everything>::kind_at<0> == member_kind::submodule);
static_assert(known<everything>::kind_at<1> == member_kind::nullable);
static_assert(known<everything>::kind_at<5> == member_kind::list);
static_assert(known<everything>::kind_at<7> == member_kind::map);
static_assert(known<everything>::kind_at<8> == member_kind::tuple);
static_assert(known<everything>::kind_at<9> == member_kind::variant);
static_assert(known<everything>::kind_at<11> == member_kind::skip);
static_assert(known<everything>::kind_at<12> == member_kind::plain);
static_assert(known<everything>::kind_at<13> == member_kind::tensor);
static_assert(known<everything>::kind_at<15> == member_kind::plain);
static_assert(known<everything>::kind_at<16> == member_kind::plain);

struct relu {};
static_assert(known<relu>::size == 0);

struct tagged : relu {
  ingot::tensor<float> weight;
};
static_assert(has_names<tagged>("weight"));

template <class T>
struct generic {
  T inner;
  ingot::tensor<double> scale;
};
static_assert(has_names<generic<generic<linear>>>("inner", "scale"));

namespace {
struct hidden {
  ingot::tensor<float> first, second;
};
static_assert(has_names<hidden>("first", "second"));
}  // namespace

struct widest {
  int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, c0, c1, c2, c3, c4, c5, c6,
      c7, d0, d1, d2, d3, d4, d5, d6, d7, e0, e1, e2, e3, e4, e5, e6, e7, f0, f1, f2, f3, f4, f5,
      f6, f7, g0, g1, g2, g3, g4, g5, g6, g7, h0, h1, h2, h3, h4, h5, h6, last;
};
static_assert(known<widest>::size == 64 && known<widest>::names[63] == "last");

class secret {
 public:
  static consteval auto describe() {
    return ingot::members(
        ingot::parameter_member<&secret::weight_, "weight", ingot::shaped<10, &secret::columns_>>,
        ingot::plain_member<&secret::columns_>, ingot::version<3>);
  }

 private:
  std::vector<float> weight_;
  int columns_ = 5;
};
static_assert(has_names<secret>("weight", "columns_"));
static_assert(known<secret>::version == 3);
static_assert(known<secret>::kind_at<0> == member_kind::tensor);
static_assert(known<secret>::given<0> == role::parameter);

struct foreign {
  virtual ~foreign() = default;
  ingot::tensor<float> kernel_;
  ingot::tensor<float> bias;
  ingot::tensor<float> stats;
};
}  // namespace static_test

template <>
inline constexpr auto ingot::describe<static_test::foreign> = ingot::members(
    ingot::member<&static_test::foreign::kernel_, "weight">,
    ingot::member<&static_test::foreign::bias>, ingot::buffer_member<&static_test::foreign::stats>);

namespace static_test {
static_assert(has_names<foreign>("weight", "bias", "stats"));
static_assert(known<foreign>::given<2> == role::buffer);

// A described base doesn't describe what is derived; inherited members may be listed.
struct derived : foreign {
  static consteval auto describe() {
    return ingot::members_of<derived>(ingot::member<&derived::kernel_, "weight">, ingot::partial);
  }
};
static_assert(has_names<derived>("weight"));

// Roles reach through lists and pointers, down to the tensor.
static_assert(kind_of<ingot::buffer<std::vector<ingot::tensor<float>>>>() == member_kind::list);
static_assert(kind_of<std::optional<ingot::buffer<ingot::tensor<float>>>>() ==
              member_kind::nullable);
static_assert(kind_of<std::vector<std::string>>() == member_kind::plain);
static_assert(kind_of<std::tuple<int, float>>() == member_kind::plain);

// What would be lost, or could be meant in two ways, is an error of its own kind.
static_assert(kind_of<std::vector<float>>() == member_kind::numbers);
static_assert(kind_of<std::array<int, 2>>() == member_kind::numbers);
static_assert(kind_of<std::span<float>>() == member_kind::numbers);
static_assert(kind_of<std::span<const float>>() == member_kind::numbers);
static_assert(kind_of<std::map<std::string, std::vector<float>>>() == member_kind::numbers);
static_assert(kind_of<std::unique_ptr<float>>() == member_kind::numbers);
static_assert(kind_of<std::vector<bool>>() == member_kind::bits);
static_assert(kind_of<float*>() == member_kind::unknown);
static_assert(kind_of<float[3]>() == member_kind::unknown);
static_assert(kind_of<std::vector<float*>>() == member_kind::unknown);
static_assert(kind_of<ingot::buffer<linear>>() == member_kind::forced);
static_assert(kind_of<const ingot::tensor<float>>() == member_kind::unknown);
static_assert(kind_of<const ingot::buffer<ingot::tensor<float>>>() == member_kind::unknown);
static_assert(kind_of<const ingot::plain<std::vector<int>>>() == member_kind::plain);
static_assert(kind_of<const ingot::skip<void*>>() == member_kind::skip);

inline void local_types_have_names() {
  struct local {
    linear near_, far_;
  };
#if !defined(__CUDACC__)
  static_assert(has_names<local>("near_", "far_"));
#endif
}

}  // namespace static_test
