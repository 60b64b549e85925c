// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <complex>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/load.hpp>
#include <ingot/archive/mapped.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/narrow.hpp>
#include <ingot/storage/shared_tensor.hpp>
#include <ingot/storage/tensor.hpp>

#include "../io/temporary_folder.hpp"

namespace mapped_test {

using ingot::mapped;
using ingot::value;

static_assert(ingot::selective_archive<mapped>);

namespace {

std::vector<std::byte> write(const value& state, const mapped::write_options& how = {}) {
  ingot::memory_sink out;
  mapped::write(state, out, how);
  return std::move(out).take();
}

ingot::contents read(std::vector<std::byte> file, const mapped::read_options& how = {}) {
  return mapped::read(ingot::from_memory(std::move(file)), how);
}

std::vector<std::byte> file(std::string_view header, std::string_view data = "") {
  std::vector<std::byte> result;
  ingot::append_little<std::uint64_t>(result, header.size());
  for (const std::string_view part : {header, data}) {
    const auto bytes = std::as_bytes(std::span(part));
    result.insert(result.end(), bytes.begin(), bytes.end());
  }
  return result;
}

ingot::tensor<float> numbers(std::int64_t count) {
  ingot::tensor<float> result({count});
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<float>(i);
  return result;
}

/// Counts the bytes that are asked of a file.
class counting_source final : public ingot::source {
 public:
  explicit counting_source(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return bytes_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    count += into.size();
    const auto from = std::span(bytes_).subspan(static_cast<std::size_t>(offset), into.size());
    std::ranges::copy(from, into.begin());
  }

  mutable std::uint64_t count = 0;

 private:
  std::vector<std::byte> bytes_;
  std::string name_ = "counted";
};

/// Takes note of how much comes at once.
class measuring_sink final : public ingot::sink {
 public:
  const std::string& name() const noexcept override { return name_; }
  std::vector<std::size_t> sizes;

 private:
  void do_write(std::span<const std::byte> bytes) override { sizes.push_back(bytes.size()); }
  std::string name_ = "measured";
};

std::string refusal(const value& state, const mapped::write_options& how = {}) {
  measuring_sink out;
  try {
    mapped::write(state, out, how);
  } catch (const ingot::value_error& failure) {
    CHECK(out.sizes.empty());
    return failure.what();
  }
  return "written";
}

struct two_tensors {
  ingot::tensor<float> weight{}, bias{};
};

}  // namespace

TEST_CASE("a model goes into a safetensors file and back") {
  const temporary_folder folder;
  const auto path = folder / "model.safetensors";
  ingot::save(two_tensors{numbers(6), numbers(2)}, path);
  two_tensors again;
  ingot::load(again, path);
  CHECK(again.weight[5] == 5.0f);
  CHECK(again.bias.shape() == ingot::shape{2});
  CHECK(ingot::open(path).format() == "safetensors");
}

TEST_CASE("a mapped file's elements are used where they lie, as long as anyone holds some") {
  const temporary_folder folder;
  const auto path = folder / "model.safetensors";
  ingot::save(ingot::dict{{"w", numbers(1000)}}, path);
  ingot::shared_tensor<float> kept;
  {
    const auto file = ingot::open<mapped>(path, {.access = ingot::access::map});
    kept = file["w"].as<ingot::shared_tensor<float>>();
    const auto again = file["w"].as<ingot::shared_tensor<float>>();
    CHECK(kept.data() == again.data());  // no copy was made
  }
  ingot::save(ingot::dict{{"w", numbers(3)}}, path);
  CHECK(kept[999] == 999.0f);  // of the old file
  CHECK(ingot::open(path)["w"].shape() == ingot::shape{3});
}

TEST_CASE("a file may be saved over itself while it is open") {
  const temporary_folder folder;
  const auto path = folder / "model.safetensors";
  ingot::save(ingot::dict{{"w", numbers(1000)}}, path);
  for (const auto how : {ingot::access::map, ingot::access::read}) {
    ingot::save(ingot::open(path, {.access = how}), path);
    CHECK(ingot::open(path)["w"].as<ingot::tensor<float>>()[999] == 999.0f);
  }
}

TEST_CASE("elements that don't lie aligned are copied") {
  const std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                             R"("w":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}})";
  const auto state = read(file(header + std::string(120 - header.size(), ' '),
                               std::string_view("\1\0\0\x80\x3f\0\0\0\x40", 9)))
                         .root;
  const auto tensor = state["w"].as<ingot::shared_tensor<float>>();
  CHECK(reinterpret_cast<std::uintptr_t>(tensor.data()) % alignof(float) == 0);
  CHECK(tensor[0] == 1.0f);
  CHECK(tensor[1] == 2.0f);
}

TEST_CASE("one tensor, and rows of one, cost no more than their bytes") {
  const auto source = std::make_shared<counting_source>(
      write(ingot::dict{{"large", numbers(100'000)}, {"w", numbers(1000)}}));
  const value state = mapped::read(source, {}).root;
  CHECK(source->count < 300);
  source->count = 0;
  CHECK(state["w"].as<ingot::tensor<float>>()[999] == 999.0f);
  CHECK(source->count == 4000);
  source->count = 0;
  CHECK(state["large"].narrow(0, 50'000, 10).as<ingot::tensor<float>>()[9] == 50'009.0f);
  CHECK(source->count == 40);
}

TEST_CASE("a file that is cut off is refused when it is opened, and an error when it was open") {
  const temporary_folder folder;
  const auto path = folder / "model.safetensors";
  ingot::save(ingot::dict{{"w", numbers(100'000)}}, path);
  const auto before = ingot::open<mapped>(path);
  std::filesystem::resize_file(path, 200'000);
  CHECK_THROWS_AS(before["w"].as<ingot::tensor<float>>(), ingot::format_error);
  for (const auto how : {ingot::access::map, ingot::access::read}) {
    CHECK_THROWS_WITH_AS(ingot::open<mapped>(path, {.access = how}),
                         doctest::Contains("MetadataIncompleteBuffer"), ingot::format_error);
  }
}

TEST_CASE("every length but the whole one is refused") {
  const auto whole = write(ingot::dict{{"w", numbers(3)}, {"e", ingot::tensor<double>({0})}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_THROWS_AS(read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}),
                    ingot::format_error);
  }
  CHECK(read(whole).root.size() == 2);
}

TEST_CASE("with checksums every flipped bit of the data is found, in a mapping too") {
  const temporary_folder folder;
  const auto path = folder / "model.safetensors";
  const auto whole = write(ingot::dict{{"w", numbers(2)}}, {.checksums = true});
  for (std::size_t at = whole.size() - 8; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] ^= std::byte{0x10};
    CHECK_THROWS_WITH_AS(read(damaged).root["w"].as<ingot::tensor<float>>(),
                         doctest::Contains("CRC-32"), ingot::format_error);
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(damaged.data()),
               static_cast<std::streamsize>(damaged.size()));
    const auto opened = ingot::open<mapped>(path, {.access = ingot::access::map});
    CHECK_THROWS_WITH_AS(opened["w"].as<ingot::shared_tensor<float>>(), doctest::Contains("CRC-32"),
                         ingot::format_error);
  }
  CHECK(read(whole).root["w"].as<ingot::tensor<float>>()[1] == 1.0f);
  CHECK(read(whole).metadata.size() == 1);  // "format"
}

TEST_CASE("checksums that aren't as they are written are refused, those of other tensors ignored") {
  const auto with = [](std::string_view text) {
    return file(R"({"__metadata__":{"ingot.crc32":")" + std::string(text) +
                    R"("},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                "1");
  };
  CHECK(read(with(R"({\"b\":\"00000000\"})")).root["a"].as<int>() == '1');
  for (const char* text :
       {"", "[]", "{", "3", "null", R"({\"a\":3})", R"({\"a\":\"\"})", R"(\"00000000\")",
        R"({\"a\":\"0000000g\"})", R"({\"a\":\"000000000\"})", R"({\"a\":{}})", R"({\"a\":null})",
        R"({\"a\":true})", R"({\"a\":[]})"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(read(with(text)), ingot::format_error);
  }
  const auto says = [&](std::string_view text, const char* part) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(read(with(text)), doctest::Contains(part), ingot::format_error);
  };
  says(R"({\"b\":\"00000000\",\"a\":\"0000000g\"})", R"(metadata, tensor "a": expected an object)");
  says(R"({\"a\":\"0000000g\"})", R"(eight hexadecimal digits, found "0000000g"; without)");
  says(R"({\"a\":{}})", "found an object");
  says("3", "metadata: expected an object from names to eight hexadecimal digits, found 3");
}

TEST_CASE("the header goes first, and no more than a buffer of elements at once") {
  const auto large =
      std::make_shared<counting_source>(write(ingot::dict{{"w", numbers(3'000'000)}}));
  measuring_sink out;
  mapped::write(mapped::read(large, {}).root, out, {});
  CHECK(out.sizes.front() == 8 + 72);
  CHECK(*std::ranges::max_element(out.sizes) <= std::size_t{1} << 20);
}

TEST_CASE("what safetensors can't hold is refused before a byte is written, with what to do") {
  const ingot::tensor<std::complex<double>> wide({1});
  CHECK(
      refusal(ingot::list{numbers(1)}) ==
      "root: expected a dict from str to tensors, found list of 1 item; safetensors holds nothing "
      "else; save<ingot::binary> takes any");
  CHECK(
      refusal(ingot::dict{{"model", ingot::dict{{"w", numbers(1)}}}}) ==
      "\"model\": expected a tensor, found dict of 1 item; save(ingot::flatten(state), path) joins "
      "the names");
  CHECK(
      refusal(ingot::dict{{"w", wide}}).starts_with("\"w\": expected a strided tensor of a dtype"));
  CHECK(refusal(ingot::dict{{"epoch", 3}}).starts_with("\"epoch\": expected a strided tensor"));
  CHECK(refusal(ingot::dict{{1, numbers(1)}})
            .starts_with("key: expected a str in UTF-8, found int 1"));
  CHECK(refusal(ingot::dict{{"\xff", numbers(1)}}).starts_with("key: expected a str in UTF-8"));
  CHECK(refusal(ingot::dict{{"__metadata__", numbers(1)}})
            .starts_with("\"__metadata__\": expected another"));
  CHECK(
      refusal(ingot::dict{{"a", numbers(1)}, {"a", numbers(1)}}).find("one tensor of this name") !=
      std::string::npos);
  const value good = ingot::dict{{"w", numbers(1)}};
  CHECK(
      refusal(good, {.metadata = ingot::dict{{"a", 1}}}).starts_with("a: expected a str in UTF-8"));
  CHECK(refusal(good, {.metadata = ingot::dict{{"ingot.crc32", "x"}}}).find("not Ingot's own") !=
        std::string::npos);
  for (const std::size_t alignment : {std::size_t{0}, std::size_t{24}, std::size_t{1} << 22}) {
    CHECK(
        refusal(good, {.alignment = alignment}).starts_with("alignment: expected a power of two"));
  }
  CHECK(refusal(good, {.metadata = ingot::dict{{"a", std::string(100'000'000, 'x')}}})
            .starts_with("header (HeaderTooLarge)"));
  CHECK(refusal(good) == "written");
}

TEST_CASE("tied tensors are written once unless wanted, and overlapping ones as their elements") {
  const auto base = numbers(6);
  const value whole = base;
  const value state =
      ingot::dict{{"b", whole}, {"a", base}, {"part", whole.narrow(0, 1, 5)}, {"format", whole}};
  const auto once = read(write(state));
  CHECK(once.root.size() == 3);
  CHECK_FALSE(once.root.contains("a"));
  CHECK(once.metadata["a"].as<std::string>() == "b");  // the first in the dict stays
  CHECK(once.metadata["format"].as<std::string>() == "pt");
  CHECK(once.root["part"].as<ingot::tensor<float>>()[0] == 1.0f);
  CHECK(once.root["format"].shape() == ingot::shape{6});  // a note would hide the format
  const auto restored = read(write(state), {.restore_ties = true});
  CHECK(restored.root["a"].tensor().bytes == restored.root["b"].tensor().bytes);
  CHECK_FALSE(restored.metadata.contains("a"));
  const auto twice = read(write(state, {.repeat_tied = true}));
  CHECK(twice.root.size() == 4);
  CHECK(twice.metadata.size() == 0);
  const auto taken = read(write(state, {.metadata = ingot::dict{{"a", "mine"}}}));
  CHECK(taken.root.contains("a"));
  CHECK(taken.metadata["a"].as<std::string>() == "mine");
}

TEST_CASE("one tensor of a file under two names is tied as well") {
  // In a pickle the second name is a reference to the first one's object.
  const value one = read(write(ingot::dict{{"w", numbers(3)}})).root["w"];
  const auto once = read(write(ingot::dict{{"b", one}, {"a", one}}));
  CHECK(once.root.size() == 1);
  CHECK(once.metadata["a"].as<std::string>() == "b");
}

TEST_CASE("safetensors files are told from their first bytes") {
  const auto known = [](std::vector<std::byte> bytes) { return mapped::recognizes(bytes); };
  CHECK(known(file("{}")));
  CHECK(known(file("\n {}")));
  CHECK(known(file(std::string(1000, ' ') + "{}")));
  CHECK_FALSE(known(file("[]")));
  CHECK_FALSE(known(file("{")));
  CHECK_FALSE(known({}));
  CHECK_FALSE(known(std::vector<std::byte>(512)));
}

}  // namespace mapped_test
