// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include <ingot/ingot.hpp>
#include <ingot/state/leaves.hpp>

#include "../io/temporary_folder.hpp"
#include "toy_archive.hpp"

namespace load_test {
namespace {

struct linear {
  ingot::tensor<float> weight{}, bias{};
};
struct net {
  linear fc1{}, fc2{};
};

linear filled(float number) {
  linear layer{ingot::tensor<float>({2, 3}), ingot::tensor<float>({2})};
  for (float& element : layer.weight) element = number++;
  for (float& element : layer.bias) element = number++;
  return layer;
}

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const ingot::error& failure) {
    return failure.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a model is loaded from a path, from memory and from a stream, mapped or read") {
  const temporary_folder folder;
  const net saved{filled(1), filled(20)};
  const std::string path = (folder / "net.pt").string();
  ingot::save(saved, path);
  std::ostringstream out;
  ingot::save(saved, out);
  const std::string bytes = std::move(out).str();

  const auto check = [&](const net& loaded, const ingot::load_report& report) {
    CHECK(report.complete());
    CHECK(report.loaded.size() == 4);
    CHECK(loaded.fc2.weight.shape() == ingot::shape{2, 3});
    CHECK(loaded.fc1.weight[5] == 6);
    CHECK(loaded.fc2.bias[1] == 27);
  };
  net read, mapped, memory, stream;
  check(read, ingot::load(read, path));
  check(mapped, ingot::load(mapped, path, {}, {.access = ingot::access::map}));
  check(memory, ingot::load(memory, std::as_bytes(std::span(bytes))));
  std::istringstream in(bytes);
  check(stream, ingot::load(stream, in));
  net named;
  check(named, ingot::load<ingot::zip>(named, path));
}

TEST_CASE("a policy named on load refuses a file of another format") {
  const temporary_folder folder;
  const std::string path = (folder / "net.pt").string();
  ingot::save(filled(1), path);
  linear model;
  CHECK_THROWS_AS(ingot::load<toy_archive>(model, path), ingot::format_error);
  CHECK_FALSE(model.weight.defined());
}

TEST_CASE("what an archive lets a reader choose can be chosen by load") {
  const temporary_folder folder;
  const auto path = folder / "tied.safetensors";
  const linear saved = filled(1);
  const ingot::value fc1 = ingot::state_dict(saved);
  ingot::save(ingot::flatten(ingot::dict{{"fc1", fc1}, {"fc2", fc1}}), path);
  net model;
  CHECK_THROWS_AS(ingot::load<ingot::mapped>(model, path), ingot::mismatch_error);
  CHECK(ingot::load<ingot::mapped>(model, path, {}, {}, {.restore_ties = true}).complete());
  CHECK(model.fc2.weight[5] == 6);
  const std::string bytes = read_text(path);
  net again;
  CHECK(ingot::load<ingot::mapped>(again, bytes_of(bytes), {}, {.restore_ties = true}).complete());
  CHECK(again.fc2.bias[1] == 8);
}

TEST_CASE("a load that fails names the file and the place in it, and has the whole report") {
  const temporary_folder folder;
  const std::string path = (folder / "checkpoint.tar").string();
  ingot::save(ingot::dict{{"epoch", 3}, {"model", ingot::dict{{"fc1", 0.5}}}}, path);
  net model;
  const auto checkpoint = ingot::open(path);

  const std::string whole = message_of([&] { ingot::load(model, path); });
  CHECK(whole.starts_with(path + ": the state doesn't fit the model"));
  CHECK(whole.find("\"fc1.weight\"") != std::string::npos);
  const std::string part = message_of([&] { ingot::load_state_dict(model, checkpoint["model"]); });
  CHECK(part.starts_with(path + "[\"model\"]: the state doesn't fit the model"));
  const std::string number =
      message_of([&] { ingot::load_state_dict(model, checkpoint["epoch"]); });
  CHECK(number.starts_with(path + "[\"epoch\"]: load_state_dict: expected a state_dict"));
  try {
    ingot::load(model, path);
    FAIL("loaded");
  } catch (const ingot::mismatch_error& failure) {
    CHECK(failure.report().missing.size() == 4);
    CHECK(failure.report().unexpected.size() == 2);
  }
  const auto report = ingot::load(model, path, {.strict = false});
  CHECK(report.missing.size() == 4);
  CHECK_FALSE(model.fc1.weight.defined());
}

}  // namespace load_test
