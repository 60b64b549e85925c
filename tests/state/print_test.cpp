// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <charconv>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>

#include <ingot/state/print.hpp>
#include <ingot/storage/tensor.hpp>

#include "integer_table.hpp"

namespace print_test {

using ingot::dict;
using ingot::kind;
using ingot::value;

namespace {

template <class T>
std::string printed(const T& what) {
  std::ostringstream out;
  out << what;
  return out.str();
}

std::string from_hexadecimal(std::string_view digits) {
  std::string octets;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned octet = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, octet, 16);
    octets += static_cast<char>(octet);
  }
  return octets;
}

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("an int of any size prints the digits that Python prints") {
  for (const auto& [octets, text] : recorded_integers) {
    CHECK(printed(value::make_integer(from_hexadecimal(octets))) == text);
  }
  // 2**(8*255-1) - 1, the largest that a LONG1 opcode holds, and the smallest.
  const std::string_view digits =
      "631191524830293111342087435325584999227423880267880547502545809131340920681013494007757840"
      "068806903587670272674255820693244522639658025802638440476297818029699821823580097579916996"
      "049812297892710860500749688819692906098020363667112535900280048362704503547770547584082868"
      "897966631661441574366257795389265342224889324016959812904003413800089247946409688189967227"
      "696832141783809105326337115510747238141878459311053586010126208151515592795943391521570384"
      "719008462641234904798529508207221194474643104127411517159034778451131543867134147519504652"
      "646975906043697959835979207680265715728876535252971644405387765841007738";
  CHECK(printed(value::make_integer(std::string(254, '\xff') + '\x7f')) ==
        std::string(digits) + "87");
  CHECK(printed(value::make_integer(std::string(254, '\0') + '\x80')) ==
        '-' + std::string(digits) + "88");
}

TEST_CASE("a float prints as Python's repr") {
  CHECK(printed(value(0.1)) == "0.1");
  CHECK(printed(value(3.0)) == "3.0");
  CHECK(printed(value(-0.0)) == "-0.0");
  CHECK(printed(value(1e-4)) == "0.0001");
  CHECK(printed(value(0.00012345678901234567)) == "0.00012345678901234567");
  CHECK(printed(value(9.999e-5)) == "9.999e-05");
  CHECK(printed(value(1e15)) == "1000000000000000.0");
  CHECK(printed(value(9999999999999998.0)) == "9999999999999998.0");
  CHECK(printed(value(1e16)) == "1e+16");
  CHECK(printed(value(1.5e300)) == "1.5e+300");
  CHECK(printed(value(5e-324)) == "5e-324");
  CHECK(printed(value(-1.7976931348623157e308)) == "-1.7976931348623157e+308");
  CHECK(printed(value(infinite)) == "inf");
  CHECK(printed(value(-infinite)) == "-inf");
  CHECK(printed(value(-not_a_number)) == "nan");
}

TEST_CASE("a complex number prints as Python's str") {
  using number = std::complex<double>;
  CHECK(printed(value(number(1, 2))) == "(1+2j)");
  CHECK(printed(value(number(0, 2))) == "2j");
  CHECK(printed(value(number(-0.0, 2))) == "(-0+2j)");
  CHECK(printed(value(number(1, -0.0))) == "(1-0j)");
  CHECK(printed(value(number(0.5, -2.25))) == "(0.5-2.25j)");
  CHECK(printed(value(number(1e16, 1e-5))) == "(1e+16+1e-05j)");
  CHECK(printed(value(number(1, not_a_number))) == "(1+nanj)");
  CHECK(printed(value(number(1, -not_a_number))) == "(1+nanj)");
  CHECK(printed(value(number(infinite, -infinite))) == "(inf-infj)");
}

TEST_CASE("other values print as Python's str, or as one short line") {
  CHECK(printed(value()) == "None");
  CHECK(printed(value(true)) == "True");
  CHECK(printed(value(false)) == "False");
  CHECK(printed(value("text")) == "text");
  CHECK(printed(value(ingot::shape{2, 3})) == "torch.Size([2, 3])");
  CHECK(printed(value(ingot::dtype::bfloat16)) == "torch.bfloat16");
  CHECK(printed(value(ingot::device("cuda:1"))) == "cuda:1");
  CHECK(printed(value(ingot::tensor<float>(ingot::shape{8, 2}))) == "torch.Size([8, 2])");
  CHECK(printed(ingot::list{1, 2}) == "<list of 2 items>");
  CHECK(printed(value(ingot::dict{{"a", 1}})) == "<dict of 1 item>");
  CHECK(printed(value::make_bytes("abc")) == "<bytes>");
  CHECK(printed(value::make_object("a.B", {})) == "<an object of class a.B>");
  CHECK(printed(value::make_cycle()) == "<cycle>");
}

TEST_CASE("a dict prints a line an item, in columns") {
  const dict state{{"linear1.weight", ingot::tensor<float>(ingot::shape{8, 2})},
                   {"bias", ingot::tensor<float>(ingot::shape{8})},
                   {3, "three"}};
  CHECK(printed(state) ==
        "linear1.weight   torch.Size([8, 2])\n"
        "bias             torch.Size([8])\n"
        "int 3            three\n");
  CHECK(printed(dict{}).empty());
  const std::string very_long(10'000, 'k');
  CHECK(printed(dict{{very_long, 1}, {"a", 2}}) ==
        very_long + "   1\na" + std::string(79, ' ') + "   2\n");
}

}  // namespace print_test
