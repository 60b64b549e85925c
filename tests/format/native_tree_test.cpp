// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <complex>
#include <cstdint>
#include <string>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/dict.hpp>

#include "crafted_record.hpp"

namespace native_tree_test {

using namespace native_record;
using ingot::kind;
using ingot::value;

namespace {

value root(std::string_view nodes, std::initializer_list<std::string_view> known = {}) {
  return read(of_nodes(nodes, known)).root;
}

std::string wrong(std::string_view nodes, std::initializer_list<std::string_view> known = {}) {
  return refusal(of_nodes(nodes, known));
}

/// A tensor: flags, dtype 0, extents, other fields.
std::string tensor(std::uint64_t flags, std::initializer_list<std::uint64_t> extents,
                   std::string_view rest) {
  std::string node = "\x13" + number(flags) + "\0"s + number(extents.size());
  for (const std::uint64_t each : extents) node += number(each);
  return node + std::string(rest);
}

}  // namespace

TEST_CASE("every kind of scalar is read") {
  CHECK(root("\0"s).is_none());
  CHECK(root("\1").as<bool>() == false);
  CHECK(root("\2").as<bool>() == true);
  CHECK(root("\3\x85\1").as<int>() == -67);
  CHECK(root("\3" + number(UINT64_MAX)).as<std::int64_t>() == INT64_MIN);
  CHECK(root("\4\x9\0\0\0\0\0\0\0\0\1"s).integer_octets() == "\0\0\0\0\0\0\0\0\1"s);
  CHECK(root("\5\0\0\0\0\0\0\xf8\x3f"s).as<double>() == 1.5);
  CHECK(root("\6\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\0\0"s).as<std::complex<double>>() == 1.5);
  CHECK(root("\7\2\xc3\xa9").text() == "\xc3\xa9");
  CHECK(root("\7\3\xed\xa0\x80").text() == "\xed\xa0\x80");
  CHECK(root("\x8\1\xff").text() == "\xff");
  CHECK(root("\x9\1\xff").kind() == kind::bytearray);
  CHECK(root("\x10\2\4\1"s).shape() == ingot::shape{2, -1});
  CHECK(root("\x11\0"s, {"bfloat16"}).type() == ingot::dtype::bfloat16);
  CHECK(root("\x12\0"s, {"cuda:1"}).as<ingot::device>() == ingot::device("cuda:1"));
  CHECK(root("\x12\0"s, {"odd:name"}).as<ingot::device>() == ingot::device("odd:name", -1));
  CHECK(root("\x16").kind() == kind::cycle);
}

TEST_CASE("every kind of container takes its children off the stack") {
  CHECK(root("\1\2\x0a\2").elements()[1].as<bool>());
  CHECK(root("\1\2\x0b\2").kind() == kind::tuple);
  CHECK(root("\1\2\x0c\2").kind() == kind::set);
  const value nested = root("\7\1k\0\x0a\0\7\1v\x0d\2\0"s).items()[0].second;
  CHECK(nested.is_none());
  const value ordered = root("\7\1k\0\2\x0e\1\1\0"s, {"_metadata"});
  CHECK(ordered.kind() == kind::ordered_dict);
  CHECK(ordered.items()[0].first.text() == "k");
  CHECK(ordered.attributes()[0].first.text() == "_metadata");
  CHECK(ordered.attributes()[0].second.as<bool>());
  CHECK(root("\x0f\0\0"s).kind() == kind::counter);
  const value object = root("\7\1k\0\x15\1\0"s, {"a.B"});
  CHECK(object.class_name() == "a.B");
  CHECK(object.items()[0].first.text() == "k");
}

TEST_CASE("what is referred to is one node") {
  const value twice = root("\x4a\0\x17\0\x0a\2"s);
  CHECK(twice.elements()[0].identity() == twice.elements()[1].identity());
}

TEST_CASE("references lead backwards, to the tags of nodes that say so") {
  CHECK(contains(wrong("\x17\0"s), "an earlier node"));              // itself
  CHECK(contains(wrong("\x0a\0\x17\0\x0a\2"s), "an earlier node"));  // not marked
  CHECK(contains(wrong("\x4a\0\x17\1\x0a\2"s), "an earlier node"));  // inside of a node
  CHECK(contains(wrong("\x4a\0\x17\4\x4a\2"s), "an earlier node"));  // what encloses it
  CHECK(contains(wrong("\x17\2\x40\x0a\2"s), "an earlier node"));    // a later one
}

TEST_CASE("a tensor is a view of a storage, with what its flags say") {
  const value plain = root(tensor(0, {2, 3}, "\0"s), {"float32"});
  CHECK(plain.shape() == ingot::shape{2, 3});
  CHECK(plain.tensor().strides == ingot::strides{3, 1});
  const value full = root(tensor(0x7f, {2}, "\2\1\1\0"s), {"float32", "cuda:1"});
  CHECK(full.tensor().strides == ingot::strides{2});
  CHECK(full.tensor().offset == 1);
  CHECK(full.tensor().device == ingot::device("cuda:1"));
  CHECK(full.tensor().requires_grad);
  CHECK(full.tensor().is_parameter);
  CHECK(full.tensor().conjugate);
  CHECK(full.tensor().negative);
  const value meta = root(tensor(0x100, {2, 3}, "\1"), {"float32", "meta"});
  CHECK(meta.tensor().layout == ingot::layout::meta);
  CHECK(meta.tensor().strides == ingot::strides{3, 1});
  CHECK(meta.tensor().bytes == nullptr);
}

TEST_CASE("sparse and quantized tensors take the tensors that they are made of") {
  const std::string part = tensor(0, {2}, "\0"s);
  const value coo = root(part + part + tensor(0x180, {5, 5}, "\1"), {"float32", "sparse_coo"});
  CHECK(coo.tensor().coalesced);
  CHECK(coo.tensor().parts->contains("indices"));
  CHECK(coo.tensor().strides.empty());
  const value csr = root(part + part + part + tensor(0x100, {5, 5}, "\1"), {"int8", "sparse_bsc"});
  CHECK(csr.tensor().parts->items()[1].first.text() == "row");
  const std::string other = "\x13\0\1\1\2\0"s;  // of dtype 1
  const value channels = root(other + other + tensor(0x400, {3, 4}, "\2\2\0"s),
                              {"qint8", "float64", "per_channel_affine"});
  CHECK(channels.tensor().quantizer->axis == 1);
  CHECK(channels.tensor().quantizer->scales->type() == ingot::dtype::float64);
  const value scaled =
      root(tensor(0x200, {4}, "\1\0\0\0\0\0\0\xf8\x3f\5\0"s), {"quint8", "per_tensor_affine"});
  CHECK(scaled.tensor().quantizer->scale == 1.5);
  CHECK(scaled.tensor().quantizer->zero_point == -3);
}

TEST_CASE("tensors that can't be are refused") {
  CHECK(contains(wrong(tensor(0, {7}, "\0"s), {"float32"}), "storage of 24 bytes"));
  CHECK(contains(wrong(tensor(2, {6}, "\1\0"s), {"float32"}), "storage of 24 bytes"));
  CHECK(contains(wrong(tensor(1, {2, 2}, "\5\1\0"s), {"float32"}), "storage of 24 bytes"));
  CHECK(contains(wrong(tensor(1, {3}, number(INT64_MAX) + "\0"s), {"float32"}), "storage of 24"));
  CHECK(contains(wrong(tensor(0, {2}, "\1"), {"float32"}), "one of 1 storages"));
  CHECK(contains(wrong(tensor(0, {UINT64_MAX}, "\0"s), {"float32"}), "63 bits"));
  CHECK(contains(wrong(tensor(0x800, {2}, "\0"s), {"float32"}), "flags of this version"));
  CHECK(contains(wrong(tensor(0, {2}, "\0"s), {"float33"}), "float33"));
  CHECK(contains(wrong(tensor(0, {2}, "\0"s), {"qint8"}), "quantizer"));
  CHECK(contains(wrong(tensor(0x200, {2}, "\0\0\0\0\0\0\0\0\0\0\0"s), {"int8"}), "quantizer"));
  CHECK(contains(wrong(tensor(0x40, {2}, "\0"s), {"bool"}), "negated"));
  CHECK(contains(wrong(tensor(0x100, {2}, "\1"), {"int8", "strided"}), "a layout"));
  CHECK(contains(wrong("\x13\0\0\x20"s, {"float32"}), "extents"));
  CHECK(contains(wrong("\x14\x80\2\0\0\1"s, {"float32", "meta"}), "a plain array"));
}

TEST_CASE("parts must be plain tensors, and a quantizer's axis one of the tensor's") {
  const std::string part = tensor(0, {2}, "\0"s);
  const std::string coo = tensor(0x100, {5, 5}, "\1");
  CHECK(contains(wrong("\3\2" + part + coo, {"float32", "sparse_coo"}), "strided tensors"));
  CHECK(contains(wrong(part + coo, {"float32", "sparse_coo"}), "values that are there"));
  CHECK(contains(wrong(part + tensor(0x100, {2}, "\2") + coo, {"int8", "sparse_coo", "meta"}),
                 "strided tensors"));
  const std::string other = "\x13\0\1\1\2\0"s;
  CHECK(contains(wrong(other + other + tensor(0x400, {3, 4}, "\2\4\0"s),
                       {"qint8", "int8", "per_channel_affine"}),
                 "an axis"));
  // The text would go into a pickle, where a line break begins an opcode.
  for (const char* scheme : {"q", "per_channel_affine\n0", "torch.per_channel_affine"}) {
    CHECK(
        contains(wrong(other + other + tensor(0x400, {3, 4}, "\2\2\0"s), {"qint8", "int8", scheme}),
                 "a qscheme"));
  }
}

TEST_CASE("what ends too early, or isn't what it should be, is refused") {
  for (const std::string& nodes :
       {"\3"s, "\5\0\0"s, "\6\0\0\0\0\0\0\xf8\x3f"s, "\7\5abc"s, "\x0a"s, "\x0d\0"s, "\x83\2\5"s,
        "\x10\3\1"s, "\x13"s, "\x17"s, "\x18\0"s}) {
    CAPTURE(nodes);
    CHECK(contains(wrong(nodes), "r.ingot: tree, byte"));
  }
  CHECK(contains(wrong("\7\1\xff"), "UTF-8"));
  CHECK(contains(wrong("\7\3\xc3\x28x"), "UTF-8"));
  CHECK(contains(wrong("\1\2"), "one value"));
  CHECK(contains(wrong(""), "one value"));
  CHECK(contains(wrong("\x0a\1"), "values that are there"));
  CHECK(contains(wrong("\0\x0d\1\0"s), "values that are there"));
  CHECK(
      contains(wrong("\0\x0d"s + number(std::uint64_t{1} << 63) + "\0"s), "values that are there"));
  CHECK(contains(wrong("\x0e\0\1\0"s, {"a"}), "values that are there"));
  CHECK(contains(wrong("\x15\0\3"s, {"a"}), "one of 1 names"));
  CHECK(contains(wrong("\4" + text(std::string(1025, '\1'))), "1024 bytes"));
  CHECK(contains(wrong("\1", {std::string(257, 'n')}), "256 bytes"));
}

TEST_CASE("a tree of any depth is read and written without recursion") {
  std::string nodes = "\0"s;
  for (int i = 0; i < 300'000; ++i) nodes += "\x0a\1";
  const std::string deep = of_nodes(nodes);
  const value found = read(deep).root;
  CHECK(found.size() == 1);
  CHECK(read(written(found)).root.size() == 1);
}

}  // namespace native_tree_test
