// SPDX-License-Identifier: Apache-2.0
#include "safetensors.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/archive/mapped.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/copy_elements.hpp>

#include "json_text.hpp"

namespace {

std::uint32_t checksum(const ingot::tensor_data& tensor, ingot::copy_buffer& buffer) {
  std::uint32_t crc = 0;
  ingot::copy_elements(tensor, buffer,
                       [&](std::span<const std::byte> piece) { crc = ingot::crc32(crc, piece); });
  return crc;
}

/// {"tensors": {name: [dtype, shape, CRC-32], ...}, "metadata": {...}}
void print(const ingot::contents& file) {
  ingot::copy_buffer buffer;
  const char* separator = "";
  std::cout << "{\"tensors\":{";
  for (const auto& [name, content] : file.root.items()) {
    const ingot::tensor_data& tensor = content.tensor();
    std::cout << separator << ingot::tools::json_string(name.text()) << ":[\""
              << ingot::info(tensor.type).safetensors << "\"," << to_string(tensor.shape) << ','
              << checksum(tensor, buffer) << ']';
    separator = ",";
  }
  separator = "";
  std::cout << "},\"metadata\":{";
  for (const auto& [key, text] : file.metadata.items()) {
    std::cout << separator << ingot::tools::json_string(key.text()) << ':'
              << ingot::tools::json_string(text.text());
    separator = ",";
  }
  std::cout << "}}\n";
}

}  // namespace

void read_safetensors(const std::vector<std::string>&) {
  std::ios::sync_with_stdio(false);
  std::uint64_t size = 0;
  std::vector<std::byte> bytes;
  while (std::cin.read(reinterpret_cast<char*>(&size), sizeof size)) {
    bytes.resize(size);
    std::cin.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    // A copy of the exact size, so that a sanitizer sees a read past its end.
    const auto file = ingot::from_memory(std::vector<std::byte>(bytes));
    try {
      print(ingot::mapped::read(file, {}));
    } catch (const ingot::format_error& refused) {
      std::cout << "refused " << ingot::tools::json_string(refused.info().where) << '\n';
    }
  }
}

void write_safetensors(const std::vector<std::string>& arguments) {
  ingot::mapped::write_options how;
  ingot::mapped::read_options read;
  std::vector<ingot::value::pair> metadata;
  for (const std::string& each : std::span(arguments).subspan(2)) {
    const std::size_t colon = each.find(':');
    if (each == "checksums") {
      how.checksums = true;
    } else if (each == "repeat_tied") {
      how.repeat_tied = true;
    } else if (each == "restore_ties") {
      read.restore_ties = true;
    } else if (each.starts_with("alignment=")) {
      how.alignment = std::stoul(each.substr(10));
    } else {
      metadata.emplace_back(each.substr(0, colon), each.substr(colon + 1));
    }
  }
  how.metadata = ingot::value::make_mapping(ingot::kind::dict, std::move(metadata));
  const ingot::value state = read.restore_ties ? ingot::open<ingot::mapped>(arguments[0], {}, read)
                                               : ingot::open(arguments[0]);
  ingot::save<ingot::mapped>(state, arguments[1], how);
}
