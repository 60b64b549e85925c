// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <ingot/archive/load.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/archive/save_sharded.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

#include "../io/faulty_posix.hpp"
#include "../io/temporary_folder.hpp"

namespace save_sharded_test {

namespace fs = std::filesystem;
using ingot::save_sharded;
using names = std::set<std::string>;

namespace {

constexpr const char* index_name = "model.safetensors.index.json";
const ingot::sharded_options two_a_shard{.max_shard_size = 16};

struct layer {
  ingot::tensor<float> weight{ingot::shape{2}};
};
struct layers {
  std::vector<layer> layers{};
};

/// `count` tensors of 8 bytes, all of them `number`.
layers model(float number, std::size_t count = 5) {
  layers result;
  result.layers.resize(count);
  for (layer& each : result.layers) each.weight[0] = each.weight[1] = number;
  return result;
}

names names_in(const fs::path& folder) {
  names result;
  for (const auto& each : fs::directory_iterator(folder)) {
    result.insert(each.path().filename().string());
  }
  return result;
}

/// The number that all tensors of a file hold; -1 where they differ.
float number_in(const fs::path& path) {
  float number = 0;
  const auto opened = ingot::open(path);
  for (const auto& [name, content] : opened.items()) {
    const auto tensor = content.as<ingot::tensor<float>>();
    if (number != 0 && number != tensor[0]) return -1;
    number = tensor[0];
  }
  return number;
}

template <class Posix>
void save(const layers& of, const fs::path& path) {
  ingot::detail::save_sharded<Posix>(ingot::state_dict(of), path, two_a_shard);
}

}  // namespace

TEST_CASE("a model that is too large is shards and an index; one that isn't is one file") {
  const temporary_folder folder;
  for (const std::string format : {"safetensors", "bin"}) {
    const fs::path index = folder / ("model." + format + ".index.json").c_str();
    const fs::path one = folder / ("model." + format).c_str();
    CHECK(save_sharded(model(1), index) == one);
    CHECK(names_in(folder / ".") == names{"model." + format});
    CHECK(number_in(one) == 1);
    CHECK(save_sharded(model(2), index, two_a_shard) == index);
    CHECK(names_in(folder / ".") ==
          names{"model-00001-of-00003." + format, "model-00002-of-00003." + format,
                "model-00003-of-00003." + format, "model." + format + ".index.json"});
    CHECK(number_in(index) == 2);
    layers loaded = model(0);
    ingot::load(loaded, index);
    CHECK(loaded.layers[4].weight[1] == 2);
    for (const std::string& name : names_in(folder / ".")) fs::remove(folder / name.c_str());
  }
}

TEST_CASE("a state without tensors is a file without tensors") {
  const temporary_folder folder;
  const fs::path written = save_sharded(ingot::dict{}, folder / index_name);
  CHECK(written == folder / "model.safetensors");
  CHECK(ingot::open(written).size() == 0);
}

TEST_CASE("aliases go to one shard and stay aliases, or leave a note in the index") {
  const temporary_folder folder;
  const layers first = model(1, 2);
  const layers second = model(2, 1);
  const ingot::value a = ingot::state_dict(first)["layers.0.weight"];
  const ingot::dict state{{"a", a},
                          {"b", ingot::state_dict(first)["layers.1.weight"]},
                          {"c", ingot::state_dict(second)["layers.0.weight"]},
                          {"d", a}};
  const auto bin = ingot::open(save_sharded(state, folder / "model.bin.index.json", two_a_shard));
  CHECK(bin["d"].tensor().bytes == bin["a"].tensor().bytes);
  CHECK(bin.metadata()["total_size"].text() == "24");
  const fs::path index = save_sharded(state, folder / index_name, two_a_shard);
  const auto opened = ingot::open(index);
  CHECK_FALSE(opened.contains("d"));
  CHECK(opened.metadata()["d"].text() == "a");
  CHECK(opened.metadata()["total_size"].text() == "24");
  const auto restored = ingot::open<ingot::sharded>(index, {}, {.restore_ties = true});
  CHECK(restored["d"].tensor().bytes == restored["a"].tensor().bytes);
}

TEST_CASE("metadata go into the index or the one file, and each safetensors says its format") {
  const temporary_folder folder;
  const ingot::dict metadata{{"author", "me"}, {"total_size", "wrong"}};
  const auto metadata_of = [](const fs::path& path) { return ingot::open(path).metadata(); };
  const fs::path index = folder / index_name;
  ingot::value found =
      metadata_of(save_sharded(model(1), index, {.max_shard_size = 16, .metadata = metadata}));
  CHECK(found["author"].text() == "me");
  CHECK(found["total_size"].text() == "40");
  found = metadata_of(folder / "model-00002-of-00003.safetensors");
  CHECK(found.size() == 1);
  CHECK(found["format"].text() == "pt");
  fs::remove(index);
  found = metadata_of(save_sharded(model(1), index, {.metadata = ingot::dict{{"author", "me"}}}));
  CHECK(found.size() == 2);
  CHECK(found["author"].text() == "me");
  CHECK(found["format"].text() == "pt");
}

TEST_CASE("checksums are written where they are asked for") {
  const temporary_folder folder;
  const auto opened = ingot::open(
      save_sharded(model(1), folder / index_name, {.max_shard_size = 16, .checksums = true}));
  CHECK(opened["layers.4.weight"].tensor().bytes->file()->crc);
}

TEST_CASE("progress is told of every byte of the shards") {
  const temporary_folder folder;
  for (const std::string format : {"safetensors", "bin"}) {
    std::uint64_t told = 0;
    const fs::path index = folder / ("model." + format + ".index.json").c_str();
    save_sharded(model(1), index,
                 {.max_shard_size = 16, .progress = [&](std::uint64_t bytes) { told += bytes; }});
    std::uint64_t written = 0;
    for (const std::string& name : names_in(folder / ".")) {
      if (name.ends_with(format)) written += fs::file_size(folder / name.c_str());
    }
    CHECK(told == written);
  }
}

TEST_CASE("save() to an index says what to call") {
  const temporary_folder folder;
  CHECK_THROWS_WITH_AS(ingot::save(model(1), folder / index_name),
                       doctest::Contains("save_sharded"), ingot::value_error);
  CHECK(folder.count() == 0);
}

TEST_CASE("what can't be saved is refused before there is a file") {
  const temporary_folder folder;
  const ingot::dict nested{{"model", ingot::dict{{"weight", layer().weight}}}};
  const ingot::dict text{{"weight", "text"}};
  const ingot::dict twice{{"w", layer().weight}, {"w", layer().weight}};
  for (const std::string format : {"safetensors", "bin"}) {
    const fs::path index = folder / ("model." + format + ".index.json").c_str();
    for (const ingot::value& state : std::vector<ingot::value>{nested, text, twice, 3}) {
      CHECK_THROWS_AS(save_sharded(state, index, two_a_shard), ingot::value_error);
    }
    CHECK_THROWS_AS(save_sharded(model(1), index, {.metadata = ingot::dict{{"a", 1}}}),
                    ingot::value_error);
  }
  for (const char* name : {"model.safetensors", "model.json", "model.h5.index.json", ""}) {
    CHECK_THROWS_AS(save_sharded(model(1), folder / name), ingot::value_error);
  }
  CHECK_THROWS_AS(save_sharded(model(1), folder / "no/model.bin.index.json"), ingot::file_error);
  CHECK(folder.count() == 0);
}

TEST_CASE("a save over an index removes its shards and nothing else") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  const names others{"config.json", "model-00001-of-00002.bin", "model.safetensors.bak",
                     "model.fp16-00001-of-00002.safetensors", "tokenizer.model"};
  for (const std::string& name : others) write_text(folder / name.c_str(), "other");
  write_text(folder / "model.safetensors", "of an earlier save; would hide the index");
  for (int save = 1; save <= 3; ++save) {
    const auto count = static_cast<std::size_t>(7 - save);
    save_sharded(model(static_cast<float>(save), count), index, two_a_shard);
    CHECK(number_in(index) == static_cast<float>(save));
    CHECK(ingot::open(index).size() == count);
    names expected = others;
    expected.insert(index_name);
    const auto opened = ingot::open(index);
    for (const auto& [name, content] : opened.items()) {
      expected.insert(fs::path(content.tensor().bytes->file()->from->name()).filename().string());
    }
    CHECK(names_in(folder / ".") == expected);
  }
  // An index stays one, or those who open it would find the old one, or none.
  CHECK(save_sharded(model(4), index) == index);
  CHECK(number_in(index) == 4);
  CHECK(names_in(folder / ".").contains("model-g4-00001-of-00001.safetensors"));
  CHECK(save_sharded(ingot::dict{}, index) == index);
  CHECK(ingot::open(index).size() == 0);
}

TEST_CASE("what was opened before a save over it never becomes a mixture") {
  const temporary_folder folder;
  const fs::path index = save_sharded(model(1), folder / index_name, two_a_shard);
  const auto opened = ingot::open(index);
  CHECK(opened["layers.0.weight"].as<ingot::tensor<float>>()[0] == 1);
  for (int save = 2; save <= 4; ++save) {
    save_sharded(model(static_cast<float>(save)), index, two_a_shard);
    CHECK(opened["layers.1.weight"].as<ingot::tensor<float>>()[0] == 1);  // of an open file
    CHECK_THROWS_AS(opened["layers.4.weight"].tensor(), ingot::file_error);
  }
}

TEST_CASE("whichever system call fails, the old model or the new one is there, whole") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  int failures = 0;
  for (const char* call :
       {"open", "openat", "fchmod", "write", "fsync", "close", "renameat", "unlinkat"}) {
    for (const int code : {EIO, ENOSPC}) {
      for (const bool sticky : {false, true}) {
        for (int nth = 1;; ++nth) {
          CAPTURE(call);
          CAPTURE(code);
          CAPTURE(sticky);
          CAPTURE(nth);
          faulty_posix::reset();
          save_sharded(model(1), index, two_a_shard);
          const names before = names_in(folder / ".");
          faulty_posix::failing = call;
          faulty_posix::code = code;
          faulty_posix::sticky = sticky;
          faulty_posix::nth = nth;
          bool saved = false;
          try {
            save<faulty_posix>(model(2), index);
            saved = true;
          } catch (const ingot::file_error&) {
            ++failures;
          }
          const float number = number_in(index);
          CHECK((number == 2 || (number == 1 && !saved)));
          // What could not be removed is left over; the next save removes it.
          const bool can_remove = std::string_view(call) != "unlinkat";
          if (number == 1 && can_remove) CHECK(names_in(folder / ".") == before);
          if (saved) CHECK(names_in(folder / ".").size() == before.size());
          if (faulty_posix::calls[call] < nth) break;
        }
      }
    }
  }
  CHECK(failures > 100);
  faulty_posix::reset();
  save_sharded(model(3), index, two_a_shard);
  CHECK(folder.count() == 4);
}

TEST_CASE("a file system without locks is saved to, too") {
  const temporary_folder folder;
  faulty_posix::reset();
  faulty_posix::failing = "flock";
  faulty_posix::code = ENOLCK;
  faulty_posix::nth = 1;
  save<faulty_posix>(model(1), folder / index_name);
  CHECK(faulty_posix::calls["flock"] == 1);
  CHECK(number_in(folder / index_name) == 1);
  faulty_posix::reset();
}

namespace {

/// Ends the process, as a crash would, instead of the system call whose turn it is.
struct dying_posix : ingot::detail::posix {
  static inline int left = 0;
  static constexpr int status = 9;

  static void step() {
    if (left-- == 0) ::_exit(status);
  }
  static int openat(int folder, const char* name, int flags, mode_t mode) {
    step();
    return posix::openat(folder, name, flags, mode);
  }
  static ssize_t write(int file, const void* from, std::size_t bytes) {
    step();
    return posix::write(file, from, bytes);
  }
  static int fsync(int file) {
    step();
    return posix::fsync(file);
  }
  static int renameat(int folder, const char* from, const char* to) {
    step();
    return posix::renameat(folder, from, to);
  }
  static int unlinkat(int folder, const char* name) {
    step();
    return posix::unlinkat(folder, name);
  }
};

/// Saves in a process that dies at step `nth`; returns whether it lived.
bool save_and_die(const layers& of, const fs::path& path, int nth) {
  const pid_t child = ::fork();
  if (child == 0) {
    dying_posix::left = nth;
    save<dying_posix>(of, path);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a process that dies at any moment leaves the old model or the new one, whole") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  int deaths = 0;
  float number = 1;
  save_sharded(model(number), index, two_a_shard);
  for (int nth = 0;; ++nth) {
    CAPTURE(nth);
    const bool lived = save_and_die(model(number + 1), index, nth);
    const float found = number_in(index);
    CHECK((found == number + 1 || (found == number && !lived)));
    number = found;
    if (lived) break;
    ++deaths;
  }
  CHECK(deaths > 20);
  // The shards of the dead ones are gone, their temporaries aren't: they may belong to the living.
  for (const std::string& name : names_in(folder / ".")) {
    CHECK((name == index_name || name.find("-of-") == std::string::npos ||
           ingot::open(folder / name.c_str()).size() != 0));
  }
  CHECK(std::ranges::count_if(names_in(folder / "."), [](const std::string& name) {
          return name.ends_with(".safetensors");
        }) == 3);
}

TEST_CASE("one file that becomes an index, and dies on the way, is there as the one or the other") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  const fs::path one = folder / "model.safetensors";
  for (int nth = 0;; ++nth) {
    fs::remove(index);
    save_sharded(model(1), index);
    const bool lived = save_and_die(model(2), index, nth);
    if (fs::exists(one)) CHECK(number_in(one) == 1);
    if (fs::exists(index)) CHECK(number_in(index) == 2);
    CHECK((fs::exists(one) || fs::exists(index)));
    if (lived) CHECK_FALSE(fs::exists(one));
    if (lived) break;
  }
}

namespace {

/// Notes what becomes visible and durable, in order.
struct noting_posix : ingot::detail::posix {
  static inline std::vector<std::string> notes{};

  static int fsync(int file) {
    struct stat facts{};
    ::fstat(file, &facts);
    notes.emplace_back(S_ISDIR(facts.st_mode) ? "sync folder" : "sync file");
    return posix::fsync(file);
  }
  static int renameat(int folder, const char* from, const char* to) {
    notes.push_back(std::string("name ") + to);
    return posix::renameat(folder, from, to);
  }
  static int unlinkat(int folder, const char* name) {
    notes.push_back(std::string("remove ") + name);
    return posix::unlinkat(folder, name);
  }
};

}  // namespace

TEST_CASE("shards are on the disk before the index, and the index before a removal") {
  const temporary_folder folder;
  save_sharded(model(1, 2), folder / index_name);
  noting_posix::notes.clear();
  save<noting_posix>(model(2, 3), folder / index_name);
  CHECK(noting_posix::notes ==
        std::vector<std::string>{
            "sync file", "name model-00001-of-00002.safetensors", "sync folder",  //
            "sync file", "name model-00002-of-00002.safetensors", "sync folder",  //
            "sync file", "name model.safetensors.index.json", "sync folder",      //
            "remove model.safetensors", "sync folder"});
}

TEST_CASE("of two that save at once one is there as a whole, and nothing of the other") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  const auto save_often = [&](float number) {
    for (int i = 0; i < 20; ++i) save_sharded(model(number), index, two_a_shard);
  };
  std::thread other(save_often, 1.0F);
  save_often(2);
  other.join();
  const float number = number_in(index);
  CHECK((number == 1 || number == 2));
  CHECK(folder.count() == 4);
}

}  // namespace save_sharded_test
