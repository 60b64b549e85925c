// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/near.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/model/slots.hpp>
#include <ingot/state/detail/file_keys.hpp>
#include <ingot/state/detail/meant_by.hpp>
#include <ingot/state/load_options.hpp>
#include <ingot/state/load_report.hpp>
#include <ingot/state/module.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// How to make a file's keys those of a model: what to take off their beginning, or to put there.
struct prefix_change {
  std::string prefix;
  bool strip = false;
  std::size_t hits = 0;  ///< names of the model that the file then has
};

/// Looks for one prefix that explains missing and unexpected names. All work is bounded: names may
/// be many and hostile.
class prefix_finder {
 public:
  prefix_finder(std::span<const std::string> model, std::span<const std::string> file)
      : model_(model.first(std::min(model.size(), most_names))), file_(file) {}

  /// The change that helps at least half of the model's names; hits is 0 where there is none.
  prefix_change operator()() const {
    const std::unordered_set<std::string_view, safe_hash> have(file_.begin(), file_.end());
    prefix_change best;
    for (prefix_change& candidate : candidates()) {
      candidate.hits =
          static_cast<std::size_t>(std::ranges::count_if(model_, [&](const std::string& name) {
            if (candidate.strip) return have.contains(candidate.prefix + name);
            return name.starts_with(candidate.prefix) &&
                   have.contains(std::string_view(name).substr(candidate.prefix.size()));
          }));
      if (candidate.hits > best.hits) best = std::move(candidate);
    }
    if (2 * best.hits < model_.size()) best.hits = 0;
    return best;
  }

 private:
  static constexpr std::size_t most_names = 1000;
  static constexpr std::size_t samples = 4;
  static constexpr std::size_t most_candidates = 8;

  // The prefix that makes the one name of the other, a whole number of path elements.
  static std::string_view prefix_of(std::string_view longer, std::string_view shorter) {
    if (longer.size() <= shorter.size() + 1 || !longer.ends_with(shorter)) return {};
    const std::string_view prefix = longer.substr(0, longer.size() - shorter.size());
    return prefix.ends_with('.') ? prefix : std::string_view();
  }

  std::vector<prefix_change> candidates() const {
    std::vector<prefix_change> found;
    const auto add = [&found](std::string_view prefix, bool strip) {
      if (prefix.empty() || found.size() == most_candidates) return;
      const auto same = [&](const prefix_change& other) {
        return other.prefix == prefix && other.strip == strip;
      };
      if (std::ranges::none_of(found, same)) found.push_back({std::string(prefix), strip});
    };
    for (const std::string& name : model_.first(std::min(model_.size(), samples))) {
      for (const std::string& key : file_) {
        add(prefix_of(key, name), true);
        add(prefix_of(name, key), false);
      }
    }
    return found;
  }

  std::span<const std::string> model_;
  std::span<const std::string> file_;
};

/// Who puts a prefix before the names of a module.
inline std::string_view origin_of(std::string_view prefix) {
  if (prefix == "module.") return " (as torch.nn.DataParallel saves them)";
  if (prefix == "_orig_mod.") return " (as a model of torch.compile saves them)";
  return "";
}

inline std::string write_prefix(const prefix_change& change) {
  return (change.strip ? ".strip_prefix = \"" : ".add_prefix = \"") + change.prefix + '"';
}

/// The str keys of a mapping or of a module's state; none of a module that has no state_dict.
inline std::vector<std::string> keys_of(const value& state) {
  std::vector<std::string> keys;
  try {
    for (const auto& [key, content] : state_dict(state)) {
      if (key.kind() == kind::string) keys.push_back(key.text());
    }
  } catch (const value_error&) {
  }
  return keys;
}

/// A mapping inside a checkpoint that has the model's names, perhaps but for a prefix.
struct inner_state {
  std::string key;
  prefix_change change;  ///< no prefix: the names are right
};

inline inner_state find_inner_state(std::span<const std::string> names, const value& state) {
  constexpr std::size_t most_children = 64;
  inner_state best;
  std::size_t seen = 0;
  for (const auto& [key, content] : state.items()) {
    if (++seen > most_children) break;
    if (key.kind() != kind::string || !(content.is_mapping() || is_module(content))) continue;
    const std::vector<std::string> keys = keys_of(content);
    if (keys.empty()) continue;
    const std::unordered_set<std::string_view, safe_hash> known(keys.begin(), keys.end());
    const auto hits = static_cast<std::size_t>(std::ranges::count_if(
        names, [&](const std::string& name) { return known.contains(name); }));
    inner_state candidate{key.text(), {}};
    if (2 * hits >= names.size()) {
      candidate.change.hits = hits;
    } else {
      candidate.change = prefix_finder(names, keys)();
    }
    if (candidate.change.hits > best.change.hits) best = std::move(candidate);
  }
  return best;
}

/// What the prefix that was found means: it is that of all names of the file, or, where nothing of
/// the model was found otherwise, of the one submodule that the model is.
inline std::string advise_prefix(const prefix_change& change, const load_report& report,
                                 const load_options& options) {
  const std::string quoted = '"' + change.prefix + '"';
  if (!change.strip) {
    return "The model's names begin with " + quoted + ", the file's don't: write " +
           write_prefix(change);
  }
  const bool all = std::ranges::all_of(
      report.unexpected, [&](const std::string& name) { return name.starts_with(change.prefix); });
  const bool renamed =
      !options.strip_prefix.empty() || !options.add_prefix.empty() || options.rename;
  const std::string_view origin = origin_of(change.prefix);
  if (!all && !renamed && origin.empty() && report.loaded.empty()) {
    const std::string path = submodule_prefix(options) + change.prefix;
    return "Only a part of the file's names begin with \"" + path +
           "\": to load that submodule alone, write .submodule = \"" +
           path.substr(0, path.size() - 1) + '"';
  }
  return "The file's names begin with " + quoted + std::string(origin) + ": write " +
         write_prefix(change);
}

/// Whether it is the state_dict of a model, or a module: tensors by name.
inline bool has_tensors(const value& content) {
  if (!content.is_mapping() && !is_module(content)) return false;
  try {
    for (const auto& [key, part] : state_dict(content)) {
      if (key.kind() == kind::string && part.is_tensor()) return true;
    }
  } catch (const value_error&) {
  }
  return false;
}

/// The keys of a checkpoint under which are states of models, quoted. What is looked at is bounded:
/// a hostile file may have the same large dict under many keys.
inline std::string keys_of_states(const value& state) {
  constexpr std::size_t most_children = 64, most_keys = 8;
  std::string keys;
  std::size_t seen = 0, found = 0;
  for (const auto& [key, content] : state.items()) {
    if (++seen > most_children || found == most_keys) break;
    if (key.kind() != kind::string || !has_tensors(content)) continue;
    keys += (found++ == 0 ? "\"" : ", \"") + key.text() + '"';
  }
  return keys;
}

/// What to look at where nothing of the file is the model's.
inline std::string advise_another_file(const load_report& report, const value& state) {
  const std::string keys = report.mismatched.empty() ? keys_of_states(state) : std::string();
  if (keys.empty()) return "Nothing of the file fits the model: is it the right file?";
  return "Nothing of the file fits the model, but it is a checkpoint, with states under " + keys +
         ": std::cout << ingot::open(file)[key] shows what is there";
}

/// What to change where names are nearly the file's; else the options that make an error of what
/// doesn't fit a line of the report; none where a line of it says what to write.
inline std::string advise_to_load_what_fits(const load_report& report, const value& state,
                                            const load_options& options) {
  const auto is_dtype = [](const mismatch& each) { return each.problem == "dtype mismatch"; };
  if (std::ranges::any_of(report.mismatched, is_dtype)) return {};
  const std::span<const std::string> missing = report.missing;
  if (std::ranges::any_of(
          missing.first(std::min(missing.size(), most_suggestions)),
          [&](const std::string& name) { return meant_by(name, report.unexpected).has_value(); })) {
    return "Where a name is nearly the file's, rename the member, or give it the file's name in a "
           "description: ingot::member<&T::member, \"name\">";
  }
  if (report.loaded.empty()) return advise_another_file(report, state);
  const bool keys = options.strict && !(report.missing.empty() && report.unexpected.empty());
  const bool contents = !options.skip_mismatched && !report.mismatched.empty();
  return std::string("To load only what fits, write ") + (keys ? ".strict = false" : "") +
         (keys && contents ? ", " : "") + (contents ? ".skip_mismatched = true" : "");
}

/// How to load what is under a key of a file.
inline std::string load_of(const std::string& key, const std::string& options = {}) {
  return "write ingot::load_state_dict(model, ingot::open(file)[\"" + key + "\"]" +
         (options.empty() ? ")" : ", {" + options + "})");
}

/// The path in the file that a mistyped one was meant to be.
inline std::optional<std::string> nearest_submodule(const value& state, std::string_view path) {
  std::vector<std::string> paths;
  for (std::string& key : keys_of(state)) {
    std::size_t end = key.find('.');
    for (auto more = std::ranges::count(path, '.'); more > 0 && end != std::string::npos; --more) {
      end = key.find('.', end + 1);
    }
    if (end == std::string::npos) continue;
    key.resize(end);
    if (paths.empty() || paths.back() != key) paths.push_back(std::move(key));
  }
  const auto near = nearest_name(path, paths, std::identity{});
  return near ? std::optional<std::string>(*near) : std::nullopt;
}

/// What to load instead, where no name of the file is the submodule's.
inline std::string advise_submodule(const value& state, const load_options& options) {
  constexpr std::size_t most_children = 64;
  const std::string prefix = submodule_prefix(options);
  const std::string path = prefix.substr(0, prefix.size() - 1);
  std::string advice = "No name of the file begins with \"" + prefix + '"';
  std::size_t seen = 0;
  for (const auto& [key, content] : state.items()) {
    if (++seen > most_children) break;
    if (key.kind() != kind::string || !(content.is_mapping() || is_module(content))) continue;
    if (key.text() == path) return advice + ", it is a key of a checkpoint: " + load_of(path);
    if (std::ranges::any_of(keys_of(content),
                            [&](const std::string& name) { return name.starts_with(prefix); })) {
      return advice + "; this is a checkpoint that has such names inside: " +
             load_of(key.text(), ".submodule = \"" + path + '"');
    }
  }
  if (const auto near = nearest_submodule(state, path))
    advice += "; did you mean \"" + *near + "\"?";
  return advice;
}

/// What to write where the file has all of the model, and more.
inline std::string advise_surplus(const load_report& report, const value& state) {
  const auto is_number = [&state](const std::string& name) {
    if (!state.is_mapping() || !state.contains(name)) return false;
    const value content = state[name];
    return content.is_tensor() && content.tensor().shape.rank() == 0;
  };
  const auto number = std::ranges::find_if(report.unexpected, is_number);
  if (number != report.unexpected.end()) {
    return '"' + *number + "\" is one number (" + std::string(name(state[*number].tensor().type)) +
           "): a bare number of a model isn't state, an ingot::buffer<number> is; "
           ".strict = false leaves it out";
  }
  return "The file has all of the model, and more. A vector, optional or pointer of modules "
         "isn't made longer by a load: give it the file's length before, or leave the rest out "
         "with .strict = false";
}

/// What to write where file and model don't have the same names for a reason that is well known;
/// else empty.
inline std::string advise(const load_report& report, std::span<const named_slot> slots,
                          const value& state, const load_options& options) {
  if (report.missing.empty()) {
    if (report.unexpected.empty() || !report.mismatched.empty() || !options.strict) return {};
    return advise_surplus(report, state);
  }
  if (!options.submodule.empty() && report.loaded.empty() && report.unexpected.empty()) {
    return advise_submodule(state, options);
  }
  if (const prefix_change change = prefix_finder(report.missing, report.unexpected)();
      change.hits != 0) {
    return advise_prefix(change, report, options);
  }
  const auto has_wrapper = [](std::string_view name) {
    return name.find("_orig_mod.") != std::string_view::npos;
  };
  if (!options.rename && std::ranges::any_of(report.unexpected, has_wrapper)) {
    return "Modules of the file were compiled by torch.compile: write .rename = "
           "ingot::regex_rename(\"_orig_mod\\\\.\", \"\") (state/regex_rename.hpp)";
  }
  if (!report.loaded.empty()) return {};
  if (std::ranges::any_of(state.attributes(), [](const value::pair& each) {
        return each.first.kind() == kind::string && each.first.text() == "CONSTANTS";
      })) {
    return "This is a frozen TorchScript module (torch.jit.freeze): its weights are constants "
           "without names; save the module before it is frozen";
  }
  std::vector<std::string> names;
  constexpr std::size_t most_names = 1000;
  for (const named_slot& named : slots.first(std::min(slots.size(), most_names))) {
    if (named.kind != role::transient) names.push_back(named.name);
  }
  const inner_state inner = find_inner_state(names, state);
  if (inner.change.hits == 0) return {};
  return "This is a checkpoint that has the model's state inside: " +
         load_of(inner.key, inner.change.prefix.empty() ? "" : write_prefix(inner.change));
}

}  // namespace ingot::detail
