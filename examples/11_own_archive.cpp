// SPDX-License-Identifier: Apache-2.0
// A format of your own: "LISTING1", the size of a text, the text with a line a tensor ("fc1.bias
// float32 120"), and the elements in the same order. Then save, open and load know it by its name.
#include <array>
#include <cstring>
#include <iostream>
#include <optional>
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
      check_key(key.text());
      lines << key.text() << ' ' << ingot::name(tensor.type());
      for (const std::int64_t extent : tensor.shape()) lines << ' ' << extent;
      lines << '\n';
    }
    const std::string text = lines.str();
    std::string file = "LISTING1";
    ingot::append_little(file, std::uint64_t{text.size()});
    file += text;
    out.write(std::as_bytes(std::span(file)));
    ingot::copy_buffer buffer;  // large tensors go through it piece by piece
    for (const auto& [key, tensor] : state.items()) {
      ingot::copy_elements(tensor.tensor(), buffer, [&](auto piece) { out.write(piece); });
    }
  }

  static ingot::value read(ingot::source_ptr in, const read_options&) {
    std::array<std::byte, 16> head{};
    in->read(0, head);
    const auto size = ingot::load_little<std::uint64_t>(&head[8]);
    const std::uint64_t rest = in->size() - 16;
    if (size > rest) refuse(*in, "head", "a text within the file", std::to_string(size) + " bytes");
    std::string text(size, '\0'), line, key;
    in->read(16, std::as_writable_bytes(std::span(text)));

    std::vector<ingot::value::pair> items;
    std::uint64_t at = 16 + size;
    for (std::istringstream lines(text); std::getline(lines, line);) {
      std::istringstream fields(line);
      fields >> key;
      ingot::tensor_data tensor;
      const auto bytes = describe(fields, tensor);
      if (!bytes) refuse(*in, "text", "a line such as fc1.bias float32 120", '"' + line + '"');
      tensor.bytes = std::make_shared<const ingot::storage>(  // in the file, until it is needed
          ingot::extent{.from = in, .offset = at, .size = std::uint64_t(*bytes), .record = key});
      at += tensor.bytes->size();
      items.emplace_back(key, tensor);
    }
    return ingot::value::make_mapping(ingot::kind::dict, std::move(items));
  }

 private:
  /// Reads a line's dtype and shape, and returns the size of the elements; nothing if it has none.
  static std::optional<std::int64_t> describe(std::istream& fields, ingot::tensor_data& tensor) {
    std::string type;
    fields >> type;
    const auto known = ingot::find_dtype(type);
    if (!known) return std::nullopt;
    std::vector<std::int64_t> extents;
    while (!fields.eof()) {
      if (!(fields >> extents.emplace_back())) return std::nullopt;
    }
    tensor.type = *known;
    tensor.shape = ingot::shape(extents);
    tensor.strides = ingot::contiguous_strides(tensor.shape);
    return ingot::byte_count(tensor.shape, ingot::size_of(tensor.type));
  }

  /// A key that couldn't be told from what follows it must not be written.
  static void check_key(const std::string& key) {
    if (!key.empty() && key.find_first_of(" \t\n\v\f\r") == std::string::npos) return;
    throw ingot::value_error({.where = "listing",
                              .expected = "a key without spaces",
                              .found = '"' + key + '"',
                              .remedy = "rename it before the save"});
  }

  [[noreturn]] static void refuse(const ingot::source& file, std::string where,
                                  std::string expected, std::string found) {
    throw ingot::format_error({.file = file.name(),
                               .where = std::move(where),
                               .expected = std::move(expected),
                               .found = std::move(found),
                               .remedy = "the file is damaged: take another copy of it"});
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
