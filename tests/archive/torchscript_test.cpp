// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/ingot.hpp>

#include "../container/crafted_zip.hpp"

namespace torchscript_test {
namespace {

struct conv2d {
  ingot::tensor<float> weight{}, bias{};
};
struct batch_norm {
  ingot::tensor<float> weight{}, bias{};
  ingot::buffer<ingot::tensor<float>> running_mean{}, running_var{};
  ingot::buffer<std::int64_t> num_batches_tracked{};
};
struct linear {
  ingot::tensor<float> weight{}, bias{};
};
struct unbiased {
  ingot::tensor<float> weight{};
};
/// The module in libtorch_module.pt (tests/data/libtorch_save.cpp).
struct net {
  ingot::tensor<float> scale{};
  ingot::buffer<ingot::tensor<std::int64_t>> steps{};
  std::tuple<conv2d, batch_norm> seq{};
  linear fc{};
  unbiased nobias{};
};

const std::string code = "class Net(Module):\n  __parameters__ = []\n  x : int\n";
const std::string pickle =
    "\x80\x02"
    "c__torch__\nNet\n)\x81}X\x01" +
    std::string(3, '\0') + "xK\x01sb.";

/// The refusal of an archive with these records beside or instead of those of a module; a record
/// without content is left out.
std::string refusal(const std::map<std::string, std::string>& changes) {
  std::map<std::string, std::string> records{{"data.pkl", pickle},
                                             {"constants.pkl", "\x80\x02)."},
                                             {"version", "3\n"},
                                             {"code/__torch__.py", code}};
  for (const auto& [name, content] : changes) records[name] = content;
  std::vector<crafted::member> members;
  for (const auto& [name, content] : records) {
    if (content.empty()) continue;
    members.push_back(crafted::deflated(crafted::text(content)));
    members.back().name = "net/" + name;
  }
  const auto file = crafted::zip(members);
  try {
    ingot::open(file);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a model loads what LibTorch's torch::save wrote of the same module") {
  const std::string path = INGOT_SOURCE_DIR "/tests/data/libtorch_module.pt";
  CHECK(ingot::open(path).format() == "torchscript");
  net model;
  const ingot::load_report report = ingot::load(model, path);
  CHECK(report.complete());
  CHECK(report.loaded.size() == 12);
  CHECK(model.scale.data()[0] == 1);
  CHECK(model.steps.data()[0] == 3);
}

TEST_CASE("the records of a TorchScript archive are needed and checked") {
  CHECK(refusal({}).empty());
  CHECK(contains(refusal({{"data.pkl", ""}}), "a record data.pkl"));
  CHECK(contains(refusal({{"data.pkl", ""}, {"constants.pkl", ""}}), "code/__torch__.py"));
  CHECK(contains(refusal({{"data.pkl", "N."}}), "expected a module, found none"));
  CHECK(contains(refusal({{"code/__torch__.py", ""}}), "the text of the class __torch__.Net"));
  CHECK(contains(refusal({{"code/__torch__.py", "class Net("}}), "code/__torch__.py, line 1"));
  CHECK(contains(refusal({{"code/__torch__.py", code + "  y : int\n"}}), "\"y\""));
  CHECK(contains(refusal({{"constants.pkl", "N."}}), "constants.pkl: expected a tuple"));
  CHECK(contains(refusal({{"constants.pkl", "\x80\x02(("}}), "constants.pkl, byte"));
  CHECK(contains(refusal({{"version", "11"}}), "from 1 to 10"));
}

TEST_CASE("text that is hardly in the file isn't unpacked") {
  const std::string long_text = code + std::string(2'000'000, ' ');
  CHECK(contains(refusal({{"code/__torch__.py", long_text}}), "64 times its packed size"));
  CHECK(refusal({{"code/__torch__.py", code + std::string(1'000'000, ' ')}}).empty());
}

}  // namespace torchscript_test
