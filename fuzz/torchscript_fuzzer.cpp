// SPDX-License-Identifier: Apache-2.0
// The text of TorchScript's classes, and the state of modules that have them.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/format/torchscript/class_library.hpp>
#include <ingot/format/torchscript/class_text.hpp>
#include <ingot/format/torchscript/module_state.hpp>
#include <ingot/ingot.hpp>
#include <ingot/storage/tensor.hpp>

#include "support/heap.hpp"
#include "support/text_mutator.hpp"
#include "support/use.hpp"

namespace {

namespace torchscript = ingot::detail::torchscript;

/// Makes modules that have what their classes declare: one of each class at each depth, so that
/// they share parts as a hostile file's would. A class may be a part of itself; so that its modules
/// end, the deepest are of a class without parts, which the walk takes for any other.
class module_maker {
 public:
  module_maker(const std::vector<torchscript::class_text>& classes, std::size_t deepest)
      : deepest_(deepest) {
    for (const torchscript::class_text& each : classes) {
      const bool is_first = classes_.emplace(each.name, &each).second;
      if (is_first && each.base == "Module" && std::ranges::none_of(each.attributes, has_parts)) {
        deepest_class_ = "__torch__." + each.name;
      }
    }
  }

  ingot::value make(const std::string& full_name, std::size_t depth) {
    const auto [known, fresh] = made_.try_emplace({full_name, depth});
    if (!fresh) return known->second;
    std::vector<ingot::value::pair> items;
    const auto found = classes_.find(full_name.substr(full_name.rfind('.') + 1));
    if (found != classes_.end()) {
      for (const torchscript::attribute& each : found->second->attributes) {
        if (each.name.ends_with("lost")) continue;  // a hostile file may have less than its classes
        items.emplace_back(each.name, content_of(each, depth));
      }
    }
    // The later ones must be looked for by their names.
    if (items.size() > 2 && full_name.size() % 2 == 0) std::reverse(items.begin(), items.end());
    ingot::value object = ingot::value::make_object(full_name, std::move(items));
    made_[{full_name, depth}] = object;
    return object;
  }

 private:
  static bool has_parts(const torchscript::attribute& of) {
    return of.type == torchscript::declared::class_type;
  }

  ingot::value content_of(const torchscript::attribute& of, std::size_t depth) {
    if (of.name.ends_with("none")) return {};
    if (has_parts(of)) {
      return make(depth + 1 < deepest_ ? of.class_name : deepest_class_, depth + 1);
    }
    if (of.type == torchscript::declared::other && !of.is_parameter) return 7;
    return ingot::tensor<float>(ingot::shape{2});
  }

  std::map<std::string, const torchscript::class_text*> classes_;
  std::size_t deepest_;
  std::string deepest_class_;
  std::map<std::pair<std::string, std::size_t>, ingot::value> made_;
};

std::optional<std::vector<torchscript::class_text>> parse(std::string_view text) {
  try {
    return fuzz::in_proportion(text.size(), 512,
                               [&] { return torchscript::class_parser(text).run(); });
  } catch (const ingot::format_error&) {
    return std::nullopt;
  }
}

std::optional<ingot::value> state_of(std::string_view text, const ingot::value& root) {
  torchscript::class_library classes([&](const std::string&) { return std::string(text); });
  try {
    return fuzz::in_proportion(text.size() + 4096, 4096, [&] {
      return torchscript::state_walk(classes, text.size()).run(root, {ingot::value(1)});
    });
  } catch (const ingot::format_error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto classes = parse(text);
  if (!classes || classes->empty()) return 0;
  const auto how = fuzz::thoroughness_for(std::as_bytes(std::span(text)));
  // With two parts of its own type a class has more paths in 16 levels than the walk may go, and to
  // go that far takes it a hundred times as long as other inputs do.
  module_maker modules(*classes, how == fuzz::thoroughness::thorough ? 16 : 4);
  const auto state = state_of(text, modules.make("__torch__." + classes->back().name, 0));
  if (!state) return 0;
  std::set<std::string> names;
  for (const auto& [name, tensor] : state->items()) {
    if (!names.insert(name.text()).second) fuzz::fail("each name is one tensor's");
  }
  fuzz::use(*state, how);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  static constexpr std::array<std::string_view, 31> words{"class ",
                                                          "(Module)",
                                                          "(ModuleInterface)",
                                                          "(NamedTuple)",
                                                          ":",
                                                          "\n",
                                                          "  ",
                                                          "    ",
                                                          "__parameters__ = ",
                                                          "__buffers__ = ",
                                                          "[\"weight\", ]",
                                                          "\"bias\"",
                                                          "weight : Tensor\n",
                                                          "x : int\n",
                                                          "y : Optional[Tensor]\n",
                                                          "sub : __torch__.A\n",
                                                          "none",
                                                          "lost : Tensor\n",
                                                          "__annotations__[\"0\"] = ",
                                                          "__torch__.",
                                                          "def ",
                                                          "def __setstate__(self): pass\n",
                                                          "return",
                                                          "(",
                                                          ")",
                                                          "[",
                                                          "]",
                                                          "\\",
                                                          "\\123",
                                                          "'''",
                                                          "#"};
  fuzz::random dice(seed);
  std::string text(reinterpret_cast<const char*>(data), size);
  fuzz::text_mutator(dice, words)(text, most);
  return fuzz::give(text, data, most);
}
