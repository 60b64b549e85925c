// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <ingot/archive/archive.hpp>
#include <ingot/archive/binary.hpp>
#include <ingot/archive/load.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/shared_tensor.hpp>
#include <ingot/storage/tensor.hpp>

#include "../io/temporary_folder.hpp"

namespace binary_test {

using ingot::binary;
using ingot::value;

static_assert(ingot::archive<binary>);
static_assert(ingot::selective_archive<binary>);

namespace {

struct linear {
  ingot::tensor<float> weight{ingot::shape{2, 3}}, bias{ingot::shape{3}};
};

linear filled(float first) {
  linear model;
  for (float& each : model.weight.elements()) each = first++;
  for (float& each : model.bias.elements()) each = first++;
  return model;
}

template <class... Options>
std::string written(const value& state, const Options&... options) {
  std::ostringstream out;
  ingot::save<binary>(state, out, options...);
  return std::move(out).str();
}

value small_state() {
  static const linear model = filled(1);
  static const std::vector<std::int16_t> odd{1, 2, 3};
  return ingot::dict{{"model", ingot::state_dict(model)},
                     {"odd", ingot::list{odd[0], 2.5, "text", value::make_bytes("\xff")}}};
}

std::string next_refusal(const std::string& bytes) {
  std::istringstream in(bytes);
  try {
    while (binary::next(in)) {
    }
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

/// What opening and reading all of a file says; empty where it is read.
std::string read_refusal(const std::string& bytes) {
  try {
    ingot::open<binary>(ingot::from_memory(bytes_of(bytes))).clone();
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a model goes to a file and back, mapped or read, by the suffix and by the bytes") {
  const temporary_folder folder;
  const auto path = folder / "m.ingot";
  ingot::save(filled(1), path);
  linear loaded;
  ingot::load(loaded, path);
  CHECK(loaded.bias[2] == 9);
  for (const ingot::access how : {ingot::access::read, ingot::access::map}) {
    const auto opened = ingot::open(path, {.access = how});
    CHECK(opened.format() == "ingot");
    CHECK(opened["weight"].as<ingot::tensor<float>>()[5] == 6);
  }
}

TEST_CASE("a mapped record's tensors are where the file has them, aligned") {
  const temporary_folder folder;
  const auto path = folder / "m.ingot";
  ingot::save(filled(1), path);
  const auto opened = ingot::open<binary>(path, {.access = ingot::access::map});
  const auto view = opened["bias"].as<ingot::shared_tensor<float>>();
  CHECK(view[0] == 7);
  const ingot::extent& place = *opened["bias"].tensor().bytes->file();
  CHECK(view.data() == reinterpret_cast<const float*>(place.from->bytes().data() + place.offset));
  CHECK(place.offset % 64 == 0);
}

TEST_CASE("metadata goes out and in") {
  const binary::write_options options{.metadata = ingot::dict{{"step", "7"}, {"run", "a"}}};
  const std::string record = written(1, options);
  const auto opened = ingot::open(bytes_of(record));
  CHECK(opened.metadata()["run"].text() == "a");
  std::istringstream in(record);
  CHECK(binary::next(in)->metadata["step"].text() == "7");
}

TEST_CASE("records follow one another in a stream, which is left right behind each") {
  std::stringstream log;
  const linear model = filled(0);
  for (int i = 0; i < 3; ++i) {
    ingot::save<binary>(ingot::dict{{"i", i}, {"model", ingot::state_dict(model)}}, log);
    log << 'x' << i;
  }
  for (int i = 0; i < 3; ++i) {
    const auto record = binary::next(log);
    REQUIRE(record);
    CHECK(record->root["i"].as<int>() == i);
    CHECK(log.get() == 'x');
    CHECK(log.get() == '0' + i);
  }
  CHECK(!binary::next(log));
  CHECK(!binary::next(log));
}

TEST_CASE("open<binary> and load<binary> of a stream take one record") {
  std::stringstream log;
  ingot::save<binary>(filled(1), log);
  ingot::save<binary>(filled(10), log);
  linear model;
  ingot::load<binary>(model, log);
  CHECK(model.weight[0] == 1);
  CHECK(ingot::open<binary>(log)["weight"].as<ingot::tensor<float>>()[0] == 10);
  try {
    ingot::open<binary>(log);
    FAIL("the stream has ended");
  } catch (const ingot::format_error& failure) {
    CHECK(std::string(failure.what()).find("the end of the stream") != std::string::npos);
  }
}

TEST_CASE("records keep the alignment of those after them") {
  for (const std::size_t size : {0u, 1u, 63u, 64u, 65u, 1000u}) {
    CHECK(written(value::make_bytes(std::string(size, 'b'))).size() % 64 == 0);
  }
}

TEST_CASE("a file of several records opens by number, and not without") {
  std::string log;
  for (int i = 0; i < 3; ++i) log += written(i);
  const auto source = [&] { return ingot::from_memory(bytes_of(log), {}, "log.ingot"); };
  CHECK(ingot::open<binary>(source(), {.record = 0}).as<int>() == 0);
  CHECK(ingot::open<binary>(source(), {.record = 2}).as<int>() == 2);
  CHECK_THROWS_WITH_AS(ingot::open<binary>(source(), {.record = 3}),
                       "log.ingot: record 3: expected a record of this number, found 3 in all",
                       ingot::value_error);
  CHECK(read_refusal(log).find("; ingot::open<ingot::binary>(path, {}, {.record = 0}) opens the "
                               "first of several") != std::string::npos);
  log.resize(log.size() - 1);  // the writer of the last one died
  CHECK(ingot::open<binary>(source(), {.record = 1}).as<int>() == 1);
  CHECK_THROWS_AS(ingot::open<binary>(source(), {.record = 2}), ingot::format_error);
}

TEST_CASE("a model is loaded from the record of a number, of a path and of memory") {
  const temporary_folder folder;
  const linear earlier = filled(1), later = filled(10);
  const std::string log = written(ingot::state_dict(earlier)) + written(ingot::state_dict(later));
  write_text(folder / "log.ingot", log);
  linear model;
  ingot::load<binary>(model, folder / "log.ingot", {}, {}, {.record = 1});
  CHECK(model.weight[0] == 10);
  ingot::load<binary>(model, bytes_of(log), {}, {.record = 0});
  CHECK(model.weight[0] == 1);
  CHECK_THROWS_AS(ingot::load<binary>(model, bytes_of(log)), ingot::format_error);
}

TEST_CASE("what follows a record must be a record") {
  const std::string record = written(1);
  CHECK(next_refusal(record).empty());
  CHECK(next_refusal(record + std::string(64, 'x')).find("the mark of a record") !=
        std::string::npos);
  CHECK(next_refusal(record + "x").find("cut off") != std::string::npos);
}

TEST_CASE("a stream that is cut off anywhere is refused, and so is a file") {
  const std::string record = written(small_state());
  CHECK(next_refusal(record).empty());
  CHECK(read_refusal(record).empty());
  for (std::size_t size = 1; size < record.size(); ++size) {
    CAPTURE(size);
    CHECK(next_refusal(record.substr(0, size)).find("cut off") != std::string::npos);
    CHECK(!read_refusal(record.substr(0, size)).empty());
  }
}

namespace {

/// Whether a byte of small_state() is padding behind a tensor's bytes.
bool is_padding(const value& state, std::size_t place) {
  for (const auto& [name, tensor] : state["model"].items()) {
    const ingot::extent& bytes = *tensor.tensor().bytes->file();
    const std::size_t end = bytes.offset + bytes.size;
    if (place >= end && place < (end + 63) / 64 * 64) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every flipped bit of a stream is refused, and of a file all that is ever looked at") {
  const std::string record = written(small_state());
  const value intact = ingot::open<binary>(ingot::from_memory(bytes_of(record)));
  std::size_t harmless = 0;
  for (std::size_t i = 0; i < record.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      CAPTURE(i);
      std::string damaged = record;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      CHECK(!next_refusal(damaged).empty());
      const bool refused = !read_refusal(damaged).empty();
      CHECK(refused != is_padding(intact, i));
      harmless += !refused;
    }
  }
  CHECK(harmless == 8 * ((64 - 24) + (64 - 12)));
}

TEST_CASE("a stream that promises much and ends costs no more memory than it has bytes") {
  // 2^60 bytes in the head; what follows is one megabyte.
  std::string record = written(1);
  ingot::store_little(reinterpret_cast<std::byte*>(&record[24]), std::uint64_t{1} << 60);
  const auto covered = bytes_of(record).first(60);
  ingot::store_little(reinterpret_cast<std::byte*>(&record[60]), ingot::crc32(0, covered));
  record.resize(std::size_t{3} << 20);
  CHECK(next_refusal(record).find("cut off") != std::string::npos);
}

TEST_CASE("a damaged record is refused before the stream's next one is touched") {
  std::stringstream log;
  std::string first = written(small_state());
  first[first.size() - 100] = static_cast<char>(first[first.size() - 100] ^ 1);
  log << first << written(2);
  CHECK_THROWS_AS(binary::next(log), ingot::format_error);
  CHECK(binary::next(log)->root.as<int>() == 2);
}

TEST_CASE("a stream that has failed says so") {
  std::istringstream in("");
  in.setstate(std::ios::failbit);
  CHECK_THROWS_AS(binary::next(in), ingot::file_error);
}

}  // namespace binary_test
