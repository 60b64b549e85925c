// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>

#include <ingot/state/tensor_data.hpp>

namespace ingot::detail {

/// What the index tensors of a sparse layout are called in tensor_data::parts; COO has just one.
constexpr std::pair<std::string_view, std::string_view> index_names(layout which) noexcept {
  if (which == layout::sparse_csr || which == layout::sparse_bsr) return {"crow", "col"};
  if (which == layout::sparse_csc || which == layout::sparse_bsc) return {"ccol", "row"};
  return {"indices", ""};
}

}  // namespace ingot::detail
