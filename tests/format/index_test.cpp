// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/index/names.hpp>
#include <ingot/format/index/split.hpp>
#include <ingot/format/index/write.hpp>

namespace index_test {

namespace detail = ingot::detail;
using shards = std::vector<std::vector<std::size_t>>;

namespace {

std::string family_text(const char* name) {
  const auto family = detail::index::family_of(name);
  return family ? family->stem + '|' + family->suffix : "none";
}

std::optional<std::uint64_t> generation(const char* name) {
  return detail::index::generation_of(name, {"model", ".safetensors"});
}

/// Of tensors that share nothing.
shards split(const std::vector<std::uint64_t>& sizes, std::uint64_t most) {
  std::vector<detail::index::weight_size> weights;
  for (const std::uint64_t size : sizes) weights.push_back({size, weights.size()});
  return detail::index::split(weights, most).shards;
}

}  // namespace

TEST_CASE("the name of an index says what its shards are called, variants included") {
  CHECK(family_text("model.safetensors.index.json") == "model|.safetensors");
  CHECK(family_text("model.safetensors.index.fp16.json") == "model.fp16|.safetensors");
  CHECK(family_text("model.fp16.safetensors.index.json") == "model.fp16|.safetensors");
  CHECK(family_text("pytorch_model.bin.index.json") == "pytorch_model|.bin");
  for (const char* other :
       {"", "index.json", "model.json", "model.index.json", ".safetensors.index.json",
        "model.safetensors.index.jsonl", "model.safetensors.indexes.json", "model.safetensors"}) {
    CHECK(family_text(other) == "none");
  }
}

TEST_CASE("shards have five digits or more, and a generation from the second on") {
  const detail::index::family of{"model", ".safetensors"};
  CHECK(detail::index::shard_name(of, 1, 1, 2) == "model-00001-of-00002.safetensors");
  CHECK(detail::index::shard_name(of, 3, 7, 123456) == "model-g3-00007-of-123456.safetensors");
  CHECK(generation("model-00001-of-00002.safetensors") == 1);
  CHECK(generation("model-g3-00007-of-123456.safetensors") == 3);
  for (const char* other :
       {"model.safetensors", "model-00001-of-00002.bin", "model-0001-of-00002.safetensors",
        "model-00001-of-00002.safetensors.bak", "model-g-00001-of-00002.safetensors",
        "model-g0-00001-of-00002.safetensors", "model-g1-00001-of-00002.safetensors",
        "model-g02-00001-of-00002.safetensors", "model-g3x-00001-of-00002.safetensors",
        "model-00001.safetensors", "model.fp16-00001-of-00002.safetensors",
        "my_model-00001-of-00002.safetensors",
        "model-g18446744073709551615-00001-of-00002.safetensors",
        "model-g99999999999999999999-00001-of-00002.safetensors",
        "model-00001-of-00002x.safetensors", "model-00001-of-+0002.safetensors", "", "model"}) {
    CAPTURE(other);
    CHECK_FALSE(generation(other));
  }
}

TEST_CASE("a shard is filled in order, and a tensor above the limit gets one of its own at once") {
  CHECK(split({6, 6, 2, 6, 2, 2}, 10) == shards{{0}, {1, 2}, {3, 4, 5}});
  CHECK(split({3, 11, 3, 4, 1}, 10) == shards{{1}, {0, 2, 3}, {4}});
  CHECK(split({10, 10}, 10) == shards{{0}, {1}});
  CHECK(split({0, 0}, 0) == shards{{0, 1}});
  CHECK(split({1, 1}, 0) == shards{{0}, {1}});
  CHECK(split({}, 10).empty());
}

TEST_CASE("tensors that share their bytes go where the first one is, and count once") {
  const std::vector<detail::index::weight_size> weights{{4, 0}, {4, 1}, {4, 2},
                                                        {4, 0}, {4, 1}, {4, 3}};
  const detail::index::partition parts = detail::index::split(weights, 8);
  CHECK(parts.shards == shards{{0, 1, 3, 4}, {2, 5}});
  CHECK(parts.total_size == 16);
}

TEST_CASE("an index is written as json.dumps(indent=2, sort_keys=True) writes it") {
  CHECK(detail::index::write(
            {{"b", "f"}, {"a\"\\\b\f\n\r\t\x01\x7f", "f"}, {"\u00e9\u20ac\U0001f600", "f"}},
            {{"total", "1"}, {"total_size", "2"}, {"z", ""}}, 12) ==
        R"({
  "metadata": {
    "total": "1",
    "total_size": 12,
    "z": ""
  },
  "weight_map": {
    "a\"\\\b\f\n\r\t\u0001\u007f": "f",
    "b": "f",
    "\u00e9\u20ac\ud83d\ude00": "f"
  }
}
)");
  CHECK(detail::index::write({}, {}, 0) ==
        "{\n  \"metadata\": {\n    \"total_size\": 0\n  },\n  \"weight_map\": {}\n}\n");
  CHECK_THROWS_AS(detail::index::write({{"\xff", "f"}}, {}, 0), ingot::value_error);
  CHECK_THROWS_AS(detail::index::write({{"\xed\xa0\x80", "f"}}, {}, 0), ingot::value_error);
}

}  // namespace index_test
