// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/archive.hpp>
#include <ingot/archive/npy.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/storage/tensor.hpp>

namespace npy_test {

using ingot::dtype;
using ingot::kind;
using ingot::shape;
using ingot::value;

static_assert(ingot::selective_archive<ingot::npy>);

namespace {

using bytes = std::vector<std::byte>;

bytes octets(std::string_view text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

bytes write(const value& state) {
  ingot::memory_sink out;
  ingot::npy::write(state, out);
  return std::move(out).take();
}

value read(bytes content) { return ingot::npy::read(ingot::from_memory(std::move(content))); }

/// A file with this header, padded as little as can be, and these elements.
bytes file(std::string header, std::string_view elements, char version = 1) {
  header += '\n';
  std::string text = std::string("\x93NUMPY") + version + '\0';
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  if (version > 1) text += std::string(2, '\0');
  return octets(text + header + std::string(elements));
}

std::string refusal(bytes content) {
  try {
    read(std::move(content));
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

std::string refused(const value& state) {
  ingot::memory_sink out;
  try {
    ingot::npy::write(state, out);
  } catch (const ingot::value_error& failure) {
    CHECK(out.position() == 0);
    return failure.what();
  }
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

ingot::tensor<float> matrix() {
  ingot::tensor<float> result(shape{2, 3});
  for (std::size_t i = 0; i < 6; ++i) result[i] = static_cast<float>(i) + 0.5f;
  return result;
}

/// The same elements as an ndarray.
value as_array(const value& tensor) { return value::make_ndarray(tensor.tensor()); }

value expanded(const ingot::tensor<float>& from, const shape& extents) {
  ingot::tensor_data data = value(from).tensor();
  data.shape = extents;
  data.strides = ingot::strides(extents.rank());
  return data;
}

}  // namespace

TEST_CASE("an array is read where it lies, by shape, dtype and order") {
  const bytes little = write(matrix());
  const value array = read(bytes(little));
  CHECK(array.kind() == kind::ndarray);
  CHECK(array.type() == dtype::float32);
  CHECK(array.shape() == shape{2, 3});
  CHECK(array.as<ingot::tensor<float>>()[5] == 5.5f);
  REQUIRE(array.tensor().bytes->file() != nullptr);
  CHECK(array.tensor().bytes->file()->offset == 128);
  CHECK(array.tensor().bytes->size() == 24);

  const value big = read(
      file("{'descr':'>i2','fortran_order':False,'shape':(2,)}", std::string_view("\1\2\3\4", 4)));
  CHECK(big.as<std::vector<std::int16_t>>() == std::vector<std::int16_t>{0x102, 0x304});
}

TEST_CASE("Fortran order is a layout: the shape stays, the strides tell") {
  const value array = read(file("{'descr':'|u1','fortran_order':True,'shape':(2,3)}", "abcdef"));
  CHECK(array.shape() == shape{2, 3});
  CHECK(array.tensor().strides == ingot::strides{1, 2});
  CHECK(array.as<ingot::tensor<std::uint8_t>>()[1] == 'c');
  const bytes again = write(array);
  CHECK(contains({reinterpret_cast<const char*>(again.data()), again.size()},
                 "'fortran_order': True, 'shape': (2, 3)"));
  CHECK(read(bytes(again)).as<ingot::tensor<std::uint8_t>>()[1] == 'c');
  const value empty = read(file("{'descr':'|u1','fortran_order':True,'shape':(3,0)}", ""));
  CHECK(empty.tensor().strides == ingot::strides{1, 1});
}

TEST_CASE("numbers are written as arrays without dimensions, as numpy makes them") {
  const auto written = [](const value& number) { return read(write(number)); };
  CHECK(written(3).type() == dtype::int64);
  CHECK(written(-3).as<int>() == -3);
  CHECK(written(3).shape() == shape{});
  CHECK(written(0.25).type() == dtype::float64);
  CHECK(written(0.25).as<double>() == 0.25);
  CHECK(written(true).type() == dtype::boolean);
  CHECK(written(true).as<bool>());
  CHECK(written(std::complex<double>(1, 2)).as<std::complex<double>>() ==
        std::complex<double>(1, 2));
  const value large = ~std::uint64_t{0};
  CHECK(written(large).type() == dtype::uint64);
  CHECK(written(large).as<std::uint64_t>() == ~std::uint64_t{0});
}

TEST_CASE("views are written as the elements that they show") {
  const ingot::tensor<float> tensor = matrix();
  ingot::tensor_data column = value(tensor).tensor();
  column.shape = {2};
  column.strides = {3};
  column.offset = 1;
  CHECK(read(write(column)).as<std::vector<float>>() == std::vector<float>{1.5f, 4.5f});
  CHECK(read(write(as_array(column))).as<std::vector<float>>() == std::vector<float>{1.5f, 4.5f});
  CHECK(read(write(expanded(tensor, {2, 2}))).as<ingot::tensor<float>>()[3] == 0.5f);
  CHECK(read(write(ingot::tensor<float>(shape{0, 3}))).shape() == shape{0, 3});
}

TEST_CASE("what numpy can't hold is refused before a byte is written, and holds() says so") {
  const auto check = [](const value& state, std::string_view found) {
    CHECK(contains(refused(state), found));
    CHECK_FALSE(ingot::npy::holds(state));
  };
  check("text", "str \"text\"");
  check(value(), "none");
  check(ingot::dict{{"a", 1}}, "an .npz file holds one dict");
  check(value(std::vector<int>{1}), "make it a tensor");
  check(ingot::tensor<ingot::bfloat16>(shape{1}), "bfloat16");
  check(value::make_integer(std::string(9, '\1')), "int");
  ingot::tensor_data sparse;
  sparse.layout = ingot::layout::sparse_coo;
  check(sparse, "tensor float32");
  std::vector<std::int64_t> extents(65, 1);
  check(expanded(matrix(), shape(extents)), "tensor float32");
  check(expanded(matrix(), {0, std::int64_t{1} << 62, 4}), "tensor float32");
  CHECK(ingot::npy::holds(matrix()));
  CHECK(ingot::npy::holds(as_array(matrix())));
  CHECK(ingot::npy::holds(1));
  CHECK(contains(refused(expanded(matrix(), {std::int64_t{1} << 40})), "expanded"));
}

TEST_CASE("a file that is cut off anywhere is refused") {
  const bytes whole = write(matrix());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(contains(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}),
                   "memory: "));
  }
  CHECK(contains(refusal({whole.begin(), whole.end() - 1}),
                 "expected 24 bytes of elements, [2, 3], found 23; the file is cut off"));
}

TEST_CASE("what follows the elements isn't looked at, as in numpy") {
  bytes two = write(matrix());
  const bytes second = write(1);
  two.insert(two.end(), second.begin(), second.end());
  CHECK(read(std::move(two)).as<ingot::tensor<float>>()[5] == 5.5f);
}

TEST_CASE("versions 1.0 to 3.0 are read, and headers of at most 10,000 bytes") {
  const std::string header = "{'descr':'|u1','fortran_order':False,'shape':(1,)}";
  const std::string python2 = "{'descr':'|u1','fortran_order':False,'shape':(1L,)}";
  for (const char version : {'\1', '\2', '\3'}) {
    CHECK(read(file(header, "A", version)).as<int>() == 65);
    CHECK(refusal(file(python2, "A", version)).empty() == (version < 3));
  }
  CHECK(contains(refusal(file(header, "A", '\4')), "found 4.0"));
  CHECK(contains(refusal(file(header, "A", '\0')), "found 0.0"));
  const auto padded = [&](std::size_t size) {
    return file(header + std::string(size - 1 - header.size(), ' '), "A", 2);
  };
  CHECK(read(padded(10'000)).as<int>() == 65);
  CHECK(contains(refusal(padded(10'001)), "at most 10000 bytes"));
  bytes lying = file(header, "A", 2);
  lying[11] = std::byte{0x7f};  // a header of 2 GB
  CHECK(contains(refusal(std::move(lying)), "at most 10000 bytes"));
}

TEST_CASE("files are recognized by their magic alone") {
  CHECK(ingot::npy::recognizes(write(1)));
  CHECK(ingot::npy::recognizes(octets("\x93NUMPY")));
  CHECK_FALSE(ingot::npy::recognizes(octets("\x93NUMP")));
  CHECK_FALSE(ingot::npy::recognizes(octets("PK\3\4 \x93NUMPY")));
}

}  // namespace npy_test
