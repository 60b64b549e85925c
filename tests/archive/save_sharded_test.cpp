// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <ingot/archive/load.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/archive/save_sharded.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

#include "../io/temporary_folder.hpp"
#include "sharded_layers.hpp"

namespace save_sharded_test {

using ingot::save_sharded;
using namespace sharded_layers;

TEST_CASE("a model that is too large is shards and an index; one that isn't is one file") {
  const temporary_folder folder;
  for (const std::string format : {"safetensors", "bin"}) {
    const fs::path index = folder / ("model." + format + ".index.json").c_str();
    const fs::path one = folder / ("model." + format).c_str();
    CHECK(save_sharded(model(1), index) == one);
    CHECK(names_in(folder / ".") == names{"model." + format});
    CHECK(number_in(one) == 1);
    CHECK(number_in(index) == 1);  // which isn't there: the one file is meant
    CHECK(ingot::open(index)["layers.0.weight"].path().starts_with(one.string()));
    fs::remove(one);
    CHECK_THROWS_WITH_AS(ingot::open(index), doctest::Contains(index.c_str()), ingot::file_error);
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
  CHECK(read_text(folder / "model.bin.index.json").find("\"total_size\": 24") != std::string::npos);
  const fs::path index = save_sharded(state, folder / index_name, two_a_shard);
  const auto opened = ingot::open(index);
  CHECK_FALSE(opened.contains("d"));
  CHECK(opened.metadata()["d"].text() == "a");
  CHECK(read_text(index).find("\"total_size\": 24") != std::string::npos);
  const auto restored = ingot::open<ingot::sharded>(index, {}, {.restore_ties = true});
  CHECK(restored["d"].tensor().bytes == restored["a"].tensor().bytes);
}

TEST_CASE("masks that were expanded are in proportion to all shards, not to their own") {
  const temporary_folder folder;
  ingot::tensor_data mask = ingot::value(ingot::tensor<std::uint8_t>({1})).tensor();
  mask.shape = {std::int64_t{40} << 20};
  mask.strides = {0};
  const ingot::tensor<float> weight(ingot::shape{65'536});
  const ingot::value second = ingot::value(mask).clone();  // a tie is left out
  const ingot::dict state{{"weight", weight}, {"mask1", mask}, {"mask2", second}};
  const fs::path index =
      save_sharded(state, folder / index_name, {.max_shard_size = std::uint64_t{80} << 20});
  CHECK(names_in(folder / ".").size() == 3);
  CHECK(ingot::open(index)["mask2"].shape() == mask.shape);
  CHECK_THROWS_AS(save_sharded(ingot::dict{{"mask1", mask}, {"mask2", second}}, index),
                  ingot::value_error);
}

TEST_CASE("tensors without elements share a shard, whoever owns their storages") {
  const temporary_folder folder;
  const ingot::dict state{{"nothing", ingot::tensor<float>(ingot::shape{0})},
                          {"a", layer().weight},
                          {"b", layer().weight},
                          {"none", ingot::tensor<int>(ingot::shape{0, 3})}};
  for (const std::string format : {"safetensors", "bin"}) {
    const fs::path index = folder / ("model." + format + ".index.json").c_str();
    const auto opened = ingot::open(save_sharded(state, index, {.max_shard_size = 8}));
    const auto file_of = [&](const char* name) {
      return opened[name].tensor().bytes->file()->from->name();
    };
    CHECK(file_of("none") == file_of("nothing"));
    CHECK(file_of("none") != file_of("b"));
  }
}

TEST_CASE("a tied tensor that is called as the index's own key is not lost") {
  const temporary_folder folder;
  const layer tied;
  const ingot::dict state{{"a", tied.weight}, {"total_size", tied.weight}, {"b", layer().weight}};
  const fs::path index = save_sharded(state, folder / index_name, {.max_shard_size = 8});
  const auto opened = ingot::open<ingot::sharded>(index, {}, {.restore_ties = true});
  REQUIRE(opened.contains("total_size"));
  CHECK(opened["total_size"].tensor().shape == ingot::shape{2});
  fs::remove(index);
  CHECK(ingot::open(save_sharded(state, index)).metadata().size() == 1);  // "format"
}

TEST_CASE("metadata go into the index or the one file, and each safetensors says its format") {
  const temporary_folder folder;
  const ingot::dict metadata{{"author", "me"}, {"total_size", "wrong"}};
  const auto metadata_of = [](const fs::path& path) { return ingot::open(path).metadata(); };
  const fs::path index = folder / index_name;
  ingot::value found =
      metadata_of(save_sharded(model(1), index, {.max_shard_size = 16, .metadata = metadata}));
  CHECK(found.size() == 1);
  CHECK(found["author"].text() == "me");
  CHECK(read_text(index).find("\"total_size\": 40") != std::string::npos);
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
    for (const char* name : {"a\xff", "\xed\xa0\x80"}) {  // a lone surrogate, which a .bin may hold
      const ingot::dict unreadable{{name, layer().weight}};
      CHECK_THROWS_WITH_AS(save_sharded(unreadable, index, two_a_shard), doctest::Contains("UTF-8"),
                           ingot::value_error);
      // Before the folder is looked at, too.
      CHECK_THROWS_AS(save_sharded(unreadable, folder / ("no/m." + format + ".index.json").c_str()),
                      ingot::value_error);
    }
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
  const names others{"config.json",
                     "model-00001-of-00002.bin",
                     "model-00007-of-00009.safetensors",  // of the name of a shard, but not listed
                     "model.safetensors.bak",
                     "model.fp16-00001-of-00002.safetensors",
                     "tokenizer.model"};
  for (const std::string& name : others) write_text(folder / name.c_str(), "other");
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
  CHECK(names_in(folder / ".").contains("model-g5-00001-of-00001.safetensors"));
  CHECK(save_sharded(ingot::dict{}, index) == index);
  CHECK(ingot::open(index).size() == 0);
}

TEST_CASE("a file that would hide the new index is refused, and nothing is written") {
  const temporary_folder folder;
  for (const std::string format : {"safetensors", "bin"}) {
    const fs::path index = folder / ("model." + format + ".index.json").c_str();
    const fs::path one = folder / ("model." + format).c_str();
    save_sharded(model(1), index);
    const names before = names_in(folder / ".");
    try {
      save_sharded(ingot::open(one), index, two_a_shard);  // of what is to be saved the only copy
      FAIL("the new index would be hidden");
    } catch (const ingot::value_error& failure) {
      CHECK(failure.info().file == one.string());
      CHECK(failure.info().remedy.find("move it away") == 0);
    }
    CHECK(names_in(folder / ".") == before);
    CHECK(number_in(one) == 1);
    CHECK(save_sharded(model(2), index) == one);  // as any save, over the old one
    CHECK(number_in(one) == 2);
    // Beside an index that it hides already, too, whatever the count of the shards.
    fs::remove(one);
    save_sharded(model(3), index, two_a_shard);
    write_text(one, "of somebody else");
    for (const ingot::sharded_options& how : {two_a_shard, ingot::sharded_options{}}) {
      CHECK_THROWS_AS(save_sharded(model(4), index, how), ingot::value_error);
    }
    CHECK(number_in(index) == 3);
    CHECK(read_text(one) == "of somebody else");
  }
}

TEST_CASE("shards are removed only where an index that can be read lists them") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  save_sharded(model(1), index, two_a_shard);
  save_sharded(model(2), index, two_a_shard);
  names expected = names_in(folder / ".");
  const std::string whole = read_text(index);
  // One file, without an index: the shards may be anybody's, those of a later generation too.
  fs::remove(index);
  expected.erase(index_name);
  expected.insert("model.safetensors");
  const fs::path one =
      save_sharded(ingot::open(folder / "model-g2-00001-of-00003.safetensors"), index);
  CHECK(one == folder / "model.safetensors");
  CHECK(names_in(folder / ".") == expected);
  fs::remove(one);
  expected.erase("model.safetensors");
  expected.insert(index_name);
  // Several, with no index, and with one that can't be read.
  for (const char* generation : {"g3", "g4"}) {
    save_sharded(model(3), index, two_a_shard);
    for (const char* number : {"1", "2", "3"}) {
      expected.insert(std::string("model-") + generation + "-0000" + number +
                      "-of-00003.safetensors");
    }
    CHECK(names_in(folder / ".") == expected);
    CHECK(number_in(index) == 3);
    write_text(index, whole.substr(1));
  }
}

TEST_CASE("what a save that died has left is removed where no other index can lead to it") {
  for (const bool second : {false, true}) {
    const temporary_folder folder;
    const fs::path index = folder / "model.x.safetensors.index.json";
    const fs::path left = folder / "model.x-g7-00001-of-00002.safetensors";
    save_sharded(model(1), index, two_a_shard);
    write_text(left, "of a process that died");
    write_text(folder / index_name, "an index of another stem");
    if (second) write_text(folder / "model.safetensors.index.x.json", "one of the same");
    save_sharded(model(2), index, two_a_shard);
    CHECK(number_in(index) == 2);
    CHECK(fs::exists(left) == second);
  }
}

TEST_CASE("new shards take no name that the old index lists, be the file there or not") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  save_sharded(model(1), index, two_a_shard);
  for (const std::string& name : names_in(folder / ".")) {
    if (name != index_name) fs::remove(folder / name.c_str());
  }
  save_sharded(model(2), index, two_a_shard);
  CHECK(number_in(index) == 2);
  CHECK(names_in(folder / ".").contains("model-g2-00001-of-00003.safetensors"));
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

}  // namespace save_sharded_test
