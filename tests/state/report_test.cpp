// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include <ingot/state/load_report.hpp>

namespace report_test {
namespace {

std::string print(const ingot::load_report& report) {
  std::ostringstream text;
  text << report;
  return std::move(text).str();
}

}  // namespace

TEST_CASE("a complete report prints as PyTorch's") {
  CHECK(print({.loaded = {"weight"}}) == "<All keys matched successfully>\n");
}

TEST_CASE("a report prints each kind of problem in PyTorch's words, with near names and advice") {
  const ingot::load_report report{
      .loaded = {"a"},
      .missing = {"fc.weight", "head.bias"},
      .unexpected = {"fc1.weight"},
      .mismatched = {{.name = "fc.bias",
                      .problem = "size mismatch",
                      .detail = "the file has [10, 4], the model [10, 5]"}},
      .advice = "Do this."};
  const std::string problems =
      "Missing key(s) in state_dict: \"fc.weight\" (did you mean \"fc1.weight\"?), "
      "\"head.bias\".\n"
      "Unexpected key(s) in state_dict: \"fc1.weight\".\n"
      "size mismatch for fc.bias: the file has [10, 4], the model [10, 5].\n"
      "Do this.";
  CHECK(print(report) == "1 key(s) loaded.\n" + problems + '\n');
  CHECK(ingot::mismatch_error(report, "a.pt", "model").what() ==
        "a.pt: the state doesn't fit the model:\n" + problems);
}

TEST_CASE("names of the same module are not near by that alone") {
  const ingot::load_report report{.missing = {"encoder.layers.0.bias"},
                                  .unexpected = {"encoder.layers.0.mean"}};
  CHECK(print(report).find("did you mean") == std::string::npos);
}

TEST_CASE("a report of very many long names is short, and made quickly") {
  ingot::load_report report;
  for (int i = 0; i < 100'000; ++i) {
    report.missing.push_back(std::string(90, 'a') + std::to_string(i));
    report.unexpected.push_back(std::string(90, 'b') + std::to_string(i));
  }
  const auto start = std::chrono::steady_clock::now();
  const std::string text = print(report);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  CHECK(text.size() < 50'000);
  CHECK(text.find("... and 99950 more.") != std::string::npos);
}

}  // namespace report_test
