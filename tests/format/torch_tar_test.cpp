// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <string>

#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

#include "../container/crafted_tar.hpp"
#include "crafted_legacy.hpp"

namespace torch_tar_test {
namespace {

using namespace pickled;
using owned = ingot::tensor<float>;

/// The parts of a file of PyTorch before 0.1.10 that holds one tensor, 9, over storage 7.
struct parts {
  std::string storages = crafted::object("K\1") + storage(7, "FloatStorage") +
                         crafted::floats({0, 1, 2, 3}) + crafted::object("]");
  std::string tensors = crafted::object("K\1") + tensor_head(9, 7) + shape(2, 1, 1);
  std::string pickle = crafted::object(text("9") + "Q");

  static std::string storage(int key, std::string_view kind) {
    return crafted::object(tuple(integer(key) + text("cpu") + global("torch", kind)));
  }
  static std::string tensor_head(int key, int storage) {
    return crafted::object(tuple(integer(key) + integer(storage) + global("torch", "FloatTensor")));
  }
  /// A rank of one, in 8 bytes.
  static std::string shape(std::int64_t size, std::int64_t stride, std::int64_t offset) {
    return crafted::count(1) + crafted::count(size) + crafted::count(stride) +
           crafted::count(offset);
  }

  std::string file() const {
    return crafted::tar_member("pickle", pickle) + crafted::tar_member("tensors", tensors) +
           crafted::tar_member("storages", storages) + crafted::tar_end;
  }
};

std::string error_of(const parts& of) { return crafted::error_of(of.file()); }

}  // namespace

TEST_CASE("a tar file's tensors are read from where their bytes lie") {
  const auto read = crafted::open(parts().file());
  CHECK(read.format == "torch-legacy");
  CHECK(read.root.as<owned>()[0] == 1);
  CHECK(read.root.as<owned>()[1] == 2);
}

TEST_CASE("one key in a tar file's pickle is one tensor") {
  parts changed;
  changed.pickle = crafted::object(text("9") + "Q" + integer(9) + "Q" + text("7") + "Q\x87");
  const auto read = crafted::open(changed.file());
  CHECK(read.root.elements()[0].identity() == read.root.elements()[1].identity());
  CHECK(read.root.elements()[2].shape() == ingot::shape{4});  // a storage by itself
  changed.pickle = crafted::object(text("8") + "Q");
  CHECK(contains(error_of(changed), "the key of a tensor or a storage"));
  changed.pickle = crafted::object(text("nine") + "Q");
  CHECK(contains(error_of(changed), "a key in decimal"));
}

TEST_CASE("a tensor of a tar file lies within its storage, and within a view of it") {
  parts changed;
  const auto with = [&](const std::string& shape) {
    changed.tensors = crafted::object("K\1") + parts::tensor_head(9, 7) + shape;
    return error_of(changed);
  };
  CHECK(with(parts::shape(3, 1, 1)).empty());
  CHECK(contains(with(parts::shape(4, 1, 1)), "past its end"));
  CHECK(contains(with(parts::shape(2, 1, -1)), "offset -1"));
  CHECK(contains(with(parts::shape(-2, 1, 0)), "negative extents"));
  CHECK(contains(with(crafted::count(-1)), "a number of dimensions, found -1"));
  CHECK(contains(with(crafted::count(1 << 30)), "1073741824 numbers"));

  const std::string views =
      crafted::object("]" + tuple(integer(8) + integer(7) + integer(1) + integer(2)) + "a");
  changed.storages.replace(changed.storages.size() - 4, 4, views);
  changed.tensors = crafted::object("K\1") + parts::tensor_head(9, 8) + parts::shape(1, 1, 1);
  CHECK(crafted::open(changed.file()).root.as<owned>()[0] == 2);
  changed.tensors = crafted::object("K\1") + parts::tensor_head(9, 8) + parts::shape(2, 1, 1);
  CHECK(contains(error_of(changed), "past its end"));
}

TEST_CASE("keys that no storage has, or two, are refused") {
  parts changed;
  changed.tensors = crafted::object("K\1") + parts::tensor_head(9, 6) + parts::shape(2, 1, 1);
  CHECK(contains(error_of(changed), "a storage's key"));
  changed.tensors = crafted::object("K\1") + parts::tensor_head(7, 7) + parts::shape(2, 1, 1);
  CHECK(contains(error_of(changed), "keys that differ"));
  changed = {};
  changed.storages.replace(changed.storages.size() - 4, 4,
                           crafted::object("]" + tuple("K\x08K\7K\3K\2") + "a"));
  CHECK(contains(error_of(changed), "within its storage"));
}

TEST_CASE("a storage of a tar file that isn't there is refused before anything is allocated") {
  parts changed;
  changed.storages = crafted::object("K\1") + parts::storage(7, "FloatStorage") +
                     crafted::count(std::int64_t{1} << 60) + crafted::object("]");
  CHECK(contains(error_of(changed), "cut off"));
  changed.storages = crafted::object("K\1") + parts::storage(7, "FloatStorage") +
                     crafted::count(-1) + crafted::object("]");
  CHECK(contains(error_of(changed), "fit in 63 bits, found -1"));
  changed.storages = crafted::object("K\1") + parts::storage(7, "FloatTensor");
  CHECK(contains(error_of(changed), "a storage class"));
}

TEST_CASE("each member is there once, and says what it is where it is damaged") {
  const parts whole;
  const std::string twice = crafted::tar_member("pickle", whole.pickle) + whole.file();
  CHECK(contains(crafted::error_of(twice), "two"));
  CHECK(contains(crafted::error_of(crafted::tar_member("pickle", whole.pickle) + crafted::tar_end),
                 "with a member \"storages\""));
  for (std::string parts::* member : {&parts::storages, &parts::tensors, &parts::pickle}) {
    for (std::size_t length = 0; length < (whole.*member).size(); ++length) {
      parts cut = whole;
      (cut.*member).resize(length);
      CAPTURE(length);
      CHECK(error_of(cut).starts_with("old.pth: "));
    }
  }
}

}  // namespace torch_tar_test
