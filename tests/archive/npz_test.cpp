// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/archive.hpp>
#include <ingot/archive/detail/npz_read.hpp>
#include <ingot/archive/load.hpp>
#include <ingot/archive/npy.hpp>
#include <ingot/archive/npz.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/storage/tensor.hpp>

#include "../container/crafted_zip.hpp"
#include "../io/temporary_folder.hpp"

namespace npz_test {

using crafted::bytes;
using crafted::member;
using ingot::kind;
using ingot::shape;
using ingot::value;

static_assert(ingot::selective_archive<ingot::npz>);

namespace {

struct layer {
  ingot::tensor<float> weight{shape{2, 3}};
};
struct two_layers {
  layer fc1{}, fc2{};
};

bytes write(const value& state) {
  ingot::memory_sink out;
  ingot::npz::write(state, out);
  return std::move(out).take();
}

value read(bytes content) { return ingot::npz::read(ingot::from_memory(std::move(content))); }

bytes npy(const value& array) {
  ingot::memory_sink out;
  ingot::npy::write(array, out);
  return std::move(out).take();
}

ingot::tensor<float> numbers(std::int64_t count) {
  ingot::tensor<float> result(shape{count});
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    result[i] = static_cast<float>(i % 1000) / 4;
  }
  return result;
}

member stored(const value& array, std::string name) {
  return {.name = std::move(name), .packed = npy(array)};
}

member deflated(const value& array, std::string name) {
  member result = crafted::deflated(npy(array));
  result.name = std::move(name);
  return result;
}

std::string refusal(bytes content) {
  try {
    const value state = read(std::move(content));
    for (const auto& [key, array] : state.items()) array.clone();
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

std::string refused(const value& state) {
  ingot::memory_sink out;
  try {
    ingot::npz::write(state, out);
  } catch (const ingot::value_error& failure) {
    CHECK(out.position() == 0);
    return failure.what();
  }
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::vector<std::string> keys(const value& state) {
  std::vector<std::string> result;
  for (const auto& [key, array] : state.items()) result.push_back(key.text());
  return result;
}

}  // namespace

TEST_CASE("a dict of arrays and numbers comes back, in its order") {
  const ingot::tensor<float> weight = numbers(6);
  const value back =
      read(write(ingot::dict{{"w", weight}, {"W", 3}, {"", true}, {"a/ä.npy", 0.5}}));
  CHECK(back.kind() == kind::dict);
  CHECK(keys(back) == std::vector<std::string>{"w", "W", "", "a/ä.npy"});
  CHECK(back["w"].kind() == kind::ndarray);
  CHECK(back["w"].as<ingot::tensor<float>>()[5] == 1.25f);
  CHECK(back["W"].as<int>() == 3);
  CHECK(back[""].as<bool>());
  CHECK(back["a/ä.npy"].as<double>() == 0.5);
  CHECK(read(write(ingot::dict{})).size() == 0);
  CHECK(write(ingot::dict{}) == crafted::zip({}));  // as numpy knows it
}

TEST_CASE("a model is saved to arrays by its names, and loaded from them") {
  const temporary_folder folder;
  two_layers model;
  model.fc2.weight[5] = 7;
  ingot::save(model, folder / "model.npz");
  CHECK(keys(ingot::open(folder / "model.npz")) ==
        std::vector<std::string>{"fc1.weight", "fc2.weight"});
  CHECK(ingot::open(folder / "model.npz").format() == "npz");
  two_layers other;
  ingot::load(other, folder / "model.npz");
  CHECK(other.fc2.weight[5] == 7);
  ingot::save(model.fc2.weight, folder / "weight.npy");
  CHECK(ingot::open(folder / "weight.npy").format() == "npy");
  CHECK(ingot::open(folder / "weight.npy").as<ingot::tensor<float>>()[5] == 7);
}

TEST_CASE("each array lies at a multiple of 64 bytes of the file") {
  const value back = read(write(ingot::dict{{"a", 1}, {"bcd", numbers(3)}, {"e", numbers(5)}}));
  for (const auto& [key, array] : back.items()) {
    CHECK(array.tensor().bytes->file()->offset % 64 == 0);
  }
}

TEST_CASE("deflated arrays are read, all of them and only when they are asked for") {
  const auto content = crafted::zip({deflated(numbers(300'000), "a.npy"), stored(7, "b.npy"),
                                     deflated(numbers(0), "c.npy"), deflated(true, "d.npy")});
  const value back = read(bytes(content));
  CHECK(back["a"].as<ingot::tensor<float>>()[299'999] == 999.0f / 4);
  CHECK(back["a"].as<ingot::tensor<float>>()[1] == 0.25f);
  CHECK(back["b"].as<int>() == 7);
  CHECK(back["c"].shape() == shape{0});
  CHECK(back["d"].as<bool>());
}

TEST_CASE("every flipped bit of a file is refused, or changes nothing") {
  const std::vector<value> states{ingot::dict{{"a", numbers(5)}, {"b", 1}, {"c", numbers(0)}}};
  std::vector<bytes> files{write(states[0])};
  files.push_back(crafted::zip({deflated(numbers(40), "a.npy"), deflated(numbers(0), "b.npy")}));
  for (const bytes& whole : files) {
    const value before = read(bytes(whole));
    int refusals = 0;
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      bytes damaged = whole;
      damaged[bit / 8] ^= std::byte{1} << (bit % 8);
      CAPTURE(bit);
      if (!refusal(bytes(damaged)).empty()) {
        ++refusals;
        continue;
      }
      const value after = read(std::move(damaged));
      REQUIRE(keys(after) == keys(before));
      for (const auto& [key, array] : before.items()) {
        REQUIRE(npy(after[key.text()]) == npy(array));
      }
    }
    CHECK(refusals > static_cast<int>(whole.size()) * 2);
  }
}

TEST_CASE("every cut is refused") {
  const bytes whole = write(ingot::dict{{"a", numbers(5)}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(
        refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).empty());
  }
}

TEST_CASE(
    "damage in an array is found when it is read, by name; in the header of an empty one at once") {
  bytes whole = write(ingot::dict{{"a", numbers(5)}, {"none", numbers(0)}});
  const value intact = read(bytes(whole));
  const std::uint64_t at = intact["a"].tensor().bytes->file()->offset;
  const std::uint64_t empty = intact["none"].tensor().bytes->file()->offset;
  bytes damaged = whole;
  damaged[at] ^= std::byte{1};
  const value opened = read(std::move(damaged));
  CHECK_THROWS_WITH_AS(opened["a"].as<ingot::tensor<float>>(),
                       doctest::Contains("memory: a.npy: expected bytes with the CRC-32"),
                       ingot::format_error);
  whole[empty - 2] ^= std::byte{' ' ^ '\n'};  // still a header
  CHECK_THROWS_WITH_AS(read(std::move(whole)),
                       doctest::Contains("none.npy: expected bytes with the CRC-32"),
                       ingot::format_error);
}

TEST_CASE("the checksum of the rest follows from those of the whole and of the beginning") {
  std::mt19937 random(4);
  for (const std::size_t size : {0u, 1u, 63u, 64u, 1000u, 70'000u}) {
    bytes content(size);
    for (std::byte& each : content) each = static_cast<std::byte>(random());
    for (const std::size_t first : {std::size_t{0}, size / 3, size}) {
      const std::span<const std::byte> whole(content);
      CHECK(ingot::detail::crc32_of_rest(ingot::crc32(0, whole),
                                         ingot::crc32(0, whole.first(first)),
                                         size - first) == ingot::crc32(0, whole.subspan(first)));
    }
  }
}

TEST_CASE("a member may lack the suffix, and folders are passed over") {
  const value back =
      read(crafted::zip({stored(1, "a.npy"), {.name = "d/", .packed = {}}, stored(2, "b")}));
  CHECK(keys(back) == std::vector<std::string>{"a", "b"});
  CHECK(back["b"].as<int>() == 2);
}

TEST_CASE("what isn't an array is refused, by the member's name") {
  CHECK(contains(refusal(crafted::zip({stored(1, "a.npy"), {.name = "notes.txt"}})),
                 "notes.txt: expected an array of numpy"));
  CHECK(contains(refusal(crafted::zip({stored(1, "a.npy"), stored(2, "a.npy")})), "one record"));
  CHECK(contains(refusal(crafted::zip({stored(1, "a.npy"), stored(2, "a")})), "found two"));
  CHECK(contains(refusal(crafted::zip({stored(1, "a\xff.npy")})), "UTF-8"));
  CHECK(contains(refusal(crafted::zip({stored(1, "a\xed\xa0\x80.npy")})), "UTF-8"));
  member longer = stored(1, "a.npy");
  longer.packed.push_back(std::byte{});
  CHECK(contains(refusal(crafted::zip({longer})), "a.npy: expected nothing after the array"));
  member shorter = stored(1, "a.npy");
  shorter.packed.pop_back();
  CHECK(contains(refusal(crafted::zip({shorter})), "a.npy: expected 8 bytes of elements"));
}

TEST_CASE("only a dict from str to arrays can be written") {
  CHECK(contains(refused(1), "a dict from str to arrays, found int 1"));
  CHECK(contains(refused(numbers(1)), "found tensor float32 [1]"));
  CHECK(contains(refused(value::make_mapping(kind::dict, {{1, 2}})), "the key int 1"));
  CHECK(contains(refused(ingot::dict{{"m", ingot::dict{{"w", 1}}}}), "m: "));
  CHECK(contains(refused(ingot::dict{{"m", ingot::dict{{"w", 1}}}}), "flatten it"));
  CHECK(contains(refused(ingot::dict{{"a", 1}, {"lr", "text"}}), "lr: "));
  CHECK(contains(refused(ingot::dict{{std::string("a\0b", 3), 1}}), "zip file can't hold"));
  CHECK(contains(refused(ingot::dict{{std::string("\xed\xb0\x80"), 1}}), "zip file can't hold"));
  CHECK(contains(refused(ingot::dict{{std::string(65'532, 'a'), 1}}), "zip file can't hold"));
  CHECK(keys(read(write(ingot::dict{{std::string(65'531, 'a'), 1}})))[0].size() == 65'531);
  CHECK(contains(refused(ingot::dict{{"a", ingot::tensor<ingot::bfloat16>(shape{1})}}),
                 "a: expected a strided array or a number of a dtype that numpy has, found tensor "
                 "bfloat16 [1]; cast it"));
}

TEST_CASE("the bytes depend on the state alone") {
  const auto state = [] { return ingot::dict{{"a", numbers(5)}, {"b", 2}}; };
  CHECK(write(state()) == write(state()));
}

TEST_CASE("files are recognized by the name of their first member, or by having none") {
  const auto recognized = [](const bytes& file) {
    return ingot::npz::recognizes(std::span(file).first(std::min<std::size_t>(file.size(), 512)));
  };
  CHECK(recognized(write(ingot::dict{{"a", 1}})));
  CHECK(recognized(write(ingot::dict{})));
  CHECK(recognized(write(ingot::dict{{std::string(600, 'a'), 1}})));
  CHECK(recognized(crafted::zip({})));
  CHECK_FALSE(recognized(crafted::zip({{.name = "archive/data.pkl"}})));
  CHECK_FALSE(recognized(crafted::zip({{.name = ".np"}})));
  CHECK_FALSE(recognized(crafted::text("PK\3\4")));
  CHECK_FALSE(recognized(npy(1)));
  CHECK_FALSE(recognized({}));
}

}  // namespace npz_test
