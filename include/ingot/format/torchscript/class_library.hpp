// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/torchscript/class_text.hpp>

namespace ingot::detail::torchscript {

/// The text of a record such as "code/__torch__/net.py"; nothing where the archive has none.
using text_locator = std::function<std::optional<std::string>(const std::string& record)>;

/// The classes of an archive by their full names. A file is read when the first of its classes is
/// asked for, once.
class class_library {
 public:
  explicit class_library(text_locator locate) : locate_(std::move(locate)) {}

  /// "__torch__.net.Linear" is the class Linear in code/__torch__/net.py. Throws format_error where
  /// there is none, or its file is malformed.
  const class_text& find(const std::string& full_name) {
    const std::size_t dot = full_name.rfind('.');
    const std::string_view folder = std::string_view(full_name).substr(0, dot);
    if (dot != std::string::npos && !files_.contains(folder)) read(std::string(folder));
    if (const auto found = classes_.find(full_name); found != classes_.end()) return found->second;
    throw format_error({.where = "code",
                        .expected = "the text of the class " + full_name.substr(0, 200),
                        .found = "none",
                        .remedy = "save the module again with torch.jit.save"});
  }

 private:
  void read(const std::string& folder) {
    std::string record = "code/" + folder + ".py";
    std::replace(record.begin() + 5, record.end() - 3, '.', '/');
    files_.insert(folder);
    const std::optional<std::string> text = locate_(record);
    if (!text) return;
    try {
      for (class_text& each : class_parser(*text).run()) {
        std::string name = folder + '.' + each.name;
        if (classes_.contains(name)) {
          throw format_error({.expected = "one class of that name",
                              .found = "two called " + each.name.substr(0, 200)});
        }
        classes_.emplace(std::move(name), std::move(each));
      }
    } catch (const format_error& failure) {
      error_info facts = failure.info();
      facts.where =
          record.substr(0, 200) + (facts.where.empty() ? std::string() : ", " + facts.where);
      throw format_error(std::move(facts));
    }
  }

  text_locator locate_;
  std::unordered_set<std::string, safe_hash, std::equal_to<>> files_;  // those looked for
  std::unordered_map<std::string, class_text, safe_hash> classes_;
};

}  // namespace ingot::detail::torchscript
