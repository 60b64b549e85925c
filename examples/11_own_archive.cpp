// SPDX-License-Identifier: Apache-2.0
// A format of your own: "LISTING1", the size of a text, the text with a line a tensor ("fc1.bias
// float32 120"), and the elements in the same order. Then save, open and load know it by its name.
#include <array>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <ingot/ingot.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/state/copy_elements.hpp>

struct listing {
  static constexpr std::string_view name = "listing";
  static constexpr std::array<std::string_view, 1> suffixes{".listing"};
  struct write_options {};
  struct read_options {};

  static bool recognizes(std::span<const std::byte> head) {
    return head.size() >= 16 && std::memcmp(head.data(), "LISTING1", 8) == 0;
  }

  static void write(const ingot::value& state, ingot::sink& out, const write_options&) {
    std::ostringstream lines;
    for (const auto& [key, tensor] : state.items()) {  // a value_error, unless it is a dict
      lines << key.text() << ' ' << ingot::name(tensor.type());
      for (const std::int64_t extent : tensor.shape()) lines << ' ' << extent;
      lines << '\n';
    }
    const std::string text = lines.str();
    std::string file = "LISTING1";
    ingot::append_little(file, std::uint64_t{text.size()});
    file += text;
    out.write(std::as_bytes(std::span(file)));
    std::vector<std::byte> buffer;  // large tensors go through it piece by piece
    for (const auto& [key, tensor] : state.items()) {
      ingot::copy_elements(tensor.tensor(), buffer, [&](auto piece) { out.write(piece); });
    }
  }

  static ingot::value read(ingot::source_ptr in, const read_options&) {
    std::array<std::byte, 16> head{};
    in->read(0, head);
    const auto size = ingot::load_little<std::uint64_t>(&head[8]);
    if (size > in->size() - 16) throw ingot::format_error({.file = in->name()});
    std::string text(size, '\0'), line, key, type;
    in->read(16, std::as_writable_bytes(std::span(text)));

    std::vector<ingot::value::pair> items;
    std::uint64_t at = 16 + size;
    for (std::istringstream lines(text); std::getline(lines, line);) {
      std::istringstream fields(line);
      fields >> key >> type;
      std::vector<std::int64_t> extents;
      for (std::int64_t extent = 0; fields >> extent;) extents.push_back(extent);
      ingot::tensor_data tensor{.type = ingot::find_dtype(type).value(),
                                .shape = ingot::shape(extents)};
      tensor.strides = ingot::contiguous_strides(tensor.shape);
      const auto bytes = ingot::byte_count(tensor.shape, ingot::size_of(tensor.type)).value();
      tensor.bytes = std::make_shared<const ingot::storage>(  // in the file, until it is needed
          ingot::extent{.from = in, .offset = at, .size = std::uint64_t(bytes), .record = key});
      at += tensor.bytes->size();
      items.emplace_back(key, tensor);
    }
    return ingot::value::make_mapping(ingot::kind::dict, std::move(items));
  }
};

int main() {
  struct linear {
    ingot::tensor<float> weight, bias;
  } layer{ingot::tensor<float>({2, 3}), ingot::tensor<float>({2})}, again;
  ingot::save<listing>(layer, "layer.listing");
  std::cout << ingot::load<listing>(again, "layer.listing") << ingot::state_dict(again);
  return again.weight.shape() == ingot::shape{2, 3} ? EXIT_SUCCESS : EXIT_FAILURE;
}
