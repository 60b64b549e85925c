// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <ingot/format/npy/parse_header.hpp>
#include <ingot/format/npy/print_header.hpp>

namespace npy_header_test {

using ingot::dtype;
using ingot::shape;
using ingot::detail::npy::header;

namespace {

header parse(std::string_view text, bool python2 = true) {
  return ingot::detail::npy::header_parser(text, python2).parse();
}

header with_descr(std::string_view descr) {
  return parse("{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (2,)}");
}

shape with_shape(std::string_view extents, bool python2 = true) {
  const std::string text(extents);
  return parse("{'descr': '<f8', 'fortran_order': False, 'shape': " + text + ", }", python2).shape;
}

std::string refusal(std::string_view text) {
  try {
    parse(text);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

std::string refusal_of_descr(std::string_view descr) {
  return refusal("{'descr': " + std::string(descr) + ", 'fortran_order': False, 'shape': (2,)}");
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("what numpy and other writers print is read, in any order and with any quotes") {
  const header usual = parse("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }     \n");
  CHECK(usual.type == dtype::float32);
  CHECK_FALSE(usual.big_endian);
  CHECK_FALSE(usual.fortran_order);
  CHECK(usual.shape == shape{3, 4});
  const header other = parse(" \t{\"shape\":(3L,),\n\"fortran_order\":True\f,\"descr\":\">c16\"}");
  CHECK(other.type == dtype::complex128);
  CHECK(other.big_endian);
  CHECK(other.fortran_order);
  CHECK(other.shape == shape{3});
}

TEST_CASE("every dtype that numpy shares with PyTorch is read in every byte order") {
  int known = 0;
  for (const ingot::dtype_info& row : ingot::dtype_table) {
    if (row.numpy.empty()) continue;
    ++known;
    for (const char* order : {"<", ">", "|", "=", ""}) {
      const header what = with_descr(order + std::string(row.numpy));
      CHECK(what.type == row.type);
      CHECK(what.big_endian == (*order == '>' && row.size > 1));
    }
  }
  CHECK(known == 14);
}

TEST_CASE("arrays that aren't numbers are refused by what they are, with what to do") {
  CHECK(contains(refusal_of_descr("'|V2'"), "'|V2' (raw bytes: numpy saves bfloat16 so"));
  CHECK(contains(refusal_of_descr("'|V2'"), "array.astype(numpy.float32)"));
  CHECK(contains(refusal_of_descr("'|V8'"), "array.view(numpy.uint8)"));
  CHECK(contains(refusal_of_descr("'|O'"), "pickled Python objects"));
  CHECK(contains(refusal_of_descr("'<U5'"), "texts"));
  CHECK(contains(refusal_of_descr("'|S1'"), "texts"));
  CHECK(contains(refusal_of_descr("'<M8[ns]'"), "dates"));
  CHECK(contains(refusal_of_descr("'<m8'"), "dates"));
  CHECK(contains(refusal_of_descr("'<f16'"), "long doubles"));
  CHECK(contains(refusal_of_descr("'<c32'"), "long complexes"));
  CHECK(contains(refusal_of_descr("'<x4'"), "an unknown dtype"));
  CHECK(contains(refusal_of_descr("''"), "an unknown dtype"));
  CHECK(contains(refusal_of_descr("[('a', '<f4'), ('b', '<i8')]"), "a structure"));
  CHECK(contains(refusal_of_descr("('<f4', (2,))"), "a structure"));
  CHECK(contains(refusal_of_descr("None"), "expected a str"));
}

TEST_CASE("a shape is a tuple of sizes") {
  CHECK(with_shape("()") == shape{});
  CHECK(with_shape("(0,)") == shape{0});
  CHECK(with_shape("( 2 ,\n3 )") == shape{2, 3});
  CHECK(with_shape("(2, 3,)") == shape{2, 3});
  CHECK(with_shape("(2L, 3L)") == shape{2, 3});
  CHECK(with_shape("(1152921504606846975,)") == shape{(std::int64_t{1} << 60) - 1});
  for (const char* wrong :
       {"(2)", "2", "[2]", "(,)", "(2,,3)", "(2 3)", "(2", "(-1,)", "(+1,)", "(1.0,)", "(1e3,)",
        "(02,)", "(0x2,)", "(1_0,)", "(True,)", "('2',)", "((2,),)", "(2LL,)", "None"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(with_shape(wrong), ingot::format_error);
  }
  CHECK_THROWS_AS(with_shape("(2L,)", false), ingot::format_error);
}

TEST_CASE("shapes that numpy calls too big are refused, with sizes of 0 in them too") {
  for (const char* big :
       {"(9223372036854775808,)", "(1152921504606846976,)", "(4294967296, 4294967296)",
        "(0, 9223372036854775807, 4)", "(0, 1152921504606846976)"}) {
    CAPTURE(big);
    CHECK_THROWS_AS(with_shape(big), ingot::format_error);
  }
  std::string many = "(";
  for (int i = 0; i < 64; ++i) many += "1,";
  CHECK(with_shape(many + ')').rank() == 64);
  CHECK_THROWS_AS(with_shape(many + "1)"), ingot::format_error);
}

TEST_CASE("a header that isn't such a dict is refused, with the place") {
  const std::string whole = "{'descr':'<f4','fortran_order':True,'shape':(2,)}";
  CHECK(refusal(whole).empty());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(refusal(whole.substr(0, size)).empty());
  }
  CHECK(contains(refusal("{'descr':'<f4','fortran_order':0,'shape':(2,)}"),
                 "character 31: expected "
                 "True or False"));
  CHECK(contains(refusal("{'descr':'<f4','fortran_order':Truey,'shape':(2,)}"), "expected '}'"));
  CHECK(contains(refusal("{'descr':'<f4','shape':(2,)}"), "not all of them"));
  CHECK(contains(refusal("{'descr':'<f4','fortran_order':True}"), "not all of them"));
  CHECK(contains(refusal("{'fortran_order':True,'shape':(2,)}"), "not all of them"));
  CHECK(contains(refusal(whole + ';'), "nothing but space"));
  CHECK(contains(refusal("{'a\\x20':1}"), "escapes"));
  CHECK(contains(refusal("{'descr':'<f4','descr':'<f4'}"), "'descr' twice"));
  CHECK(contains(refusal("{'fortran_order':True,'fortran_order':True}"), "twice"));
  CHECK(contains(refusal("{'shape':(),'shape':()}"), "twice"));
  CHECK(contains(refusal("{'order':True}"), "found 'order'"));
  CHECK(contains(refusal("{,}"), "expected a str"));
  CHECK(contains(refusal("{'descr' '<f4'}"), "expected ':'"));
  CHECK_FALSE(refusal('\n' + whole).empty());
  CHECK_FALSE(refusal(std::string_view("{\0}", 3)).empty());
}

TEST_CASE("headers are printed as numpy prints them") {
  using ingot::detail::npy::print_header;
  const std::string usual = print_header({.type = dtype::float32, .shape = {3, 4}});
  CHECK(usual == std::string("\x93NUMPY\1\0v\0", 10) +
                     "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }" +
                     std::string(58, ' ') + '\n');
  CHECK(contains(print_header({.type = dtype::boolean}),
                 "{'descr': '|b1', 'fortran_order': False, "
                 "'shape': (), }"));
  CHECK(contains(print_header({.type = dtype::int64, .fortran_order = true, .shape = {7}}),
                 "'<i8', 'fortran_order': True, 'shape': (7,), }"));
  for (std::size_t rank = 0; rank <= 64; ++rank) {
    std::string extents = "(";
    for (std::size_t i = 0; i < rank; ++i) extents += "1,";
    const header what{.type = dtype::uint8, .shape = with_shape(extents + ')')};
    const std::string octets = print_header(what);
    CHECK(octets.size() % 64 == 0);
    CHECK(octets.ends_with(" \n"));  // 64 spaces where none would do
    CHECK(parse(std::string_view(octets).substr(10)).shape == what.shape);
  }
}

}  // namespace npy_header_test
