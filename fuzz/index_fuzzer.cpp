// SPDX-License-Identifier: Apache-2.0
// The index of a model in shards, which lie beside it: some that are whole, some that aren't.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/archive/mapped.hpp>
#include <ingot/archive/sharded.hpp>
#include <ingot/archive/zip.hpp>
#include <ingot/format/index/names.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/storage/tensor.hpp>

#include "support/heap.hpp"
#include "support/same.hpp"
#include "support/text_mutator.hpp"
#include "support/unmapped.hpp"
#include "support/use.hpp"

namespace {

using octets = std::span<const std::byte>;
using folder = std::map<std::string, std::vector<std::byte>, std::less<>>;

template <class Archive>
std::vector<std::byte> file_of(std::initializer_list<std::string_view> names) {
  std::vector<ingot::value::pair> items;
  for (const std::string_view name : names) {
    items.emplace_back(name, ingot::tensor<float>(ingot::shape{2}));
  }
  ingot::memory_sink out;
  Archive::write(ingot::value::make_mapping(ingot::kind::dict, std::move(items)), out, {});
  return std::move(out).take();
}

/// A file that holds more than tensors.
std::vector<std::byte> checkpoint() {
  ingot::memory_sink out;
  ingot::zip::write(ingot::dict{{"a", 1}, {"b", ingot::dict{}}}, out);
  return std::move(out).take();
}

const folder& shards() {
  static const folder made = [] {
    folder files;
    files["model-00001-of-00002.safetensors"] = file_of<ingot::mapped>({"a", "b"});
    files["model-00002-of-00002.safetensors"] = file_of<ingot::mapped>({"c"});
    files["model-00001-of-00001.bin"] = file_of<ingot::zip>({"a", "b"});
    files["checkpoint.bin"] = checkpoint();
    files["damaged.safetensors"] = {std::byte{1}};
    return files;
  }();
  return made;
}

/// The index, in a folder with the shards.
class index_source final : public ingot::source {
 public:
  index_source(octets index, bool mapped, const char* name)
      : name_(name), index_(index), mapped_(mapped) {}

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return index_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    index_.read(offset, into);
  }
  octets bytes() const noexcept override { return mapped_ ? index_.bytes() : octets(); }

  std::shared_ptr<const source> sibling(const std::string& file_name) const override {
    if (file_name.find('/') != std::string::npos) fuzz::fail("shards lie in the index's folder");
    const auto found = shards().find(file_name);
    if (found == shards().end()) throw ingot::file_error({.file = file_name});
    return mapped_ ? ingot::from_memory(std::span(found->second)) : fuzz::unmapped(found->second);
  }

 private:
  std::string name_;
  ingot::memory_source index_;
  bool mapped_;
};

/// Names of files come from a folder, whatever they are.
void use_name(std::string_view name) {
  namespace index = ingot::detail::index;
  const auto family = index::family_of("model.safetensors.index.json");
  (void)index::family_of(name);
  const auto generation = index::generation_of(name, *family);
  if (generation &&
      index::generation_of(index::shard_name(*family, *generation, 1, 1), *family) != generation) {
    fuzz::fail("a shard's name has its generation");
  }
}

std::optional<ingot::contents> read(const ingot::source_ptr& index, bool restore_ties) {
  try {
    return fuzz::in_proportion(static_cast<std::size_t>(index->size()), 256, [&] {
      return ingot::sharded::read(index, {.restore_ties = restore_ties});
    });
  } catch (const ingot::format_error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const octets input = std::as_bytes(std::span(data, size));
  (void)ingot::sharded::recognizes(input);
  use_name({reinterpret_cast<const char*>(data), size});
  const bool mapped = size % 2 == 0;
  const auto index = std::make_shared<const index_source>(
      input, mapped, size % 4 < 2 ? "model.safetensors.index.json" : "model.bin.index.json");
  const auto model = read(index, fuzz::thoroughness_for(input) == fuzz::thoroughness::thorough);
  if (!model) return 0;
  bool whole = true;
  for (const auto& [name, content] : model->root.items()) {
    whole = fuzz::attempt([&, &content = content] { (void)content.tensor(); }) && whole;
  }
  if (whole) fuzz::use(model->root, fuzz::thoroughness_for(input));
  fuzz::use(model->metadata, fuzz::thoroughness::quick);
  const bool listed = fuzz::attempt([&] { (void)ingot::sharded::unlisted(index); });
  if (listed != whole) fuzz::fail("whoever opens all shards finds what is wrong with any");
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  static constexpr std::array<std::string_view, 33> words{
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "\"",
      "\\",
      "null",
      "true",
      "\"weight_map\":",
      "\"metadata\":",
      "\"total_size\":",
      "\"a\"",
      "\"b\"",
      "\"c\"",
      "\"new\"",
      "\"model-00001-of-00002.safetensors\"",
      "\"model-00002-of-00002.safetensors\"",
      "\"damaged.safetensors\"",
      "\"absent.safetensors\"",
      "\"../model-00001-of-00002.safetensors\"",
      "\"model-00001-of-00001.bin\"",
      "\"checkpoint.bin\"",
      "\"a\":\"model-00001-of-00002.safetensors\"",
      "\\u0000",
      "\\u002f",
      "\\ud834\\udd1e",
      "C:",
      ".safetensors",
      "{}",
      "[[[[[[",
      "1e5"};
  fuzz::random dice(seed);
  std::string text(reinterpret_cast<const char*>(data), size);
  fuzz::text_mutator(dice, words)(text, most);
  return fuzz::give(text, data, most);
}
