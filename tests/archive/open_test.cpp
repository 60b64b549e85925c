// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

#include "../io/temporary_folder.hpp"
#include "toy_archive.hpp"

namespace open_test {

using namespace std::string_view_literals;
using ingot::format_error;

namespace {

std::string refusal_of(std::string_view file) {
  try {
    ingot::open(bytes_of(file));
  } catch (const format_error& failure) {
    return failure.info().found;
  }
  return "nothing";
}

ingot::dict checkpoint() {
  ingot::tensor<float> weight(ingot::shape{2});
  weight[1] = 3;
  return {{"epoch", 3}, {"weight", std::move(weight)}};
}

}  // namespace

TEST_CASE("a file opens as what its bytes are, and every error below it names the file") {
  const temporary_folder folder;
  const auto path = folder / "checkpoint.toy";  // the suffix doesn't count
  ingot::save<ingot::zip>(checkpoint(), path);
  for (const auto access : {ingot::access::read, ingot::access::map}) {
    const auto opened = ingot::open(path, {.access = access});
    CHECK(opened["epoch"].as<int>() == 3);
    CHECK(opened["weight"].as<ingot::tensor<float>>()[1] == 3);
    CHECK_FALSE(opened["weight"].tensor().bytes->in_memory());
    CHECK_THROWS_WITH_AS(opened["epoch"].as<std::string>(),
                         (path.string() + "[\"epoch\"]: expected str, found int 3").c_str(),
                         ingot::value_error);
  }
  CHECK(ingot::open<ingot::zip>(path)["epoch"].as<int>() == 3);
}

TEST_CASE("bytes in memory and what remains of a stream open, too") {
  std::ostringstream out;
  ingot::save(checkpoint(), out);
  const std::string file = std::move(out).str();
  CHECK(ingot::open(bytes_of(file))["epoch"].as<int>() == 3);
  std::istringstream in("before" + file);
  in.ignore(6);
  const auto opened = ingot::open(in);
  CHECK(opened["weight"].as<ingot::tensor<float>>()[1] == 3);
  CHECK(opened["epoch"].path() == "stream[\"epoch\"]");
}

TEST_CASE("saving over a file that is still open leaves what was opened as it is") {
  const temporary_folder folder;
  const auto path = folder / "checkpoint.pt";
  ingot::save(checkpoint(), path);
  for (const auto access : {ingot::access::read, ingot::access::map}) {
    const auto opened = ingot::open(path, {.access = access});
    ingot::save(opened, path);
    CHECK(opened["weight"].as<ingot::tensor<float>>()[1] == 3);
    CHECK(ingot::open(path)["weight"].as<ingot::tensor<float>>()[1] == 3);
  }
}

TEST_CASE("an archive of one's own opens by its name, and refuses other files") {
  const temporary_folder folder;
  const auto path = folder / "state.toy";
  ingot::save<toy_archive>(ingot::value("hello"), path);
  CHECK(ingot::open<toy_archive>(path).text() == "hello");
  CHECK(ingot::open<toy_archive>(ingot::open_file(path), {.most = 5}).text() == "hello");
  CHECK_THROWS_AS(ingot::open<toy_archive>(ingot::open_file(path), {.most = 4}), format_error);
  CHECK(ingot::open<toy_archive>(bytes_of("TOYhello")).text() == "hello");
  CHECK_THROWS_AS(ingot::open<toy_archive>(bytes_of("TOYhello"), {.most = 4}), format_error);
  CHECK_THROWS_AS(ingot::open<ingot::zip>(path), format_error);
  CHECK_THROWS_AS(ingot::open(path), format_error);
  ingot::save<ingot::zip>(checkpoint(), path);
  CHECK_THROWS_AS(ingot::open<toy_archive>(path), format_error);
}

namespace {

/// One that can't write, and has more to tell than a value.
struct read_only_archive {
  static constexpr std::string_view name = "toy";
  struct read_options {};
  static bool recognizes(std::span<const std::byte> head) { return toy_archive::recognizes(head); }
  static ingot::contents read(ingot::source_ptr in, const read_options&) {
    return {toy_archive::read(std::move(in), {}), "toy-2", ingot::dict{{"by", "hand"}}};
  }
};
static_assert(ingot::readable_archive<read_only_archive> && !ingot::archive<read_only_archive>);

}  // namespace

TEST_CASE("an opened file tells its format and what stands beside its state") {
  const temporary_folder folder;
  ingot::save(checkpoint(), folder / "a.pt");
  const auto file = ingot::open(folder / "a.pt");
  CHECK(file.format() == "torch-zip");
  CHECK(file.metadata().size() == 0);
  write_text(folder / "a.toy", "TOYtext");
  CHECK(ingot::open<toy_archive>(folder / "a.toy").format() == "toy");
  const auto toy = ingot::open<read_only_archive>(folder / "a.toy");
  CHECK(toy.text() == "text");
  CHECK(toy.format() == "toy-2");
  CHECK(toy.metadata()["by"].as<std::string>() == "hand");
}

TEST_CASE("a file's sibling is opened from its folder; bytes in memory have none") {
  const temporary_folder folder;
  write_text(folder / "a", "1");
  write_text(folder / "b", "22");
  for (const auto how : {ingot::access::read, ingot::access::map}) {
    const auto other = ingot::open_file(folder / "a", how)->sibling("b");
    CHECK(other->size() == 2);
    CHECK(other->bytes().empty() == (how == ingot::access::read));
    CHECK_THROWS_AS(other->sibling("c"), ingot::file_error);
  }
  CHECK_THROWS_AS(ingot::from_memory(bytes_of("1"))->sibling("b"), ingot::value_error);
}

TEST_CASE("what is no checkpoint is called by its name") {
  CHECK(refusal_of("") == "an empty file");
  CHECK(refusal_of("version https://git-lfs.github.com/spec/v1\noid") ==
        "a Git LFS pointer, not the file itself");
  CHECK(refusal_of("<!DOCTYPE html>") == "an HTML page");
  CHECK(refusal_of("\x1f\x8b\x08") == "a gzip file");
  CHECK_THROWS_WITH_AS(ingot::open<ingot::zip>(ingot::from_memory(bytes_of("\x93NUMPY\x01"))),
                       doctest::Contains("a numpy array (.npy)"), ingot::format_error);
  CHECK_THROWS_WITH_AS(ingot::open<ingot::zip>(ingot::from_memory(bytes_of("\x80\x02}."))),
                       doctest::Contains("a pickle"), ingot::format_error);
  CHECK_THROWS_WITH_AS(
      ingot::open<ingot::zip>(ingot::from_memory(bytes_of(std::string(257, 'x') + "ustar"))),
      doctest::Contains("a tar file"), ingot::format_error);
  CHECK_THROWS_WITH_AS(
      ingot::open<ingot::zip>(ingot::from_memory(bytes_of("\x02\0\0\0\0\0\0\0{}"sv))),
      doctest::Contains("a safetensors file"), ingot::format_error);
  CHECK(refusal_of("GGUF\x03") == "a GGUF file (llama.cpp)");
  CHECK(refusal_of("\x89HDF\r\n\x1a\n") == "an HDF5 file (Keras)");
  CHECK(refusal_of("\x08\x08\x12\x07pytorch\x1a\x05") == "an ONNX model that PyTorch exported");
  CHECK_THROWS_WITH_AS(ingot::open(bytes_of("{\"error\": 1}")), doctest::Contains("an index maps"),
                       ingot::format_error);
  CHECK(refusal_of("(dp0\nVa\np1\nI1\ns.") == "a pickle of protocol 0 or 1");
  CHECK(refusal_of("Entry not found") == "a text");
  CHECK(refusal_of(std::string(1000, '\0')) == "zeros: a download that didn't finish?");
  CHECK(refusal_of("\x01\x02\x03\xff") == "none of the formats that Ingot knows");
}

TEST_CASE("a file that isn't there is a file_error with its path") {
  CHECK_THROWS_AS(ingot::open("no/such/file.pt"), ingot::file_error);
}

}  // namespace open_test
