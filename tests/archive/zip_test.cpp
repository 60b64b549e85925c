// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <complex>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/archive/zip.hpp>
#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/container/zip_writer.hpp>
#include <ingot/format/torch/read.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/open.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

namespace zip_test {

using ingot::kind;
using ingot::value;

namespace {

using bytes = std::vector<std::byte>;

bytes file(const std::string& name) {
  const auto from = ingot::open_file(INGOT_SOURCE_DIR "/tests/data/" + name);
  bytes content(from->size());
  from->read(0, content);
  return content;
}

value read(bytes content) { return ingot::zip::read(ingot::from_memory(std::move(content))).root; }

bytes write(const value& state) {
  ingot::memory_sink out;
  ingot::zip::write(state, out);
  return std::move(out).take();
}

/// A zip file by PyTorch's writer with other records.
bytes zip_of(const std::map<std::string, std::string>& records) {
  ingot::memory_sink out;
  ingot::zip_writer zip(out);
  for (const auto& [name, content] : records) zip.add(name, content);
  zip.finish();
  return std::move(out).take();
}

std::string refusal(bytes content) {
  try {
    read(std::move(content));
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::map<std::string, std::string> records_of(const bytes& content) {
  const ingot::zip_reader zip(ingot::from_memory(bytes(content)));
  std::map<std::string, std::string> records;
  for (const ingot::zip_entry& entry : zip.entries()) {
    const auto member = ingot::open_member(zip.file(), entry);
    std::string text(member->size(), '\0');
    member->read(0, std::as_writable_bytes(std::span(text)));
    records[entry.name.substr(entry.name.find('/') + 1)] = text;
  }
  return records;
}

template <class T>
std::vector<T> numbers(const value& from) {
  const auto all = from.as<ingot::tensor<T>>();
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("what PyTorch saved is read: views, ties, parameters and every kind of value") {
  const value state = read(file("torch_values.pt"));
  REQUIRE(state.kind() == kind::dict);
  CHECK(state["w"].shape() == ingot::shape{4, 3});
  CHECK(numbers<float>(state["w"]) == std::vector<float>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  CHECK(numbers<float>(state["tied"]) == std::vector<float>{2, 3, 4});
  CHECK(state["w"].tensor().bytes == state["tied"].tensor().bytes);
  CHECK(state["half"].type() == ingot::dtype::float16);
  CHECK(state["p"].tensor().is_parameter);
  CHECK(state["p"].tensor().requires_grad);
  const value inner = state["n"];
  CHECK(inner["lr"].as<double>() == 0.5);
  CHECK(inner["b"].kind() == kind::bytes);
  CHECK(inner["b"].text() == "a\xff");
  CHECK(inner["z"].as<std::complex<double>>() == std::complex<double>(1, 2));
  CHECK(inner["big"].integer_octets() == std::string("\0\0\0\0\0\0\0\0\x40", 9));
  CHECK(inner["s"].shape() == ingot::shape{2, 3});
  CHECK(inner["d"].as<ingot::device>() == ingot::device("cuda:1"));
  CHECK(inner["t"].type() == ingot::dtype::bfloat16);
}

TEST_CASE("new dtypes, quantized, sparse, conjugate and meta tensors are read") {
  const value state = read(file("torch_layouts.pt"));
  CHECK(numbers<std::uint16_t>(state["u16"]) == std::vector<std::uint16_t>{1, 65535});
  CHECK(state["f8"].type() == ingot::dtype::float8_e4m3fn);
  const ingot::tensor_data& quantized = state["q"].tensor();
  REQUIRE(quantized.quantizer);
  CHECK(quantized.quantizer->scheme == "per_channel_affine");
  CHECK(numbers<double>(*quantized.quantizer->scales) == std::vector<double>{0.5, 0.25});
  const ingot::tensor_data& coo = state["coo"].tensor();
  CHECK(coo.layout == ingot::layout::sparse_coo);
  CHECK(coo.coalesced);
  CHECK(numbers<std::int64_t>((*coo.parts)["indices"]) == std::vector<std::int64_t>{0, 1});
  CHECK(state["csr"].tensor().parts->contains("crow"));
  CHECK(state["conj"].tensor().conjugate);
  CHECK(state["meta"].tensor().layout == ingot::layout::meta);
}

TEST_CASE("numpy arrays are data, in Fortran order and big-endian too; objects are inert") {
  const value state = read(file("torch_numpy.pt"));
  CHECK(state["f"].kind() == kind::ndarray);
  CHECK(state["f"].tensor().strides == ingot::strides{1, 2});
  CHECK(state["be"].type() == ingot::dtype::int32);
  CHECK(state["be"].tensor().bytes->big_endian());
  CHECK(state["s"].as<float>() == 2.5f);
  CHECK(state["o"].kind() == kind::object);
  CHECK(state["dd"].class_name() == "collections.defaultdict");
  const value protocol5 = read(file("torch_protocol5.pt"));
  CHECK(protocol5["f"].shape() == ingot::shape{2, 3});
  CHECK(protocol5["fs"].class_name() == "builtins.frozenset");
}

TEST_CASE("a state that PyTorch saved is written again record for record") {
  for (const char* name :
       {"torch_small.pt", "torch_values.pt", "torch_layouts.pt", "torch_batch_norm.pt"}) {
    CAPTURE(name);
    const bytes original = file(name);
    auto theirs = records_of(original);
    auto ours = records_of(write(read(original)));
    theirs.erase(".data/serialization_id");
    ours.erase(".data/serialization_id");
    if (name == std::string("torch_layouts.pt")) {
      // CPython repeats two texts that are equal but not one object; both forms are read alike.
      theirs.erase("data.pkl");
      ours.erase("data.pkl");
    }
    CHECK(ours == theirs);
  }
}

TEST_CASE("what is written depends on the state alone, and is read back") {
  const ingot::tensor<float> weight(ingot::shape{2, 3});
  const auto state = [&] {
    return value::make_mapping(kind::dict, {{"weight", weight},
                                            {"again", weight},
                                            {"text", "\xc3\xa9"},
                                            {3, nullptr},
                                            {"empty", value::make_bytes("")}});
  };
  const bytes once = write(state());
  CHECK(once == write(state()));
  const value again = read(once);
  CHECK(again["weight"].tensor().bytes == again["again"].tensor().bytes);
  CHECK(again["text"].text() == "\xc3\xa9");
  CHECK(again["empty"].kind() == kind::bytes);
  CHECK(again["empty"].text().empty());
  CHECK(write(again) == once);
}

TEST_CASE("containers that are shared stay shared, and deep ones don't overflow the stack") {
  const value list = value::make_sequence(kind::list, {1, 2});
  const value again = read(write(value::make_sequence(kind::tuple, {list, list})));
  CHECK(again.elements()[0].identity() == again.elements()[1].identity());
  value deep;
  for (int i = 0; i < 200'000; ++i) deep = value::make_sequence(kind::list, {deep});
  CHECK(read(write(deep)).size() == 1);
}

TEST_CASE("what torch.load(weights_only=True) can't read is refused with its path") {
  const auto refused = [](value what) {
    const value inner = value::make_mapping(kind::dict, {{"inner", std::move(what)}});
    try {
      write(value::make_mapping(kind::dict, {{"ok", 1}, {"outer", inner}}));
    } catch (const ingot::value_error& failure) {
      return std::string(failure.what());
    }
    return std::string();
  };
  const std::string path = "[\"outer\"][\"inner\"]";
  CHECK(contains(refused(value::make_object("a.B", {})), path));
  CHECK(contains(refused(value::make_object("a.B", {})), "a.B"));
  CHECK(contains(refused(value::make_cycle()), path));
  CHECK(contains(refused(value::make_ndarray({.shape = {2}, .strides = {1}})), "make it a tensor"));
  CHECK(contains(refused(value::make_integer(std::string(300, '\1'))), "255 bytes"));
  CHECK(contains(refused("\xff"), "UTF-8"));
  const std::array<std::byte, 8> memory{};
  const ingot::tensor_data whole{.bytes = std::make_shared<const ingot::storage>(memory.data(), 8),
                                 .shape = {2},
                                 .strides = {1}};
  ingot::tensor_data other = whole;
  other.type = ingot::dtype::int32;
  CHECK(refused(value(whole)).empty());
  CHECK(contains(refused(value::make_sequence(kind::list, {whole, other})), "one dtype"));
}

TEST_CASE("big-endian files are read, and written little-endian") {
  auto records = records_of(write(
      value::make_mapping(kind::dict, {{"n", ingot::tensor<std::int32_t>(ingot::shape{1})}})));
  records["byteorder"] = "big";
  records["data/0"] = std::string("\0\0\1\2", 4);
  std::map<std::string, std::string> in_folder;
  for (const auto& [name, content] : records) in_folder["f/" + name] = content;
  const value state = read(zip_of(in_folder));
  CHECK(state["n"].as<int>() == 258);
  CHECK(records_of(write(state))["data/0"] == std::string("\2\1\0\0", 4));
  in_folder["f/byteorder"] = "middle";
  CHECK(contains(refusal(zip_of(in_folder)), "little or big"));
}

TEST_CASE("a zip file that isn't a state is refused by what it is") {
  CHECK(contains(refusal(zip_of({})), "empty zip"));
  CHECK(contains(refusal(zip_of({{"a.npy", ""}})), "numpy"));
  CHECK(contains(refusal(zip_of({{"policy.pth", ""}, {"x", ""}})), "policy.pth"));
  CHECK(contains(refusal(zip_of({{"readme.txt", ""}})), "readme.txt"));
  CHECK(contains(refusal(zip_of({{"a/data.pkl", "N."}, {"a/version", "3"}, {"b/x", ""}})),
                 "outside of it"));
}

TEST_CASE("the version must be one that PyTorch reads") {
  CHECK(refusal(zip_of({{"a/data.pkl", "N."}, {"a/version", "3\n"}})).empty());
  CHECK(refusal(zip_of({{"a/data.pkl", "N."}, {"a/.data/version", "10 junk"}})).empty());
  CHECK(contains(refusal(zip_of({{"a/data.pkl", "N."}})), "version"));
  CHECK(contains(refusal(zip_of({{"a/data.pkl", "N."}, {"a/version", "11"}})), "from 1 to 10"));
  CHECK(contains(refusal(zip_of({{"a/data.pkl", "N."}, {"a/version", "x"}})), "from 1 to 10"));
}

TEST_CASE("a missing record is named with the key that needs it") {
  auto records = records_of(file("torch_small.pt"));
  std::map<std::string, std::string> without;
  for (const auto& [name, content] : records) {
    if (name != "data/0") without["a/" + name] = content;
  }
  const std::string message = refusal(zip_of(without));
  CHECK(contains(message, "a/data/0"));
  CHECK(contains(message, "after \"w\""));
}

namespace {

/// Every value that a state holds, as text: equal texts are equal states.
std::string contents(const value& of) {
  std::string text = ingot::detail::summary(of);
  if (of.is_mapping()) {
    for (const auto& [key, content] : of.items()) text += contents(key) + contents(content);
  } else if (of.is_sequence()) {
    for (const value& each : of.elements()) text += contents(each);
  } else if (of.kind() == kind::string) {
    text += of.text();
  } else if (of.is_tensor()) {
    std::string elements(of.tensor().bytes->size(), '\0');
    ingot::detail::read_storage(*of.tensor().bytes, std::as_writable_bytes(std::span(elements)));
    text += elements + std::to_string(of.tensor().offset);
  }
  return text;
}

/// Whether damaged bytes are refused or make no difference.
bool refused_or_equal(bytes damaged, const std::string& intact) {
  try {
    return contents(read(std::move(damaged))) == intact;
  } catch (const ingot::format_error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("no truncation and no flipped byte of a file goes unnoticed") {
  const bytes whole = file("torch_small.pt");
  const std::string intact = contents(read(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(refused_or_equal(bytes(whole.begin(), whole.begin() + std::ptrdiff_t(size)), intact));
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
      CAPTURE(i);
      bytes damaged = whole;
      damaged[i] ^= std::byte(flip);
      CHECK(refused_or_equal(std::move(damaged), intact));
    }
  }
}

TEST_CASE("a pickle damaged anywhere is refused or read, without any harm") {
  // Here the CRCs are right, so that the damage reaches the interpreter.
  const auto records = records_of(file("torch_values.pt"));
  const std::string pickle = records.at("data.pkl");
  const auto try_pickle = [&](std::string damaged) {
    const auto octets = std::as_bytes(std::span(damaged));
    try {
      ingot::detail::torch::read(octets, octets.size(), [&](std::string_view key) {
        const std::string& content = records.at("data/" + std::string(key));
        const auto data = std::as_bytes(std::span(content));
        return ingot::extent{.from = ingot::from_memory(bytes(data.begin(), data.end())),
                             .size = content.size()};
      });
    } catch (const ingot::format_error&) {
    } catch (const std::out_of_range&) {  // a key that has no record here
    }
  };
  for (std::size_t i = 0; i < pickle.size(); ++i) {
    try_pickle(pickle.substr(0, i));
    for (int flip = 1; flip < 256; flip *= 2) {  // the fuzz target tries what is left
      std::string damaged = pickle;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      try_pickle(damaged);
    }
  }
}

}  // namespace zip_test
