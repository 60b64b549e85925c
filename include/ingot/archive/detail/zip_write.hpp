// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/container/zip_writer.hpp>
#include <ingot/format/torch/write.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/state/copy_buffer.hpp>
#include <ingot/state/copy_storage.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// PyTorch's 40 digits: 20 that stand for the names of the records, 20 for their contents. No
/// reader checks them; here they depend on the structure of the state and nothing else.
inline std::string serialization_id(std::string_view pickle, std::size_t storages) {
  const auto digits = [](std::uint64_t number) {
    const std::string text = std::to_string(number);
    return std::string(20 - text.size(), '0') + text;
  };
  return digits(storages) + digits(crc32(0, std::as_bytes(std::span(pickle))));
}

/// The records and their order are torch.save's (2.13). The top folder is always "archive", not
/// the file's name: equal states are equal files.
inline void write_torch_zip(const value& state, sink& out) {
  torch::state_writer pickler;
  const std::string pickle = pickler.run(state);
  zip_writer zip(out);
  zip.add("archive/data.pkl", pickle);
  zip.add("archive/.format_version", "1");
  zip.add("archive/.storage_alignment", "64");
  zip.add("archive/byteorder", "little");
  std::string name;
  copy_buffer buffer;
  for (const torch::storage_record& record : pickler.storages()) buffer.expect(*record.bytes);
  for (const torch::storage_record& record : pickler.storages()) {
    name.assign("archive/data/").append(record.key);
    zip.begin(name, record.bytes->size());
    copy_storage(*record.bytes, record.type, buffer,
                 [&](std::span<const std::byte> piece) { zip.write(piece); });
    zip.end();
  }
  zip.add("archive/version", "3\n");
  zip.add("archive/.data/serialization_id", serialization_id(pickle, pickler.storages().size()));
  zip.finish();
}

}  // namespace ingot::detail
