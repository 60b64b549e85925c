// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/format/torch/rebuild.hpp>
#include <ingot/state/sparse_parts.hpp>

namespace ingot::detail::torch {

/// The layout that torch.serialization._get_layout('torch.sparse_coo') is.
inline layout expect_layout(const graph& objects, item what) {
  if (objects.is(what, pickle::container_kind::object)) {
    const pickle::container& made = objects.at(what);
    const auto given = objects.tuple(made.arguments);
    if (made.made_by.tag == tag::global && given.size() == 1 && given[0].tag == tag::text &&
        objects.global(made.made_by).meaning == number(meaning::get_layout)) {
      for (const layout each : {layout::sparse_coo, layout::sparse_csr, layout::sparse_csc,
                                layout::sparse_bsr, layout::sparse_bsc}) {
        if (objects.text(given[0]) == "torch." + std::string(name(each))) return each;
      }
    }
  }
  pickle::refuse(objects, what, "a sparse layout");
}

/// A sparse tensor of `first` (indices of COO; compressed), `second` (plain; unused for COO) and
/// `values`. The indices are data, read as late as any; whether they lie in the shape is for
/// whoever reads them.
inline tensor_data make_sparse(graph& objects, layout which, item first, item second, item values,
                               item size) {
  const auto [first_name, second_name] = index_names(which);
  std::vector<value::pair> tensors;
  tensors.emplace_back(first_name, expect_part(objects, first));
  if (!second_name.empty()) tensors.emplace_back(second_name, expect_part(objects, second));
  tensors.emplace_back("values", expect_part(objects, values));
  tensor_data made;
  made.layout = which;
  made.type = tensors.back().second.type();
  made.device = tensors.back().second.tensor().device;
  made.shape = extents(objects, size);
  made.parts = std::make_shared<const value>(value::make_mapping(kind::dict, std::move(tensors)));
  return made;
}

/// What LibTorch writes (torch/csrc/jit/serialization/pickler.cpp, 2.13): (c10::Layout, size,
/// requires_grad, indices, values, hooks), with two tensors of indices for CSR.
inline tensor_data rebuild_libtorch_sparse(graph& objects, arguments given) {
  expect_arguments(given, 6, 7);
  const bool coo = given[0].integer == 1;
  if (!coo && given[0].integer != 2) pickle::refuse(objects, given[0], "a layout: 1 or 2");
  expect_arguments(given, coo ? 6 : 7, coo ? 6 : 7);
  const layout which = coo ? layout::sparse_coo : layout::sparse_csr;
  tensor_data made = make_sparse(objects, which, given[3], given[4], given[coo ? 4 : 5], given[1]);
  made.requires_grad = expect_bool(objects, given[2]);
  return made;
}

/// torch._utils._rebuild_sparse_tensor: (layout, parts). The parts of COO are (indices, values,
/// size, [coalesced]), of the others (compressed, plain, values, size).
inline tensor_data rebuild_sparse(graph& objects, arguments given) {
  if (!given.empty() && given[0].tag == tag::integer) {
    return rebuild_libtorch_sparse(objects, given);
  }
  expect_arguments(given, 2, 2);
  const layout which = expect_layout(objects, given[0]);
  const auto parts = pickle::expect_tuple(objects, given[1], "a tuple of a sparse tensor's parts");
  const bool coo = which == layout::sparse_coo;
  expect_arguments(parts, coo ? 3 : 4, 4);
  const std::size_t indices = coo ? 1 : 2;
  tensor_data made =
      make_sparse(objects, which, parts[0], parts[1], parts[indices], parts[indices + 1]);
  if (coo && parts.size() == 4 && parts[3].tag != tag::none) {
    made.coalesced = expect_bool(objects, parts[3]);
  }
  return made;
}

}  // namespace ingot::detail::torch
