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

/// torch._utils._rebuild_sparse_tensor: (layout, parts). The parts of COO are (indices, values,
/// size, [coalesced]), of the others (compressed, plain, values, size). The indices are data, read
/// as late as any; whether they lie in the shape is for whoever reads them.
inline tensor_data rebuild_sparse(graph& objects, arguments given) {
  expect_arguments(given, 2, 2);
  tensor_data made;
  made.layout = expect_layout(objects, given[0]);
  const auto parts = pickle::expect_tuple(objects, given[1], "a tuple of a sparse tensor's parts");
  const bool coo = made.layout == layout::sparse_coo;
  expect_arguments(parts, coo ? 3 : 4, 4);
  const auto [first, second] = index_names(made.layout);
  const std::size_t indices = coo ? 1 : 2;
  std::vector<value::pair> tensors;
  tensors.emplace_back(first, expect_tensor(objects, parts[0]));
  if (!coo) tensors.emplace_back(second, expect_tensor(objects, parts[1]));
  tensors.emplace_back("values", expect_tensor(objects, parts[indices]));
  for (const auto& [name, part] : tensors) {
    if (part.tensor().layout == layout::strided) continue;
    throw format_error({.where = name.text(), .expected = "a strided tensor"});
  }
  made.type = tensors.back().second.type();
  made.device = tensors.back().second.tensor().device;
  made.shape = extents(objects, parts[indices + 1]);
  if (coo && parts.size() == 4 && parts[3].tag != tag::none) {
    made.coalesced = expect_bool(objects, parts[3]);
  }
  made.parts = std::make_shared<const value>(value::make_mapping(kind::dict, std::move(tensors)));
  return made;
}

}  // namespace ingot::detail::torch
