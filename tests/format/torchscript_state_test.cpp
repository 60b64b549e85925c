// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/format/torchscript/module_state.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

namespace torchscript_state_test {

using ingot::kind;
using ingot::value;
using ingot::detail::torchscript::class_library;
using ingot::detail::torchscript::state_walk;

namespace {

constexpr const char* text = R"(
class Net(Module):
  __parameters__ = ["w", "absent", ]
  __buffers__ = ["b", "maybe", ]
  b : Tensor
  maybe : Optional[Tensor]
  part : __torch__.Part
  w : Tensor
  absent : NoneType
  plain : Tensor
  training : bool
class Part(Module):
  __parameters__ = ["w", ]
  w : Tensor
class Outer(Module):
  inner : __torch__.Outer
class Pair(Module):
  a : __torch__.Pair
  b : __torch__.Pair
class End(Module):
  pass
class Dotted(Module):
  __annotations__["0.w"] = Tensor
  __annotations__["0"] = __torch__.Part
  __parameters__ = ["0.w"]
class Codes(Module):
  __parameters__ = ["w", ]
  w : Tensor
  def __setstate__(self, state: Tensor) -> NoneType:
    self.w = state
class Packed(Module):
  packed : __torch__.torch.classes.quantized.LinearPackedParamsBase
  def __setstate__(self, state: Tensor) -> NoneType:
    self.packed = state
class Plain:
  w : Tensor
class Interface(ModuleInterface):
  def forward(self) -> Tensor:
    pass
class Uses(Module):
  a : __torch__.Interface
  b : __torch__.Plain
)";

value tensor(float number = 0) {
  ingot::tensor<float> made(ingot::shape{1});
  made.data()[0] = number;
  ingot::tensor_data data = value(std::move(made)).tensor();
  data.requires_grad = true;
  return value(std::move(data));
}

value object(const std::string& name, std::vector<value::pair> items = {}) {
  return value::make_object("__torch__." + name, std::move(items));
}

value part(float number = 0) { return object("Part", {{"w", tensor(number)}}); }

value net() {
  return object("Net", {{"b", tensor(1)},
                        {"maybe", tensor(2)},
                        {"part", part(3)},
                        {"w", tensor(4)},
                        {"absent", value()},
                        {"plain", tensor(5)},
                        {"training", true}});
}

value state_of(const value& root, std::vector<value> constants = {}, std::uint64_t size = 1000) {
  class_library library([](const std::string& record) -> std::optional<std::string> {
    if (record == "code/__torch__.py") return text;
    return std::nullopt;
  });
  return state_walk(library, size).run(root, constants);
}

std::string keys(const value& of) {
  std::string all;
  for (const auto& [key, content] : of.items()) all += '[' + key.text() + ']';
  return all;
}

std::string refusal(const value& root) {
  try {
    state_of(root);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

bool contains(std::string_view all, std::string_view some) {
  return all.find(some) != std::string_view::npos;
}

}  // namespace

TEST_CASE("parameters come first, then buffers, then submodules; other tensors are no state") {
  const value state = state_of(net());
  CHECK(state.kind() == kind::ordered_dict);
  CHECK(keys(state) == "[w][b][part.w]");
  CHECK(state["w"].as<float>() == 4);
  CHECK(state["b"].as<float>() == 1);
  CHECK(state["part.w"].as<float>() == 3);
  CHECK_FALSE(state["w"].tensor().requires_grad);
}

TEST_CASE("every module is in _metadata, with the version that PyTorch gives it") {
  const value state = state_of(net());
  REQUIRE(state.attributes().size() == 1);
  CHECK(state.attributes()[0].first.text() == "_metadata");
  const value& modules = state.attributes()[0].second;
  CHECK(keys(modules) == "[][part]");
  CHECK(modules["part"]["version"].as<int>() == 1);
}

TEST_CASE("attributes in another order than the class's are found; one that lacks is named") {
  const value whole = net();
  std::vector<value::pair> items(whole.items().rbegin(), whole.items().rend());
  CHECK(keys(state_of(object("Net", items))) == "[w][b][part.w]");
  items.pop_back();
  CHECK(contains(refusal(object("Net", items)), "the module: expected the attribute \"b\""));
  CHECK(contains(refusal(object("Uses", {{"a", object("Net")}, {"b", value()}})),
                 "\"a\": expected the attribute \"b\""));
}

TEST_CASE("None is left out; what isn't a tensor is refused in a buffer") {
  const auto with_b = [](const value& b) {
    const value whole = net();
    std::vector<value::pair> items(whole.items().begin(), whole.items().end());
    items[0].second = b;
    return object("Net", items);
  };
  CHECK(keys(state_of(with_b(value()))) == "[w][part.w]");
  CHECK(contains(refusal(with_b(3)), "\"b\": expected a tensor, found int 3"));
}

TEST_CASE("what stands in the place of a module must be one") {
  CHECK(contains(refusal(3), "the module: expected a module, found int 3"));
  CHECK(contains(refusal(object("Plain", {{"w", tensor()}})), "an instance of __torch__.Plain"));
  CHECK(contains(refusal(object("Nothing")), "the class __torch__.Nothing"));
  CHECK(contains(refusal(value::make_object("os.system", {})), "the class os.system"));
  CHECK(contains(refusal(object("Outer", {{"inner", value::make_cycle()}})), "\"inner\""));
  CHECK(contains(refusal(object("Outer", {{"inner", value()}})), "found none"));
}

TEST_CASE("an attribute of an interface is a module, one of another class isn't") {
  CHECK(keys(state_of(object("Uses", {{"a", part()}, {"b", value()}}))) == "[a.w]");
}

TEST_CASE("a module whose code makes its state is refused, unless there is none") {
  CHECK(contains(refusal(object("Codes", {{"__state__", tensor()}})), "__setstate__"));
  CHECK(keys(state_of(object("Packed", {{"__state__", value()}}))).empty());
}

TEST_CASE("constants are kept where the class lost what every module has: it is frozen") {
  CHECK(state_of(net(), {tensor()}).attributes().size() == 1);
  CHECK(state_of(object("End")).attributes().size() == 1);
  const value frozen = state_of(object("End"), {tensor(7)});
  REQUIRE(frozen.attributes().size() == 2);
  CHECK(frozen.attributes()[1].first.text() == "CONSTANTS");
  CHECK(frozen.attributes()[1].second[0].as<float>() == 7);
}

TEST_CASE("two tensors of one name are refused") {
  CHECK(contains(refusal(object("Dotted", {{"0.w", tensor()}, {"0", part()}})),
                 "\"0.w\": expected one tensor of that name, found two"));
}

TEST_CASE("a module under 2^40 names, or 100,000 deep, is refused") {
  value pair = object("Pair", {{"a", object("End")}, {"b", object("End")}});
  for (int i = 0; i < 40; ++i) pair = object("Pair", {{"a", pair}, {"b", pair}});
  CHECK(contains(refusal(pair), "many times its size"));
  value deep = object("End");
  for (int i = 0; i < 100'000; ++i) deep = object("Outer", {{"inner", deep}});
  CHECK(contains(refusal(deep), "many times its size"));
}

}  // namespace torchscript_state_test
