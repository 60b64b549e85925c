// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/pickled.hpp"
#include "pickle_operations.hpp"
#include "random.hpp"

namespace fuzz {

/// Changes a pickle by its opcodes, so that what comes out is mostly a pickle again: bytes changed
/// at random end at the first length.
class pickle_mutator {
 public:
  pickle_mutator(random& dice, std::size_t most) : dice_(dice), most_(most) {}

  void operator()(std::string& pickle) {
    operations all = split_pickle(pickle);
    if (all.empty() || dice_.one_in(16)) return mutate_bytes(pickle, most_);
    for (std::size_t times = 1 + dice_.below(3); times != 0; --times) change(all);
    pickle = join_pickle(all);
    if (pickle.size() > most_) pickle.resize(most_);
  }

  /// A pickle with a part of another one in it.
  std::string cross(std::string_view a, std::string_view b) {
    operations into = split_pickle(a);
    insert(into, part_of(split_pickle(b)));
    return join_pickle(into);
  }

 private:
  using operations = std::vector<std::string_view>;

  std::string_view keep(std::string made) { return made_.emplace_back(std::move(made)); }

  void change(operations& all) {
    if (all.empty()) return insert(all, {keep(snippet())});
    switch (dice_.below(8)) {
      case 0: {
        const auto [first, last] = range(all.size());
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(first),
                  all.begin() + static_cast<std::ptrdiff_t>(last));
        return;
      }
      case 1:
        return insert(all, part_of(all));
      case 2:
        return std::swap(all[dice_.below(all.size())], all[dice_.below(all.size())]);
      case 3:
        all[dice_.below(all.size())] = keep(snippet());
        return;
      case 4:
        return insert(all, split_pickle(keep(snippet())));
      default: {
        std::string_view& chosen = all[dice_.below(all.size())];
        chosen = keep(changed(std::string(chosen), all.size()));
        return;
      }
    }
  }

  std::pair<std::size_t, std::size_t> range(std::size_t size) {
    const std::size_t first = dice_.below(size);
    const std::size_t most =
        dice_.one_in(4) ? size - first : std::min<std::size_t>(4, size - first);
    return {first, first + 1 + dice_.below(most)};
  }

  operations part_of(const operations& all) {
    if (all.empty()) return {};
    const auto [first, last] = range(all.size());
    return {all.begin() + static_cast<std::ptrdiff_t>(first),
            all.begin() + static_cast<std::ptrdiff_t>(last)};
  }

  void insert(operations& into, const operations& part) {
    const auto place = into.begin() + static_cast<std::ptrdiff_t>(dice_.below(into.size() + 1));
    into.insert(place, part.begin(), part.end());
  }

  // Another argument for an opcode; for one without, another opcode.
  std::string changed(std::string of, std::size_t count) {
    using enum ingot::detail::pickle::opcode;
    const auto code = opcode_of(of);
    const auto form = operand_of(of);
    if (code == global) return any_global();
    if (form.length != 0) return changed_content(std::move(of), form.length);
    if (form.fixed != 0) {
      const bool in_memo = code == binget || code == long_binget;
      const std::uint64_t number = in_memo ? dice_.below(count / 2 + 1) : dice_.number();
      of.resize(1u + form.fixed);
      std::memcpy(of.data() + 1, &number, form.fixed);
    } else {
      of[0] = any_plain();
    }
    return of;
  }

  // Mostly with the right length.
  std::string changed_content(std::string of, std::size_t width) {
    std::string content = of.substr(std::min(of.size(), 1 + width));
    if (dice_.one_in(4)) {
      content = any_text();
    } else {
      mutate_bytes(content, content.size() + 16);
    }
    if (width == 1 && content.size() > 255) content.resize(255);
    const std::uint64_t length = dice_.one_in(16) ? dice_.number() : content.size();
    of.resize(1 + width);
    std::memcpy(of.data() + 1, &length, width);
    return of + content;
  }

  char any_plain() {
    using namespace std::string_view_literals;
    constexpr std::string_view plain =
        "(.012N]})ltdaesubRQ\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98"sv;
    return plain[dice_.below(plain.size())];
  }

  std::string any_text() {
    constexpr std::array<std::string_view, 24> texts{"storage",
                                                     "cpu",
                                                     "cuda:0",
                                                     "0",
                                                     "1",
                                                     "a",
                                                     "latin1",
                                                     "conj",
                                                     "neg",
                                                     "torch.",
                                                     "f4",
                                                     "i8",
                                                     "b1",
                                                     "O",
                                                     ">",
                                                     "<",
                                                     "|",
                                                     "F",
                                                     "C",
                                                     "weight",
                                                     "torch.sparse_coo",
                                                     "torch.sparse_csr",
                                                     "torch.sparse_bsc",
                                                     "_metadata"};
    return std::string(texts[dice_.below(texts.size())]);
  }

  std::string_view any_storage_class() {
    constexpr std::array<std::string_view, 10> classes{
        "FloatStorage", "DoubleStorage", "HalfStorage", "BFloat16Storage",     "LongStorage",
        "BoolStorage",  "QInt8Storage",  "ByteStorage", "ComplexFloatStorage", "IntStorage"};
    return classes[dice_.below(classes.size())];
  }

  std::string any_global() {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 42> names{{
        {"collections", "OrderedDict"},
        {"collections", "Counter"},
        {"__builtin__", "set"},
        {"builtins", "dict"},
        {"builtins", "list"},
        {"builtins", "tuple"},
        {"builtins", "bytes"},
        {"builtins", "bytearray"},
        {"builtins", "complex"},
        {"builtins", "frozenset"},
        {"_codecs", "encode"},
        {"torch", "Size"},
        {"torch", "device"},
        {"torch", "float32"},
        {"torch", "uint16"},
        {"torch", "float8_e4m3fn"},
        {"torch.serialization", "_get_layout"},
        {"torch", "Tensor"},
        {"torch.nn.parameter", "Parameter"},
        {"torch._utils", "_rebuild_tensor"},
        {"torch._utils", "_rebuild_tensor_v2"},
        {"torch._utils", "_rebuild_tensor_v3"},
        {"torch._utils", "_rebuild_parameter"},
        {"torch._utils", "_rebuild_parameter_with_state"},
        {"torch._tensor", "_rebuild_from_type_v2"},
        {"torch._utils", "_rebuild_qtensor"},
        {"torch._utils", "_rebuild_sparse_tensor"},
        {"torch._utils", "_rebuild_meta_tensor_no_storage"},
        {"torch", "FloatTensor"},
        {"torch", "per_tensor_affine"},
        {"torch", "per_channel_affine"},
        {"torch.storage", "UntypedStorage"},
        {"torch", "FloatStorage"},
        {"torch", "QInt8Storage"},
        {"numpy", "ndarray"},
        {"numpy", "dtype"},
        {"numpy._core.multiarray", "_reconstruct"},
        {"numpy._core.multiarray", "scalar"},
        {"numpy._core.numeric", "_frombuffer"},
        {"copy_reg", "_reconstructor"},
        {"mod", "Class"},
        {"os", "system"},
    }};
    const auto& [module, name] = names[dice_.below(names.size())];
    return pickled::global(module, name);
  }

  std::string any_integer() {
    const std::uint64_t number = dice_.one_in(4) ? dice_.number() : dice_.below(7);
    return pickled::integer(static_cast<std::int64_t>(number));
  }

  std::string any_extents() {
    std::string elements;
    for (std::size_t rank = dice_.below(4); rank != 0; --rank) elements += any_integer();
    return pickled::tuple(elements);
  }

  std::string any_storage() {
    const auto numel = dice_.one_in(8) ? dice_.number() : dice_.below(65);
    return pickled::storage(static_cast<std::int64_t>(numel), any_storage_class(),
                            std::to_string(dice_.below(4)));
  }

  std::string any_tensor() {
    const std::string view = any_storage() + any_integer() + any_extents() + any_extents();
    const std::string hooks = pickled::global("collections", "OrderedDict") + ")R";
    switch (dice_.below(4)) {
      case 0:
        return pickled::global("torch._utils", "_rebuild_qtensor") +
               pickled::tuple(view +
                              pickled::tuple(pickled::global("torch", "per_tensor_affine") +
                                             std::string("G?\xe0\0\0\0\0\0\0", 9) + any_integer()) +
                              "\x89" + hooks) +
               "R";
      case 1:
        return pickled::global("torch._utils", "_rebuild_meta_tensor_no_storage") +
               pickled::tuple(pickled::global("torch", "float32") + any_extents() + any_extents() +
                              "\x88") +
               "R";
      default:
        return pickled::global("torch._utils", "_rebuild_tensor_v2") +
               pickled::tuple(view + "\x89" + hooks) + "R";
    }
  }

  std::string snippet() {
    using namespace std::string_literals;
    switch (dice_.below(12)) {
      case 0:
        return any_global();
      case 1:
        return any_global() + pickled::tuple(any_integer() + any_integer()) + "R";
      case 2:
        return any_tensor();
      case 3:
        return any_storage();
      case 4:
        return pickled::text(any_text());
      case 5:
        return any_integer();
      case 6:
        return "h"s + static_cast<char>(dice_.below(32));
      case 7:
        return "q"s + static_cast<char>(dice_.below(32));
      case 8:
        return "G"s + std::string(8, static_cast<char>(dice_.below(256)));
      case 9:
        return "B" + pickled::little4(8) + "12345678";
      default:
        return std::string(1, any_plain());
    }
  }

  random& dice_;
  std::size_t most_;
  std::deque<std::string> made_;  // what the operations refer to
};

}  // namespace fuzz
