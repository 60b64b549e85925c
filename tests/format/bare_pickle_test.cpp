// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include <ingot/archive/open.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

#include "../io/temporary_folder.hpp"
#include "crafted_legacy.hpp"

namespace bare_pickle_test {

using namespace crafted;
using owned = ingot::tensor<float>;

namespace {

/// torch.storage._load_from_bytes of a legacy file that holds a storage of two elements.
std::string storage_in_bytes(const std::string& inner) {
  return global("torch.storage", "_load_from_bytes") + "B" +
         little4(static_cast<std::uint32_t>(inner.size())) + inner + "\x85R";
}
const std::string inner = header + object(old_storage("7", 2)) + keys({"7"}) + floats({3, 4});

}  // namespace

TEST_CASE("a bare pickle's tensors are legacy files inside of it, read from where they lie") {
  const temporary_folder folder;
  const std::string file = object("]" + old_tensor(storage_in_bytes(inner) + "q\1", 2) + "a" +
                                  old_tensor("h\1", 1, 1) + "a");
  write_text(folder / "bare.pkl", file);
  for (const auto how : {ingot::access::read, ingot::access::map}) {
    const auto read = ingot::open(folder / "bare.pkl", {.access = how});
    CHECK(read.format() == "torch-legacy");
    CHECK(read[0].as<owned>()[1] == 4);
    CHECK(read[1].as<owned>()[0] == 4);
    CHECK(read[0].tensor().bytes == read[1].tensor().bytes);
    CHECK(read[0].tensor().bytes->file() != nullptr);
  }
}

TEST_CASE("what follows a bare pickle is ignored, as by pickle.load") {
  CHECK(open(object("K\x05") + "\xff\xfe").root.as<int>() == 5);
}

TEST_CASE("a legacy file in a legacy file is data that nobody opens") {
  const std::string twice = header + object(storage_in_bytes(inner)) + keys({});
  CHECK(open(twice).root.class_name() == "torch.storage._load_from_bytes");
  const auto outer = open(object(storage_in_bytes(twice)));
  CHECK(outer.root.class_name() == "torch.storage._load_from_bytes");
  CHECK(open(object(storage_in_bytes("no file"))).root.kind() == ingot::kind::object);
}

TEST_CASE("one inner file that is named over and over isn't opened each time") {
  std::string large = inner + std::string(100'000, 'x');
  std::string calls = "(" + global("torch.storage", "_load_from_bytes") + "q\1B" +
                      little4(static_cast<std::uint32_t>(large.size())) + large + "\x85q\2";
  for (int i = 0; i < 20'000; ++i) calls += "h\1h\2R";
  CHECK(contains(error_of(object(calls + "t")), "many times its size"));
}

TEST_CASE("a damaged inner file is refused with the place of both") {
  const std::string cut = inner.substr(0, inner.size() - 1);
  const std::string error = error_of(object(storage_in_bytes(cut)));
  CHECK(contains(error, "pickle, "));
  CHECK(contains(error, "storage 7"));
  CHECK(contains(error_of(object(old_storage("7", 2))), "needs nothing beside it"));
}

TEST_CASE("a pickle of the protocols 0 and 1, or of opcodes that no data needs, isn't recognized") {
  const auto recognizes = [](std::string_view head) {
    return ingot::legacy::recognizes(std::as_bytes(std::span(head)));
  };
  CHECK(recognizes("\x80\x02}."));
  CHECK(recognizes("\x80\x05\x95"));
  CHECK_FALSE(recognizes("\x80\x06}."));
  CHECK_FALSE(recognizes("\x80\x01}."));
  CHECK_FALSE(recognizes("(dp0\n."));
  CHECK_FALSE(
      recognizes("\x80\x02\x00\x00\x00\x00\x00\x00{"s));  // safetensors, 640 bytes of header
  CHECK_FALSE(recognizes("\x80\x02"));
}

}  // namespace bare_pickle_test
