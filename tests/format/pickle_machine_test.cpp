// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "pickled.hpp"

namespace pickle_machine_test {

using namespace pickled;
using ingot::kind;

TEST_CASE("every opcode of protocols 2 to 5 that data needs is read") {
  const std::string plain =
      "\x80\x05\x95\x01\0\0\0\0\0\0\0("s + "N\x88\x89" + "K\x07" + "M\x00\x01"s +
      "J\xff\xff\xff\xff" + "\x8a\x01\x80" + "\x8b\x01\0\0\0\x05"s + "G\x3f\xf0\0\0\0\0\0\0"s +
      text("x") + "\x8c\x01y" + "\x8d\x01\0\0\0\0\0\0\0z"s + "U\x01u" + "T\x01\0\0\0t"s +
      "B\x01\0\0\0\xff"s + "C\x01\xfe" + "\x8e\x01\0\0\0\0\0\0\0\xfd"s +
      "\x96\x01\0\0\0\0\0\0\0\xfc"s + ")" + "K\x01\x85" + "K\x01K\x02\x86" + "K\x01K\x02K\x03\x87" +
      "](K\x01K\x02" + "eK\x03" + "a" + "}K\x01K\x02s(K\x03K\x04u" + "(K\x01l" + "(K\x01K\x02" +
      "d" + "\x8f(K\x01K\x02\x90" + "(K\x09\x91" + "N0" + "(NN1" + "K\x05" + "2" + "t.";
  const ingot::value read = pickled::read(plain);
  REQUIRE(read.kind() == kind::tuple);
  const auto all = read.elements();
  REQUIRE(all.size() == 30);
  CHECK(all[0].is_none());
  CHECK(all[1].kind() == kind::boolean);
  CHECK(all[4].integer() == 256);
  CHECK(all[5].integer() == -1);
  CHECK(all[6].integer() == -128);
  CHECK(all[7].integer() == 5);
  CHECK(all[8].floating() == 1.0);
  for (int i = 9; i < 14; ++i) CHECK(all[std::size_t(i)].kind() == kind::string);
  for (int i = 14; i < 17; ++i) CHECK(all[std::size_t(i)].kind() == kind::bytes);
  CHECK(all[17].kind() == kind::bytearray);
  CHECK(all[21].size() == 3);
  CHECK(all[22].size() == 3);
  CHECK(all[23].size() == 2);
  CHECK(all[24].kind() == kind::list);
  CHECK(all[25].kind() == kind::dict);
  CHECK(all[26].kind() == kind::set);
  CHECK(all[27].class_name() == "builtins.frozenset");
  CHECK(all[29].integer() == 5);
}

TEST_CASE("an int of any size keeps its value") {
  CHECK(pickled::read("\x8a\x00."s).integer() == 0);
  CHECK(pickled::read("\x8a\x09\0\0\0\0\0\0\0\x80\0."s).integer_octets() ==
        "\0\0\0\0\0\0\0\x80\0"s);
}

TEST_CASE("of equal keys the first stays, with the last one's value, as in Python") {
  const ingot::value read =
      pickled::read("}(" + text("a") + "K\x01" + text("b") + "K\x02" + text("a") + "K\x03u.");
  REQUIRE(read.size() == 2);
  CHECK(read["a"].integer() == 3);
  CHECK(read.items()[0].first.text() == "a");
  CHECK(pickled::read("}(K\x01N\x88NK\x01Nu.").size() == 2);  // True and 1 are told apart
  CHECK(pickled::read("}(K\x01\x85NK\x01\x85Nu.").size() == 1);
  CHECK(pickled::read("}(K\x01N\x8a\x09\x01\0\0\0\0\0\0\0\0Nu."s).size() == 1);  // 1, longer
  CHECK(contains(refusal("}]Ns."), "hash"));
}

TEST_CASE("what the memo shares stays shared, and a cycle ends in a cycle leaf") {
  const ingot::value twice = pickled::read("(]q\0h\0t."s);
  CHECK(twice.elements()[0].identity() == twice.elements()[1].identity());
  const ingot::value self = pickled::read("]q\0h\0a."s);
  CHECK(self.elements()[0].kind() == kind::cycle);
  const ingot::value memoized = pickled::read("]\x94]\x94h\1\x86."s);
  CHECK(memoized.elements().size() == 2);
  CHECK(pickled::read("]r\xff\xff\xff\xffj\xff\xff\xff\xff\x86.").elements().size() == 2);
}

TEST_CASE("a million nested lists are read and destroyed without recursion") {
  const std::size_t depth = 1'000'000;
  const ingot::value nested =
      pickled::read(std::string(depth, ']') + std::string(depth - 1, 'a') + '.');
  CHECK(nested.size() == 1);
  CHECK(pickled::read(")" + std::string(depth, '\x85') + ".").size() == 1);
}

TEST_CASE("a graph of 2^40 paths costs what its 41 nodes do") {
  std::string pickle = ")";
  for (int i = 0; i < 40; ++i) pickle += "2\x86";
  const ingot::value bomb = pickled::read(pickle + ".");
  CHECK(bomb.elements()[0].identity() == bomb.elements()[1].identity());
}

TEST_CASE("a pickle that names one list over and over can't multiply it") {
  std::string pickle = "](";
  for (int i = 0; i < 1000; ++i) pickle += "K\x01";
  pickle += "eq\0("s;
  for (int i = 0; i < 100; ++i) pickle += "c__builtin__\nset\nh\0\x85R"s;
  CHECK(refusal(pickle + "t.").empty());  // in proportion still
  std::string tighter = "](";
  for (int i = 0; i < 20000; ++i) tighter += "K\x01";
  tighter += "eq\0c__builtin__\nset\nq\1("s;
  for (int i = 0; i < 20000; ++i) tighter += "h\1h\0\x85R"s;
  CHECK(contains(refusal(tighter + "t."), "many times its size"));
}

TEST_CASE("a class without a meaning becomes an inert object") {
  const ingot::value object =
      pickled::read(global("my.module", "Config") + "K\x07\x85\x81" + "}" + text("lr") + "K\x02sb" +
                    text("k") + "K\x03sK\x04" + "a.");
  REQUIRE(object.kind() == kind::object);
  CHECK(object.class_name() == "my.module.Config");
  REQUIRE(object.items().size() == 4);
  CHECK(object.items()[0].first.text() == "__args__");
  CHECK(object.items()[1].first.text() == "lr");
  CHECK(object.items()[2].first.text() == "k");
  CHECK(object.items()[3].first.text() == "__elements__");
  const ingot::value called =
      pickled::read(global("__builtin__", "getattr") + text("a") + text("b") + "\x86R)R.");
  CHECK(called.class_name() == "__call__");
}

TEST_CASE("what no data file needs is refused by name, even if it isn't used") {
  for (const auto& [module, name] : std::array<std::pair<const char*, const char*>, 12>{{
           {"os", "system"},
           {"posix", "system"},
           {"nt", "system"},
           {"sys", "exit"},
           {"subprocess", "Popen"},
           {"__builtin__", "eval"},
           {"builtins", "exec"},
           {"importlib", "import_module"},
           {"ctypes.util", "find_library"},
           {"commands", "getoutput"},
           {"runpy", "run_path"},
           {"builtins", "__import__"},
       }}) {
    CAPTURE(module);
    CHECK(contains(refusal(global(module, name) + "0N."), name));
  }
  // STACK_GLOBAL of protocol 4 walks attributes.
  CHECK(contains(refusal(text("torch.serialization") + text("os.system") + "\x93."), "os.system"));
  CHECK(refusal(text("collections") + text("deque") + "\x93.").empty());
}

TEST_CASE("an opcode on an operand of another type is refused") {
  CHECK(contains(refusal("]NNs."), "a dict"));
  CHECK(contains(refusal(")NNs."), "a dict"));
  CHECK(contains(refusal("NNa."), "a list"));
  CHECK(contains(refusal("}(Ne."), "a list"));
  CHECK(contains(refusal("](N\x90."), "a set"));
  CHECK(contains(refusal("](NNu."), "a dict"));
  CHECK(contains(refusal("}(Nu."), "odd"));
  CHECK(contains(refusal("K\x01)R."), "a class or function"));
  CHECK(contains(refusal(text("os.system") + ")R."), "a class or function"));
  CHECK(contains(refusal(global("a", "b") + "NR."), "tuple of arguments"));
  CHECK(contains(refusal("N}b."), "state"));
  CHECK(contains(refusal("K\x01K\x02\x93."), "name"));
  CHECK(contains(refusal(text("junk") + "Q."), "persistent id"));
  CHECK(contains(refusal(")Q."), "persistent id"));
}

TEST_CASE("a malformed pickle is refused with the byte and the opcode") {
  CHECK(contains(refusal(""), "byte 0"));
  CHECK(contains(refusal("."), "byte 0 (STOP)"));
  CHECK(contains(refusal("N"), "byte 1"));
  CHECK(contains(refusal("NN\x85\x86\x87."), "TUPLE3"));
  CHECK(contains(refusal("(t\x85t."), "a mark"));
  CHECK(contains(refusal("N(a."), "stack"));
  CHECK(contains(refusal("((Nt0e."), "APPENDS"));
  CHECK(contains(refusal("h\x05."), "memo"));
  CHECK(contains(refusal("q\0N."s), "stack"));
  CHECK(contains(refusal("X\xff\xff\xff\x7fshort."), "BINUNICODE"));
  CHECK(contains(refusal("\x8d\xff\xff\xff\xff\xff\xff\xff\xffshort."), "BINUNICODE8"));
  CHECK(contains(refusal("\x8b\xff\xff\xff\xff."), "a length"));
  CHECK(contains(refusal("cno end of line"), "GLOBAL"));
  CHECK(contains(refusal("\xff."), "opcode 0xff"));
  CHECK(contains(refusal("\x80\x06N."), "protocol 5"));
  CHECK(contains(refusal("I1\n."), "protocol 2"));
  CHECK(contains(refusal("\x82\x01."), "extension"));
  CHECK(contains(refusal(text("\xc0\x80") + "."), "UTF-8"));
}

TEST_CASE("a dangling mark and values left on the stack are ignored, as in PyTorch") {
  CHECK(pickled::read("N(K\x01.").integer() == 1);
  CHECK(pickled::read("K\x01.junk").integer() == 1);
}

}  // namespace pickle_machine_test
