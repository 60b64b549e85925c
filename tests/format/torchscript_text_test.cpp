// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <ingot/format/torchscript/class_library.hpp>

namespace torchscript_text_test {

using ingot::detail::torchscript::class_library;
using ingot::detail::torchscript::class_parser;
using ingot::detail::torchscript::class_text;
using ingot::detail::torchscript::declared;
using ingot::detail::torchscript::unescape;

namespace {

class_text only(std::string_view text) {
  const auto classes = class_parser(text).run();
  REQUIRE(classes.size() == 1);
  return classes[0];
}

/// "w:parameter b:buffer x" of the attributes.
std::string listed(const class_text& of) {
  std::string all;
  for (const auto& each : of.attributes) {
    all += (all.empty() ? "" : " ") + each.name;
    if (each.is_parameter) all += ":parameter";
    if (each.is_buffer) all += ":buffer";
  }
  return all;
}

template <class Use>
std::string refusal_of(Use use) {
  try {
    use();
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

std::string refusal(const std::string& text) {
  return refusal_of([&] { class_parser(text).run(); });
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a class's attributes come in their order, whatever the lists' order is") {
  const class_text net = only(R"(class Net(Module):
  __parameters__ = ["v", "w", ]
  __buffers__ = ["b", ]
  w : Tensor  # ( "
  b : Tensor
  v : Optional[Tensor]
  training : bool
  size : Final[Tuple[int, int]] = (1, 2)
  part : __torch__.a.Part
  __annotations__["0"] = __torch__.Other
  def forward(self: __torch__.Net) -> Tensor:
    return self.w
)");
  CHECK(net.name == "Net");
  CHECK(net.base == "Module");
  CHECK(listed(net) == "w:parameter b:buffer v:parameter training part 0");
  CHECK(net.attributes[0].type == declared::tensor);
  CHECK(net.attributes[2].type == declared::other);
  CHECK(net.attributes[4].class_name == "__torch__.a.Part");
  CHECK(net.attributes[5].class_name == "__torch__.Other");
  CHECK(net.has("training"));
  CHECK_FALSE(net.has("size"));
}

TEST_CASE("nothing in a method or a function is an attribute") {
  const auto classes = class_parser(R"(op_version_set = 1
def free(x: Tensor) -> Tensor:
  w : Tensor = x
  return w
class A(Module):
  a : Tensor
  def f(self,
    x : Tensor) -> str:
    y : Tensor = (x +
b : Tensor
    )
    return "class B(Module):\n  c : Tensor" + 'it\'s' + """
class C(Module):
  d : Tensor
"""  # class D(Module):
# class E(Module):

    if True:
        e : Tensor = x \
  + x
  f : Tensor
class F(Module):
  pass
class G(NamedTuple):
  g : int
class H:
  def __setstate__(self, state: int) -> NoneType:
    self.h = state)")
                           .run();
  REQUIRE(classes.size() == 4);
  CHECK(listed(classes[0]) == "a f");
  CHECK(classes[1].attributes.empty());
  CHECK(classes[2].base == "NamedTuple");
  CHECK(classes[3].base.empty());
  CHECK(classes[3].has_setstate);
  CHECK_FALSE(classes[0].has_setstate);
}

TEST_CASE("lines may end as on Windows, and the last without an end") {
  CHECK(listed(only("class A(Module):\r\n\tw : Tensor\r\n\r\n\tv : Tensor")) == "w v");
  CHECK(class_parser("").run().empty());
  CHECK(class_parser("\n# nothing\n  \n").run().empty());
}

TEST_CASE("strings have the escapes of PyTorch's parser and no others") {
  CHECK(unescape(R"(a\\b\'\"\n\t\101\377)") == "a\\b'\"\n\tA\xff");
  for (const char* each : {"\\", "\\x41", "\\8", "\\1", "\\12", "\\400", "\\u0041"}) {
    CAPTURE(each);
    CHECK(contains(refusal_of([&] { unescape(each); }), "an escape"));
  }
}

TEST_CASE("malformed text is refused with its line") {
  const std::string start = "class A(Module):\n  w : Tensor\n";
  CHECK(contains(refusal(start + "  v : (\n"), "line 4: expected a closing bracket"));
  CHECK(contains(refusal(start + "  v : )\n"), "line 3: expected no closing bracket"));
  CHECK(contains(refusal(start + "  v : \"x\n"), "line 3: expected a string with an end"));
  CHECK(contains(refusal(start + "  v = '\\"), "line 3: expected a string with an end"));
  CHECK(contains(refusal(start + "  v = \"\"\"x\n\n"), "line 3: expected a string with an end"));
  CHECK(contains(refusal(start + "   v : Tensor\n"), "where the class's first does"));
  CHECK(contains(refusal(start + "  v Tensor\n"), "expected an attribute or a method"));
  CHECK(contains(refusal(start + "  v :\n"), "line 3: expected a type, found the end of the line"));
  CHECK(contains(refusal(start + "  \"v\"\n"), "expected a name, found v"));
  CHECK(contains(refusal(start + "  w : int\n"), "two called \"w\""));
  CHECK(contains(refusal(start + "  pass pass\n"), "expected the end of the line, found pass"));
  CHECK(contains(refusal(start + "  __parameters__ = [w]\n"), "expected a string, found w"));
  CHECK(contains(refusal(start + "  __parameters__ = [\"w\" \"v\"]\n"), "expected \",\""));
  CHECK(contains(refusal(start + "  __parameters__ = [\"\\q\"]\n"), "an escape"));
  CHECK(contains(refusal(start + "  __buffers__ : List[str]\n  __buffers__[0] = Tensor\n"),
                 "expected \"=\""));
  CHECK(contains(refusal(start + "  __annotations__[0] = Tensor\n"), "expected a string, found 0"));
  CHECK(contains(refusal(start + "  __parameters__ = [\"w\"]\n  __buffers__ = [\"w\"]\n"),
                 "which is both"));
  CHECK(contains(refusal("class :\n"), "expected a name"));
  CHECK(contains(refusal("class A(Module:\n"), "expected \")\""));
  CHECK(contains(refusal("class A(a.)\n"), "expected a name"));
  CHECK(contains(refusal("class A(Module)\n"), "expected \":\", found the end of the line"));
  CHECK(contains(refusal("class"), "expected a name, found the end"));
}

TEST_CASE("text of any depth and length is read in one pass") {
  constexpr std::size_t many = 1'000'000;
  CHECK(contains(refusal(std::string(many, '[')), "a closing bracket"));
  CHECK(refusal(std::string(many, '[') + std::string(many, ']')).empty());
  std::string stairs;
  for (std::size_t i = 0; i < 1000; ++i) stairs += std::string(i, ' ') + "if x:\n";
  CHECK(refusal(stairs).empty());
}

TEST_CASE("a class is looked for in the file of its path, which is read once") {
  std::vector<std::string> asked;
  class_library library([&](const std::string& record) -> std::optional<std::string> {
    asked.push_back(record);
    if (record != "code/__torch__/a/___torch_mangle_0.py") return std::nullopt;
    return "class X(Module):\n  x : Tensor\nclass Y:\n  y : int\n";
  });
  CHECK(listed(library.find("__torch__.a.___torch_mangle_0.X")) == "x");
  CHECK(listed(library.find("__torch__.a.___torch_mangle_0.Y")) == "y");
  CHECK(contains(refusal_of([&] { library.find("__torch__.a.___torch_mangle_0.Z"); }), ".Z"));
  CHECK(asked == std::vector<std::string>{"code/__torch__/a/___torch_mangle_0.py"});
  CHECK(contains(refusal_of([&] { library.find("__torch__.b.X"); }),
                 "the text of the class __torch__.b.X, found none"));
  CHECK(contains(refusal_of([&] { library.find("X"); }), "the class X"));
}

TEST_CASE("a malformed file of classes is named") {
  class_library library([](const std::string&) { return "class A(Module):\n  w Tensor"; });
  CHECK(contains(refusal_of([&] { library.find("__torch__.n.A"); }),
                 "code/__torch__/n.py, line 2: expected an attribute"));
  class_library twice([](const std::string&) { return "class A:\n  pass\nclass A:\n  pass\n"; });
  CHECK(contains(refusal_of([&] { twice.find("__torch__.A"); }), "two called A"));
}

}  // namespace torchscript_text_test
