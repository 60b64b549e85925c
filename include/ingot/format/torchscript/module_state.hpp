// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/torchscript/class_library.hpp>
#include <ingot/state/detached.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::torchscript {

/// Gathers what torch.jit.load(...).state_dict() gives: of each module the parameters, then the
/// buffers, then the submodules, each in the order of the class's text. A buffer must be declared a
/// Tensor (an Optional[Tensor] is none to PyTorch), and None is left out. Works without recursion,
/// in time and memory proportional to the file.
class state_walk {
 public:
  /// `stored_size`: the bytes of the modules' pickle, which bound what may be made of them. One
  /// module under many names is written once, and each name counts.
  state_walk(class_library& classes, std::uint64_t stored_size)
      : classes_(classes), budget_(16 * stored_size + (std::uint64_t{1} << 20)) {}

  /// An OrderedDict with `_metadata`, as PyTorch's. Throws format_error where the modules aren't
  /// what their classes say.
  value run(const value& root, const std::vector<value>& constants) {
    enter(root, {});
    const bool is_frozen = !constants.empty() && !frames_.back().type->has("training");
    while (!frames_.empty()) step();
    if (has_dots_) check_names();
    std::vector<value::pair> attributes;
    attributes.emplace_back("_metadata",
                            value::make_mapping(kind::ordered_dict, std::move(modules_)));
    // torch.jit.freeze made the weights constants, which have numbers instead of names.
    if (is_frozen) attributes.emplace_back("CONSTANTS", value(constants));
    return value::make_mapping(kind::ordered_dict, std::move(state_), std::move(attributes));
  }

 private:
  struct frame {
    const class_text* type;
    std::vector<const value*> contents;  // of each attribute
    std::string prefix;
    std::size_t next = 0;
  };

  void step() {
    frame& current = frames_.back();
    if (current.next == current.contents.size()) return frames_.pop_back();
    const std::size_t index = current.next++;
    const attribute& declaration = current.type->attributes[index];
    if (!is_module(declaration)) return;
    note_dots(declaration.name);
    enter(*current.contents[index], current.prefix + declaration.name + '.');
  }

  // The types that PyTorch's extensions define in C++ have no text, and are no modules.
  bool is_module(const attribute& declaration) {
    if (declaration.type != declared::class_type ||
        declaration.class_name.starts_with("__torch__.torch.classes.")) {
      return false;
    }
    const std::string& base = classes_.find(declaration.class_name).base;
    return base == "Module" || base == "ModuleInterface";
  }

  /// `prefix` is what the names of the module's tensors begin with: "" or "layers.0.".
  void enter(const value& module, const std::string& prefix) {
    const std::string path = prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1);
    if (module.kind() != kind::object) refuse(path, "a module", summary(module));
    const class_text& type = classes_.find(module.class_name());
    if (type.base != "Module") {
      refuse(path, "a module", "an instance of " + module.class_name().substr(0, 200));
    }
    charge(path.size() + cost_of(type));
    // To PyTorch a part of the root without a name is the root here, and only here.
    if (prefix != ".") modules_.emplace_back(path, version_);
    if (type.has_setstate) return check_stateless(type, path);
    frame entered{.type = &type, .contents = contents_of(module, type, path), .prefix = prefix};
    const auto add_all = [&](auto is_wanted) {
      for (std::size_t i = 0; i < type.attributes.size(); ++i) {
        if (is_wanted(type.attributes[i])) add(prefix, type.attributes[i], *entered.contents[i]);
      }
    };
    add_all([](const attribute& each) { return each.is_parameter; });
    add_all([](const attribute& each) { return each.is_buffer && each.type == declared::tensor; });
    frames_.push_back(std::move(entered));
  }

  // What such a module holds is what a program in the file makes of its pickled state.
  void check_stateless(const class_text& type, const std::string& path) {
    for (const attribute& each : type.attributes) {
      if (!each.is_parameter && !each.is_buffer && !is_module(each)) continue;
      refuse(path, "a module whose attributes are in the file",
             "the class " + type.name.substr(0, 200) + " with a method __setstate__, and \"" +
                 each.name.substr(0, 200) + "\" in it",
             "in Python: torch.save(torch.jit.load(path).state_dict(), path)");
    }
    frames_.push_back({.type = &type, .contents = {}, .prefix = {}});
  }

  /// The values of the class's attributes, which all must be there.
  std::vector<const value*> contents_of(const value& module, const class_text& type,
                                        const std::string& path) {
    const std::span<const value::pair> items = module.items();
    const auto has_name = [&](std::size_t at, std::string_view name) {
      return at < items.size() && items[at].first.kind() == kind::string &&
             items[at].first.text() == name;
    };
    std::unordered_map<std::string_view, const value*, safe_hash> by_name;
    std::vector<const value*> contents;
    contents.reserve(type.attributes.size());
    for (const attribute& each : type.attributes) {
      // PyTorch writes them in the order of the class.
      if (has_name(contents.size(), each.name)) {
        contents.push_back(&items[contents.size()].second);
        continue;
      }
      if (by_name.empty()) {
        charge(items.size());
        for (const auto& [key, content] : items) {
          if (key.kind() != kind::string) continue;
          charge(key.text().size());
          by_name.emplace(key.text(), &content);
        }
      }
      const auto found = by_name.find(each.name);
      if (found == by_name.end()) {
        refuse(path, "the attribute \"" + each.name.substr(0, 200) + "\" that the class declares",
               "none");
      }
      contents.push_back(found->second);
    }
    return contents;
  }

  void add(const std::string& prefix, const attribute& declaration, const value& content) {
    std::string name = prefix + declaration.name;
    if (!content.is_tensor()) {
      if (declaration.is_parameter || content.is_none()) return;
      refuse(name, "a tensor", summary(content));
    }
    charge(name.size() + 8 * content.shape().rank());
    note_dots(declaration.name);
    state_.emplace_back(std::move(name), detached(content));
  }

  // Without dots in the names of attributes no path can come twice, and PyTorch makes none.
  void note_dots(const std::string& name) {
    if (name.find('.') != std::string::npos) has_dots_ = true;
  }
  void check_names() const {
    std::unordered_set<std::string_view, safe_hash> seen;
    for (const auto& [name, tensor] : state_) {
      if (!seen.insert(name.text()).second) refuse(name.text(), "one tensor of that name", "two");
    }
  }

  static std::uint64_t cost_of(const class_text& type) {
    std::uint64_t cost = 16;
    for (const attribute& each : type.attributes) {
      cost += 8 + each.name.size() + each.class_name.size();
    }
    return cost;
  }

  void charge(std::uint64_t cost) {
    if (cost > budget_) {
      throw format_error({.expected = "modules in proportion to the file",
                          .found = "some that expand to many times its size"});
    }
    budget_ -= cost;
  }

  [[noreturn]] static void refuse(const std::string& path, std::string expected, std::string found,
                                  std::string remedy = {}) {
    throw format_error({.where = path.empty() ? "the module" : '"' + path.substr(0, 200) + '"',
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = std::move(remedy)});
  }

  class_library& classes_;
  std::uint64_t budget_;
  std::vector<frame> frames_;
  std::vector<value::pair> state_;
  std::vector<value::pair> modules_;
  bool has_dots_ = false;
  const value version_ = dict{{"version", 1}};
};

}  // namespace ingot::detail::torchscript
