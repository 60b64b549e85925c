// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <ingot/archive/known.hpp>
#include <ingot/archive/save_sharded.hpp>
#include <ingot/core/error.hpp>
#include <ingot/state/regex_rename.hpp>

#include "arguments.hpp"
#include "convert.hpp"
#include "diff.hpp"
#include "input.hpp"
#include "ls.hpp"
#include "module_states.hpp"
#include "verify.hpp"

namespace ingot::tools {

namespace {

rename_rule parse_rename(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) refuse("--rename", "REGEX=REPLACEMENT", text);
  try {
    return rename_rule{text, regex_rename(text.substr(0, equals), text.substr(equals + 1))};
  } catch (const value_error& failure) {
    throw CLI::ValidationError("--rename", failure.what());
  }
}

std::regex parse_only(const std::string& text) {
  try {
    return std::regex(text);
  } catch (const std::regex_error& failure) {
    refuse("--only", std::string("a regular expression (") + failure.what() + ')', text);
  }
}

/// A suffix that stands for another format must not get PyTorch's bytes.
void check_suffix(const std::string& out) {
  if (is_index_name(out)) return;
  try {
    detail::require_known_suffix(out);
  } catch (const value_error& failure) {
    const std::string suffix = std::filesystem::path(out).extension().string();
    std::string hint = suffix == ".json"
                           ? "a model in shards is written to model.safetensors.index.json"
                           : detail::suggestion_for(suffix);
    if (!hint.empty()) hint = "; " + hint;
    throw CLI::ValidationError("OUT", "expected " + failure.info().expected + ", found \"" + out +
                                          '"' + hint + "; --to names a format for any path");
  }
}

void add_record(CLI::App& command, std::optional<std::size_t>& record) {
  command
      .add_option("--record", record,
                  "Of an .ingot file of several records the one to open, counted from 0")
      ->check(record_number());
}

struct convert_texts {
  std::string in, out, to, only, cast;
  std::optional<std::size_t> record;
  std::vector<std::string> renames;
  std::optional<std::uint64_t> max_shard_size;
  bool drop = false;
};

convert_options parse_convert(const convert_texts& texts) {
  convert_options options{
      .in = texts.in, .record = texts.record, .out = texts.out, .to = texts.to, .drop = texts.drop};
  for (const std::string& each : texts.renames) options.renames.push_back(parse_rename(each));
  if (!texts.only.empty()) options.only = parse_only(texts.only);
  if (!texts.cast.empty()) options.cast = parse_dtype(texts.cast);
  if (texts.to.empty()) check_suffix(texts.out);
  if (texts.max_shard_size) {
    if (!texts.to.empty() || !is_index_name(texts.out)) {
      refuse("--max-shard-size", "an OUT such as model.safetensors.index.json", texts.out);
    }
    options.max_shard_size = *texts.max_shard_size;
  }
  return options;
}

}  // namespace

void add_ls(CLI::App& app, action& chosen) {
  struct options {
    std::string file;
    std::optional<std::size_t> record;
    bool json = false, digest = false;
  };
  const auto given = std::make_shared<options>();
  CLI::App* command = app.add_subcommand("ls", "List what a file holds");
  command->add_option("FILE", given->file)->required()->check(file_name());
  CLI::Option* json = command->add_flag("--json", given->json, "The whole value tree as JSON");
  command->add_flag("--digest", given->digest, "With the SHA-256 of each tensor's elements")
      ->needs(json);
  add_record(*command, given->record);
  command->final_callback([given, &chosen] {
    chosen = [given] {
      const input file = open_input(given->file, given->record);
      if (given->json) {
        print_json(std::cout, file, given->digest);
      } else {
        print_table(std::cout, file);
      }
      return exit_status::fine;
    };
  });
}

void add_convert(CLI::App& app, action& chosen) {
  const auto given = std::make_shared<convert_texts>();
  CLI::App* command = app.add_subcommand("convert", "Write a file anew: renamed, filtered, cast");
  command->add_option("IN", given->in)->required()->check(file_name());
  command->add_option("OUT", given->out)->required()->check(file_name());
  add_record(*command, given->record);
  command
      ->add_option("--to", given->to,
                   "Format of OUT, which its suffix tells otherwise: " + accepted_targets())
      ->check(target_name());
  command
      ->add_option("--rename", given->renames,
                   "REGEX=REPLACEMENT in names (keys joined by '.'); may be repeated")
      ->allow_extra_args(false);
  command->add_option("--only", given->only,
                      "Keep only what REGEX is found in the name of in IN (before --rename)");
  command->add_option("--cast", given->cast,
                      "DTYPE for all floating-point tensors; others stay as they are");
  command
      ->add_option("--max-shard-size", given->max_shard_size,
                   "Bytes (5GB, the default) of a file where OUT is an index: "
                   "model.safetensors.index.json")
      ->transform(CLI::AsSizeValue(true));
  command->add_flag("--drop", given->drop, "Leave out what the format can't hold");
  command->final_callback([given, &chosen] {
    chosen = [options = parse_convert(*given)] {
      return convert(std::cerr, options) ? exit_status::fine : exit_status::refused;
    };
  });
}

void add_verify(CLI::App& app, action& chosen) {
  struct options {
    std::string file;
    std::optional<std::size_t> record;
  };
  const auto given = std::make_shared<options>();
  CLI::App* command = app.add_subcommand("verify", "Check structure, bounds and checksums");
  command->add_option("FILE", given->file)->required()->check(file_name());
  add_record(*command, given->record);
  command->final_callback([given, &chosen] {
    chosen = [given] {
      verify(std::cout, open_input(given->file, given->record));
      return exit_status::fine;
    };
  });
}

void add_diff(CLI::App& app, action& chosen) {
  struct options {
    std::string a, b;
    tolerance allowed;
  };
  const auto given = std::make_shared<options>();
  CLI::App* command = app.add_subcommand("diff", "Tell where two files differ");
  command->add_option("A", given->a)->required()->check(file_name());
  command->add_option("B", given->b)->required()->check(file_name());
  command->add_option("--rtol", given->allowed.relative, "Relative tolerance, of B's numbers")
      ->check(non_negative_number());
  command->add_option("--atol", given->allowed.absolute, "Absolute tolerance")
      ->check(non_negative_number());
  command->final_callback([given, &chosen] {
    chosen = [given] {
      const value a = with_module_states(open_input(given->a).root);
      const value b = with_module_states(open_input(given->b).root);
      // Damage that is met on the way leaves no answer behind that looks like a whole one.
      std::ostringstream out;
      const auto found = print_differences(out, {a, b, given->a, given->b}, given->allowed);
      std::cout << std::move(out).str();
      return found == 0 ? exit_status::fine : exit_status::refused;
    };
  });
}

}  // namespace ingot::tools
