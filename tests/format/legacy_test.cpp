// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <string>

#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

#include "crafted_legacy.hpp"

namespace legacy_test {

using namespace crafted;
using owned = ingot::tensor<float>;

namespace {

const std::string one_tensor = header + object(old_tensor(old_storage("7", 3), 3)) + keys({"7"});

/// A file of two storages that lists them as `order` has it.
std::string two_storages(const std::string& listed, const std::string& bytes) {
  return header +
         object(old_tensor(old_storage("10", 2), 2) + old_tensor(old_storage("9", 1), 1) + "\x86") +
         listed + bytes;
}

}  // namespace

TEST_CASE("a legacy file's elements are found in the order in which it lists its storages") {
  const auto file = two_storages(keys({"9", "10"}), floats({5}) + floats({1, 2}));
  const auto read = open(file);
  CHECK(read.format == "torch-legacy");
  CHECK(read.root.elements()[0].as<owned>()[1] == 2);
  CHECK(read.root.elements()[1].as<owned>()[0] == 5);
  const ingot::extent& place = *read.root.elements()[1].tensor().bytes->file();
  CHECK(place.offset == file.size() - 3 * 4 - 8);
}

TEST_CASE("every protocol's magic number begins a legacy file") {
  const std::string rest = one_tensor.substr(magic.size()) + floats({1, 2, 3});
  const std::string number = magic.substr(2);
  for (const char protocol : {'\2', '\3'}) {
    CHECK(error_of("\x80"s + protocol + number + rest).empty());
  }
  for (const char protocol : {'\4', '\5'}) {
    CHECK(error_of("\x80"s + protocol + "\x95" + count(13) + number + rest).empty());
  }
  CHECK(contains(error_of(magic + "\x80\x02M\xea\x03." + rest), "protocol 1001"));
}

TEST_CASE("a key is listed once, is used, and has as many elements as the tensors say") {
  CHECK(error_of(one_tensor + floats({1, 2, 3})).empty());
  CHECK(contains(error_of(one_tensor + floats({1, 2})), "expected 3 elements, found 2"));
  CHECK(contains(error_of(two_storages(keys({"10"}), floats({1, 2}))), "its key in the list"));
  CHECK(contains(error_of(two_storages(keys({"10", "9", "10"}),
                                       floats({1, 2}) + floats({5}) + floats({1, 2}))),
                 "once"));
  CHECK(contains(error_of(two_storages(keys({"10", "8"}), floats({1, 2}) + floats({5}))),
                 "storage \"8\""));
  CHECK(contains(error_of(two_storages("\x80\x02N.", "")), "a list of keys"));
}

TEST_CASE("a storage that is larger than the file is refused before anything is allocated") {
  const auto huge = header + object(old_storage("7", std::int64_t{1} << 60)) + keys({"7"}) +
                    count(std::int64_t{1} << 60);
  CHECK(contains(error_of(huge), "storage 7"));
  const auto overflow = header + object(old_storage("7", INT64_MAX)) + keys({"7"});
  CHECK_FALSE(error_of(overflow).empty());
  CHECK(contains(error_of(header + object(old_storage("7", -1)) + keys({"7"})), "the int -1"));
}

TEST_CASE("a view of a storage is a part of it: an alias that reaches no further") {
  const auto file = [](const std::string& pickle) {
    return header + object(pickle) + keys({"7"}) + floats({0, 1, 2, 3, 4, 5});
  };
  const std::string part = old_storage("7", 6, view("8", 2, 3));
  const auto read =
      open(file(old_tensor(part, 2, 1) + old_tensor(old_storage("7", 6), 6) + "\x86"));
  const ingot::value& of_part = read.root.elements()[0];
  CHECK(of_part.as<owned>()[0] == 3);
  CHECK(of_part.as<owned>()[1] == 4);
  CHECK(of_part.tensor().bytes == read.root.elements()[1].tensor().bytes);
  CHECK(open(file(part)).root.as<owned>()[0] == 2);  // a view by itself is data
  CHECK(contains(error_of(file(old_tensor(part, 3, 1))), "past its end"));
  CHECK(contains(error_of(file(old_storage("7", 6, view("8", 4, 3)))), "within its storage"));
  CHECK(contains(error_of(file(old_storage("7", 6, view("8", -1, 3)))), "the int -1"));
  CHECK(
      contains(error_of(file(part + old_storage("7", 6, view("8", 1, 3)) + "\x86")), "as before"));
  CHECK(
      contains(error_of(file(part + old_storage("7", 6, view("7", 1, 3)) + "\x86")), "as before"));
}

TEST_CASE("a class that was saved with its source is that class") {
  const std::string net = tuple(text("module") + global("my.model", "Net") + text("model.py") +
                                text("class Net: ...")) +
                          "Q)\x81";
  const auto read = open(header + object(net) + keys({}));
  CHECK(read.root.class_name() == "my.model.Net");
  CHECK(contains(error_of(header + object(tuple(text("module") + "NNN") + "Q") + keys({})),
                 "a class"));
  CHECK(contains(error_of(header + object(tuple(text("other") + "NNN") + "Q") + keys({})),
                 "persistent id"));
  CHECK(contains(error_of(header + object(")Q") + keys({})), "persistent id with parts"));
}

TEST_CASE("a legacy file that is cut off anywhere is refused, with its name") {
  const std::string whole = one_tensor + floats({1, 2, 3});
  REQUIRE(error_of(whole + "what follows is ignored").empty());
  for (std::size_t length = 3; length < whole.size(); ++length) {
    const std::string error = error_of(whole.substr(0, length));
    CAPTURE(length);
    if (length == magic.size()) continue;  // a pickled int, by itself
    CHECK(error.starts_with("old.pth: "));
  }
}

TEST_CASE("a state given to a tensor is seen under each of its names") {
  const std::string variable = global("torch.autograd.variable", "Variable") +
                               old_tensor(old_storage("7", 1), 1) + "\x85Rq\1" +
                               tuple("\x88\x89}") + "b";
  const auto read = open(header + object(variable + "h\1\x86") + keys({"7"}) + floats({4}));
  for (const ingot::value& each : read.root.elements()) {
    CHECK(each.tensor().requires_grad);
    CHECK_FALSE(each.tensor().is_parameter);
  }
  const std::string parameter = global("torch.nn.parameter", "Parameter") + ")\x81" +
                                tuple(old_tensor(old_storage("7", 1), 1) + "N}\x88\x89") + "b";
  const auto old = open(header + object(parameter) + keys({"7"}) + floats({4}));
  REQUIRE(old.root.is_tensor());
  CHECK(old.root.tensor().is_parameter);
  CHECK(old.root.tensor().requires_grad);
}

}  // namespace legacy_test
