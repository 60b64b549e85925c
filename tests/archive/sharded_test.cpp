// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/load.hpp>
#include <ingot/archive/mapped.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/archive/sharded.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/narrow.hpp>
#include <ingot/storage/tensor.hpp>

#include "../io/temporary_folder.hpp"

namespace sharded_test {

namespace fs = std::filesystem;
using ingot::format_error;
static_assert(ingot::readable_archive<ingot::sharded>);

namespace {

ingot::tensor<float> filled(float with) {
  ingot::tensor<float> result(ingot::shape{4, 2});
  for (float& each : result.elements()) each = with;
  return result;
}

ingot::dict first_shard() { return {{"a", filled(1)}, {"b", filled(2)}}; }
ingot::dict second_shard() { return {{"c", filled(3)}}; }

/// An index of two shards of a format, and the shards.
template <ingot::archive A>
fs::path write_model(const temporary_folder& folder, const std::string& suffix) {
  ingot::save<A>(first_shard(), folder / ("one" + suffix).c_str());
  ingot::save<A>(second_shard(), folder / ("two" + suffix).c_str());
  const fs::path index = folder / ("model" + suffix + ".index.json").c_str();
  write_text(index, R"({"metadata": {"total_size": 96}, "weight_map": {"b": "one)" + suffix +
                        R"(", "c": "two)" + suffix + R"(", "a": "one)" + suffix + "\"}}");
  return index;
}

fs::path write_index(const temporary_folder& folder, std::string_view text,
                     const char* name = "model.safetensors.index.json") {
  write_text(folder / name, text);
  return folder / name;
}

float first_of(const ingot::value& tensor) { return tensor.as<ingot::tensor<float>>()[0]; }

template <class Error>
ingot::error_info failure_of(const auto& call) {
  try {
    call();
  } catch (const Error& failure) {
    return failure.info();
  }
  FAIL("nothing was thrown");
  return {};
}

ingot::error_info refusal_of(const temporary_folder& folder, std::string_view text) {
  const fs::path path = write_index(folder, text);
  const ingot::error_info info = failure_of<format_error>([&] { ingot::open(path); });
  CHECK(info.file == path.string());
  return info;
}

struct small_model {
  ingot::tensor<float> a{}, b{};
};

}  // namespace

TEST_CASE("a model in several files opens as one, in the order of its index") {
  const temporary_folder folder;
  for (const fs::path& index : {write_model<ingot::mapped>(folder, ".safetensors"),
                                write_model<ingot::zip>(folder, ".bin")}) {
    for (const auto access : {ingot::access::read, ingot::access::map}) {
      const auto opened = ingot::open(index, {.access = access});
      CHECK(opened.format() == "sharded");
      REQUIRE(opened.size() == 3);
      CHECK(opened.items()[0].first.text() == "b");
      CHECK(opened.items()[2].first.text() == "a");
      CHECK(first_of(opened["a"]) == 1);
      CHECK(first_of(opened["b"]) == 2);
      CHECK(first_of(opened["c"]) == 3);
      const bool mapped = !opened["a"].tensor().bytes->file()->from->bytes().empty();
      CHECK(mapped == (access == ingot::access::map));
    }
  }
}

TEST_CASE("only the files whose tensors are looked at are opened") {
  const temporary_folder folder;
  const fs::path index = write_model<ingot::mapped>(folder, ".safetensors");
  fs::remove(folder / "two.safetensors");
  const auto opened = ingot::open(index);
  CHECK(first_of(opened["a"]) == 1);
  CHECK(first_of(opened["b"].narrow(0, 1, 2)) == 2);
  small_model model;
  const auto report = ingot::load(model, index, {.strict = false});
  CHECK(model.b[3] == 2);
  CHECK(report.unexpected == std::vector<std::string>{"c"});
}

TEST_CASE("a file that isn't there is named, and so is what to do") {
  const temporary_folder folder;
  const fs::path index = write_model<ingot::mapped>(folder, ".safetensors");
  const auto opened = ingot::open(index);
  fs::remove(folder / "two.safetensors");
  const auto info = failure_of<ingot::file_error>([&] { opened["c"].tensor(); });
  CHECK(info.file == (folder / "two.safetensors").string());
  CHECK(info.remedy.find(index.string()) == 0);
  ingot::save<ingot::mapped>(second_shard(), folder / "two.safetensors");
  CHECK(first_of(opened["c"]) == 3);  // fetched in the meantime
}

TEST_CASE("a tensor that its file lacks, that is in two files or that is none is refused by name") {
  const temporary_folder folder;
  const fs::path index = write_model<ingot::zip>(folder, ".bin");
  const auto refused = [&](const ingot::value& shard) {
    ingot::save<ingot::zip>(shard, folder / "two.bin");
    const auto opened = ingot::open(index);
    CHECK(first_of(opened["a"]) == 1);
    const auto info = failure_of<format_error>([&] { opened["c"].tensor(); });
    CHECK(info.file == (folder / "two.bin").string());
    return info;
  };
  auto info = refused(ingot::dict{{"d", filled(4)}});
  CHECK(info.where == "\"c\"");
  CHECK(info.found == "none of that name");
  info = refused(ingot::dict{{"c", filled(3)}, {"a", filled(9)}});
  CHECK(info.where == "\"a\"");
  CHECK(info.expected.find("it in \"one.bin\" only") == 0);
  info = refused(ingot::dict{{"c", "text"}});
  CHECK(info.where == "\"c\"");
  CHECK(info.found == "str \"text\"");
  info = refused(ingot::list{1});
  CHECK(info.found == "list of 1 item");
}

TEST_CASE("tensors that the index doesn't list are left out, and named on request") {
  const temporary_folder folder;
  const fs::path index = write_model<ingot::zip>(folder, ".bin");
  ingot::save<ingot::zip>(ingot::dict{{"c", filled(3)}, {"d", filled(4)}}, folder / "two.bin");
  CHECK_FALSE(ingot::open(index).contains("d"));
  CHECK(ingot::sharded::unlisted(ingot::open_file(index)) ==
        std::vector<std::string>{"two.bin: d"});
  fs::remove(folder / "one.bin");
  CHECK_THROWS_AS(ingot::sharded::unlisted(ingot::open_file(index)), ingot::file_error);
}

TEST_CASE("a name that leads out of the folder, on any system, or has another suffix is refused") {
  const temporary_folder folder;
  for (const char* name :
       {"", ".", "..", "../one.safetensors", "/one.safetensors", "sub/one.safetensors",
        R"(..\\one.safetensors)", R"(\\one.safetensors)", R"(\\\\host\\share\\one.safetensors)",
        "C:one.safetensors", R"(C:\\one.safetensors)", R"(one\u0000.safetensors)", "one.bin",
        "one.SAFETENSORS", ".safetensors", "one.safetensors "}) {
    CAPTURE(name);
    const auto info =
        refusal_of(folder, R"({"weight_map": {"a": ")" + std::string(name) + R"("}})");
    CHECK(info.where == "weight_map");
  }
  ingot::save<ingot::mapped>(first_shard(), folder / "one.safetensors");
  // An index of another name has the suffix of its first file.
  const char* listed = R"({"weight_map": {"a": "one.safetensors", "b": "one.safetensors"}})";
  CHECK(first_of(ingot::open(write_index(folder, listed, "index.json"))["b"]) == 2);
  CHECK(first_of(ingot::open(
            write_index(folder, listed, "model.safetensors.index.fp16.json"))["b"]) == 2);
  const char* mixed = R"({"weight_map": {"a": "one.safetensors", "b": "two.bin"}})";
  CHECK_THROWS_AS(ingot::open(write_index(folder, mixed, "index.json")), format_error);
}

TEST_CASE("what is no index is refused with what is wrong with it") {
  const temporary_folder folder;
  const auto where = [&](std::string_view text) { return refusal_of(folder, text).where; };
  const auto found = [&](std::string_view text) { return refusal_of(folder, text).found; };
  CHECK(where("{}").empty());
  CHECK(found(R"({"model_type": "bert", "layers": [1, {"weight_map": {}}]})") ==
        "a JSON text without one");
  CHECK(found(R"({"weight_map": ["one"]})") == "an array");
  CHECK(found(R"({"weight_map": null})") == "null");
  CHECK(found(R"({"weight_map": "one"})") == "a string");
  CHECK(where(R"({"weight_map": {"a": 1}})") == "\"a\"");
  CHECK(found(R"({"weight_map": {"a": null}})") == "null");
  CHECK(found(R"({"weight_map": {"a": true}})") == "a bool");
  CHECK(found(R"({"weight_map": {"a": ["one"]}})") == "an array");
  CHECK(found(R"({"weight_map": {"a": {"b": "one"}}})") == "an object");
  CHECK(where(R"({"weight_map": {"a": "x.safetensors", "\u0061": "x.safetensors"}})") == "\"a\"");
  CHECK(found(R"({"weight_map": {}, "weight_map": {}})") == "two");
  CHECK(found(R"({"metadata": {}, "metadata": {}, "weight_map": {}})") == "two");
  CHECK(where(R"({"weight_map": {}} x)") == "index, byte 19");
}

TEST_CASE("an index that is cut anywhere is refused") {
  const temporary_folder folder;
  const fs::path index = write_model<ingot::mapped>(folder, ".safetensors");
  const std::string whole = read_text(index);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_text(index, std::string_view(whole).substr(0, size));
    CHECK_THROWS_AS(ingot::open(index), format_error);
  }
}

TEST_CASE("what an index says beside the tensors' places is kept as texts, and isn't believed") {
  const temporary_folder folder;
  ingot::save<ingot::mapped>(first_shard(), folder / "one.safetensors");
  const auto opened = ingot::open(write_index(
      folder, R"({"version": [1, {"a": {}}], "weight_map": {"a": "one.safetensors"}, "metadata":
      {"total_size": 1.5e3, "big": -123456789012345678901234567890, "kind": "x\u00e9", "on": true,
       "none": null, "nested": {"total_size": 1, "deeper": [2]}, "list": ["total_size"]}})"));
  REQUIRE(opened.metadata().size() == 4);  // but the total_size, which is the index's own
  CHECK(opened.metadata()["big"].text() == "-123456789012345678901234567890");
  CHECK(opened.metadata()["kind"].text() == "x\u00e9");
  CHECK(opened.metadata()["on"].text() == "true");
  CHECK(opened.metadata()["none"].text() == "null");
  CHECK(first_of(opened["a"]) == 1);
  for (const char* metadata : {"[1, \"a\"]", "null", "3", "\"text\""}) {
    const auto odd = ingot::open(
        write_index(folder, std::string(R"({"metadata": )") + metadata + R"(, "weight_map": {}})"));
    CHECK(odd.metadata().size() == 0);
  }
}

TEST_CASE("names that were left out for a tie come back as aliases where that is asked for") {
  const temporary_folder folder;
  ingot::save<ingot::mapped>(first_shard(), folder / "one.safetensors");
  const char* metadata =
      R"({"head": "a", "a": "b", "note": "c", "format": "a", "total_size": "a"})";
  const fs::path index = write_index(
      folder, std::string(R"({"metadata": )") + metadata +
                  R"(, "weight_map": {"a": "one.safetensors", "b": "one.safetensors"}})");
  CHECK(ingot::open(index).size() == 2);
  CHECK(ingot::open(index).metadata().size() == 4);
  const auto opened = ingot::open<ingot::sharded>(index, {}, {.restore_ties = true});
  CHECK(opened.size() == 3);
  CHECK(opened["head"].tensor().bytes == opened["a"].tensor().bytes);
  // As of one file: the note of a name that is back is gone.
  REQUIRE(opened.metadata().size() == 3);
  CHECK(opened.metadata()["a"].text() == "b");
  CHECK(opened.metadata()["note"].text() == "c");
  CHECK(opened.metadata()["format"].text() == "a");
}

TEST_CASE("an index that lies in no folder says to open it by its path") {
  const temporary_folder folder;
  const std::string text = read_text(write_model<ingot::mapped>(folder, ".safetensors"));
  std::istringstream in(text);
  for (const auto& opened : {ingot::open(bytes_of(text)), ingot::open(in)}) {
    const auto info = failure_of<ingot::value_error>([&] { opened["a"].tensor(); });
    CHECK(info.where == "one.safetensors");
    CHECK(info.remedy == "open the file by its path");
  }
}

TEST_CASE("a shard is no index, not even of itself") {
  const temporary_folder folder;
  const char* text = R"({"weight_map": {"a": "one.safetensors"}})";
  write_index(folder, text, "one.safetensors");
  const auto opened = ingot::open(write_index(folder, text));
  CHECK_THROWS_AS(opened["a"].tensor(), format_error);
}

TEST_CASE("a safetensors file that begins like JSON is none") {
  // A header of 0x227b bytes: its length begins with {" on the disk.
  std::string file(8, '\0');
  file[0] = '{';
  file[1] = '"';
  file += "{}" + std::string(0x227b - 2, ' ');
  CHECK_FALSE(ingot::sharded::recognizes(bytes_of(file).first(512)));
  CHECK(ingot::open(bytes_of(file)).format() == "safetensors");
}

TEST_CASE("files are found in the index's folder when the working directory changes") {
  const temporary_folder folder;
  const temporary_folder other;
  write_model<ingot::mapped>(folder, ".safetensors");
  ingot::save<ingot::mapped>(ingot::dict{{"c", filled(-1)}}, other / "two.safetensors");
  const fs::path before = fs::current_path();
  for (const auto access : {ingot::access::read, ingot::access::map}) {
    fs::current_path(folder / ".");
    const auto opened = ingot::open("model.safetensors.index.json", {.access = access});
    fs::current_path(other / ".");
    CHECK(first_of(opened["c"]) == 3);
  }
  fs::current_path(before);
}

TEST_CASE("a hostile index costs no more than its size") {
  const temporary_folder folder;
  const auto start = std::chrono::steady_clock::now();
  const std::string deep(1 << 20, '[');
  CHECK_THROWS_AS(ingot::open(write_index(folder, "{\"a\": " + deep)), format_error);
  std::string wide = R"({"weight_map": {)";
  for (int i = 0; i < 100'000; ++i) {
    const std::string name = std::to_string(i);
    wide += '"' + name + R"(": ")" + name + ".safetensors\",";
  }
  wide.back() = '}';
  CHECK(ingot::open(write_index(folder, wide + '}')).size() == 100'000);
  // A sparse file, larger than memory.
  fs::resize_file(write_index(folder, R"({"weight_map": {)"), std::uintmax_t{1} << 42);
  std::fstream(folder / "model.safetensors.index.json", std::ios::in | std::ios::out)
      << R"({"weight_map": {)" << std::string(600, ' ');
  CHECK_THROWS_AS(ingot::open(folder / "model.safetensors.index.json"), format_error);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

}  // namespace sharded_test
