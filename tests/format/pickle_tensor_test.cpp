// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "pickled.hpp"

namespace pickle_tensor_test {

using namespace pickled;
using ingot::kind;

namespace {
const std::string huge = integer(std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("a tensor is a view of its storage") {
  const ingot::value read = pickled::read(tensor("K\x02K\x02", "K\x01K\x02", 1) + ".");
  REQUIRE(read.is_tensor());
  CHECK(read.shape() == ingot::shape{2, 2});
  CHECK(read.tensor().strides == ingot::strides{1, 2});
  CHECK(read.tensor().offset == 1);
  CHECK(read.tensor().bytes->size() == 24);
}

TEST_CASE("tensors over one key are aliases") {
  const ingot::value both =
      pickled::read(tensor("K\x02", "K\x01") + tensor("K\x03", "K\x01") + "\x86.");
  CHECK(both.elements()[0].tensor().bytes == both.elements()[1].tensor().bytes);
}

TEST_CASE("a view that reaches outside of its storage is refused") {
  CHECK(refusal(tensor("K\x06", "K\x01") + ".").empty());
  CHECK(contains(refusal(tensor("K\x07", "K\x01") + "."), "past its end"));
  CHECK(contains(refusal(tensor("K\x06", "K\x01", 1) + "."), "past its end"));
  CHECK(contains(refusal(tensor("K\x06", "K\x01", -1) + "."), "offset -1"));
  CHECK(contains(refusal(tensor("K\x02K\x03", "K\x04K\x01") + "."), "past its end"));
  CHECK(contains(refusal(tensor("K\x02", "J\xff\xff\xff\xff") + "."), "stride -1"));
  CHECK(contains(refusal(tensor("J\xff\xff\xff\xff", "K\x01") + "."), "negative extents"));
  CHECK(contains(refusal(tensor(huge + huge, "K\x01K\x01") + "."), "63 bits"));
  CHECK(contains(refusal(tensor("K\x02", huge) + "."), "past its end"));
  CHECK(contains(refusal(tensor(huge, "K\x01", std::numeric_limits<std::int64_t>::max()) + "."),
                 "past its end"));
  CHECK(contains(refusal(tensor("K\x02", "K\x01K\x01") + "."), "strides"));
}

TEST_CASE("odd shapes that PyTorch takes are legal") {
  const ingot::value expanded = pickled::read(tensor(integer(std::int64_t{1} << 62), "K\0"s) + ".");
  CHECK(expanded.shape()[0] == std::int64_t{1} << 62);
  CHECK(refusal(tensor("K\0"s + huge, "K\x01K\x01", 1000) + ".").empty());  // no element at all
  std::string ones;
  for (int i = 0; i < 1000; ++i) ones += "K\x01";
  CHECK(pickled::read(tensor(ones, ones) + ".").shape().rank() == 1000);
  CHECK(pickled::read(tensor("", "") + ".").shape().rank() == 0);
}

TEST_CASE("a storage must be exactly as long as its record") {
  CHECK(contains(refusal(storage(7) + "."), "24 bytes"));
  CHECK(contains(refusal(storage(5) + "."), "24 bytes"));
  CHECK(contains(refusal(storage(-6) + "."), "number of elements"));
  CHECK(contains(refusal(storage((std::int64_t{1} << 62) + 6) + "."), "24 bytes"));
  CHECK(refusal(storage(3, "DoubleStorage") + ".").empty());
}

TEST_CASE("a key described in two ways is refused: torch silently takes the first") {
  CHECK(contains(refusal(storage(6) + storage(6, "IntStorage") + "\x86."), "as before"));
  CHECK(contains(refusal(storage(6) + storage(3) + "\x86."), "as before"));
}

TEST_CASE("a persistent id is checked part by part") {
  const std::string rest = text("0") + text("cpu") + "K\x06";
  CHECK(contains(refusal(tuple(text("storage") + global("torch", "FloatTensor") + rest) + "Q."),
                 "storage class"));
  CHECK(contains(refusal(tuple(text("module") + global("torch", "FloatStorage") + rest) + "Q."),
                 "'storage'"));
  CHECK(contains(refusal(tuple(text("storage") + text("torch.FloatStorage") + rest) + "Q."),
                 "storage class"));
  CHECK(contains(refusal(tuple(text("storage") + global("torch", "FloatStorage") + "K\x01" +
                               text("cpu") + "K\x06") +
                         "Q."),
                 "key"));
}

TEST_CASE("a refusal names the key that stands before the tensor") {
  CHECK(contains(refusal("}(" + text("linear1.weight") + tensor("K\x07", "K\x01") + "u."),
                 "after \"linear1.weight\""));
}

TEST_CASE("rebuild functions refuse what isn't what they take") {
  const std::string v2 = global("torch._utils", "_rebuild_tensor_v2");
  CHECK(contains(refusal(v2 + ")R."), "arguments"));
  CHECK(contains(refusal(v2 + tuple("NK\0))\x89N"s) + "R."), "a storage"));
  CHECK(contains(refusal(v2 + tuple(storage(6) + "NN)\x89N") + "R."), "offset"));
  CHECK(contains(refusal(global("torch._utils", "_rebuild_tensor_v3") +
                         tuple(storage(6) + "K\0))\x89NN"s) + "R."),
                 "dtype"));
  const std::string sparse = global("torch._utils", "_rebuild_sparse_tensor");
  CHECK(contains(refusal(sparse + tuple("N)") + "R."), "layout"));
  const std::string coo =
      global("torch.serialization", "_get_layout") + text("torch.sparse_coo") + "\x85R";
  CHECK(contains(refusal(sparse + tuple(coo + tuple("NN)\x88")) + "R."), "a tensor"));
  CHECK(contains(refusal(global("torch._utils", "_rebuild_qtensor") +
                         tuple(storage(6) + "K\0)))\x89N"s) + "R."),
                 "quantized"));
  const auto quantized = [&](std::string_view scale) {
    const std::string how = tuple(global("torch", "per_channel_affine") + std::string(scale) +
                                  std::string(scale) + "K\0"s);
    return global("torch._utils", "_rebuild_qtensor") +
           tuple(storage(24, "QInt8Storage", "1") + "K\0K\1\x85K\1\x85"s + how + "\x89N") + "R";
  };
  const std::string plain = v2 + tuple(storage(6) + "K\0K\1\x85K\1\x85\x89N"s) + "R";
  CHECK(pickled::read(quantized(plain) + ".").is_tensor());
  CHECK(contains(refusal(quantized(quantized(plain)) + "."), "as a part of a tensor"));
  std::string nested = tuple(storage(6) + "K\0))\x89N"s);
  std::string calls = v2;
  for (int i = 0; i < 1000; ++i) {
    nested = tuple(calls + global("torch", "Tensor") + nested + "}");
    calls = global("torch._tensor", "_rebuild_from_type_v2");
  }
  CHECK(pickled::read(calls + nested + "R.").is_tensor());
}

TEST_CASE("files of PyTorch before 0.4 give a tensor its storage by BUILD") {
  const ingot::value old = pickled::read(global("torch", "FloatTensor") + ")\x81" +
                                         tuple(storage(6) + "K\0K\x02\x85K\x01\x85"s) + "b.");
  REQUIRE(old.is_tensor());
  CHECK(old.shape() == ingot::shape{2});
}

TEST_CASE("LibTorch's names for storages that Python calls untyped are known") {
  const auto type_of = [](std::string_view kind, std::int64_t numel) {
    return pickled::read(storage(numel, kind) + ".").type();
  };
  CHECK(type_of("UInt16Storage", 12) == ingot::dtype::uint16);
  CHECK(type_of("ComplexHalfStorage", 6) == ingot::dtype::complex32);
  CHECK(type_of("Float8_e4m3fnStorage", 24) == ingot::dtype::float8_e4m3fn);
  CHECK(type_of("Bits2x4Storage", 24) == ingot::dtype::bits2x4);
  CHECK(contains(refusal(storage(24, "float8_e4m3fnStorage") + "."), "storage class"));
}

TEST_CASE("LibTorch writes the parts of sparse tensors in its own order") {
  const std::string sparse = global("torch._utils", "_rebuild_sparse_tensor");
  const std::string hooks = global("collections", "OrderedDict") + ")R";
  const std::string size = tuple("K\x02K\x03");
  const std::string part = tensor("K\x02", "K\x01");
  const ingot::value coo =
      pickled::read(sparse + tuple("K\x01" + size + "\x88" + part + part + hooks) + "R.");
  CHECK(coo.tensor().layout == ingot::layout::sparse_coo);
  CHECK(coo.shape() == ingot::shape{2, 3});
  CHECK(coo.tensor().requires_grad);
  CHECK(coo.tensor().parts->size() == 2);
  const ingot::value csr =
      pickled::read(sparse + tuple("K\x02" + size + "\x89" + part + part + part + hooks) + "R.");
  CHECK(csr.tensor().layout == ingot::layout::sparse_csr);
  CHECK(csr.tensor().parts->size() == 3);
  const auto refused = [&](const std::string& given) {
    return refusal(sparse + tuple(given) + "R.");
  };
  CHECK(contains(refused("K\x03" + size + "\x89" + part + part + hooks), "a layout: 1 or 2"));
  CHECK(contains(refused("K\x02" + size + "\x89" + part + part + hooks), "7 arguments"));
  CHECK(contains(refused("K\x01" + size + "\x89" + part + part), "6 arguments"));
  CHECK(contains(refused("K\x01" + size + "\x89" + part + "N" + hooks), "a tensor"));
}

TEST_CASE("what a TorchScript pickle says about a container's type leaves the container") {
  const ingot::value numbers =
      pickled::read(global("torch.jit._pickle", "build_intlist") + "](K\1K\2e\x85R.");
  REQUIRE(numbers.kind() == kind::list);
  CHECK(numbers.elements()[1].integer() == 2);
  const ingot::value tagged = pickled::read(global("torch.jit._pickle", "restore_type_tag") + "}" +
                                            text("Dict[str, Tensor]") + "\x86R.");
  CHECK(tagged.kind() == kind::dict);
  CHECK(pickled::read(global("torch.jit._pickle", "build_intlist") + ")R.").kind() == kind::object);
}

}  // namespace pickle_tensor_test
