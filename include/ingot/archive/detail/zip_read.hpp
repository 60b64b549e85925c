// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>

#include <ingot/archive/contents.hpp>
#include <ingot/archive/detail/pt2_read.hpp>
#include <ingot/archive/detail/torch_contents.hpp>
#include <ingot/archive/detail/torch_records.hpp>
#include <ingot/archive/detail/torchscript_read.hpp>
#include <ingot/io/source.hpp>

namespace ingot::detail {

/// The state in a zip file by PyTorch, whichever function wrote it; `format` is that of torch.save.
inline contents read_torch_zip(source_ptr file, std::string_view format) {
  const torch_records records(std::move(file));
  check_version(records);
  const bool big_endian = is_big_endian(records);
  if (records.what() == zip_contents::torchscript) return read_torchscript(records, big_endian);
  if (records.what() == zip_contents::pt2) {
    return {pt2_reader(records, big_endian).run(), "torch-export"};
  }
  return torch_contents(read_pickle(records, "data.pkl", "data/", big_endian), format);
}

}  // namespace ingot::detail
