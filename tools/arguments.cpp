// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <vector>

#include <ingot/core/near.hpp>
#include <ingot/state/cast.hpp>

#include "targets.hpp"

namespace ingot::tools {

namespace {

std::string unexpected(const std::string& expected, const std::string& found) {
  return "expected " + expected + ", found \"" + found + '"';
}

template <class Test>
CLI::Validator require(std::string expected, Test holds) {
  return CLI::Validator(
      [=](const std::string& text) { return holds(text) ? "" : unexpected(expected, text); }, "");
}

bool is_dtype_to_cast_to(dtype type) {
  return is_floating_point(type) && can_cast(dtype::float32, type);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  }
  return text;
}

}  // namespace

void refuse(const std::string& option, const std::string& expected, const std::string& found) {
  throw CLI::ValidationError(option, unexpected(expected, found));
}

CLI::Validator file_name() {
  return CLI::Validator(
      [](const std::string& text) {
        return text.empty() ? "expected a file's name, found an empty one" : "";
      },
      "");
}

CLI::Validator non_negative_number() {
  return require("a number that isn't negative", [](const std::string& text) {
    char* end = nullptr;
    return std::strtod(text.c_str(), &end) >= 0 && end != text.c_str() && *end == '\0';
  });
}

CLI::Validator record_number() {
  return require("the number of a record, counted from 0", [](const std::string& text) {
    std::size_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, number);
    return failure == std::errc() && rest == end;
  });
}

std::string accepted_targets() { return joined(target_names()); }

CLI::Validator target_name() {
  return require(accepted_targets(),
                 [](const std::string& text) { return with_target(text, []<class A>() {}); });
}

dtype parse_dtype(const std::string& text) {
  constexpr std::string_view prefix = "torch.";
  const bool prefixed = std::string_view(text).starts_with(prefix);
  const auto type = find_dtype(std::string_view(text).substr(prefixed ? prefix.size() : 0));
  if (type && is_dtype_to_cast_to(*type)) return *type;
  std::vector<std::string> names;
  for (const dtype_info& row : dtype_table) {
    if (is_dtype_to_cast_to(row.type)) names.emplace_back(row.name);
  }
  refuse("--cast", joined(names), text);
}

void check_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (each->get_name() == argv[1]) return;
    names.push_back(each->get_name());
  }
  std::string text = std::string("unknown command \"") + argv[1] + "\", expected " + joined(names);
  const auto near = nearest_name(argv[1], names,
                                 [](const std::string& name) -> std::string_view { return name; });
  if (near) text += "; did you mean \"" + std::string(*near) + "\"?";
  throw CLI::ValidationError(text);
}

}  // namespace ingot::tools
