// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include <ingot/core/dtype.hpp>

namespace ingot::tools {

/// Throws CLI::ValidationError for what was given to an option.
[[noreturn]] void refuse(const std::string& option, const std::string& expected,
                         const std::string& found);

// What an argument must be. CLI11's own checks tell ranges and sets where a word would do.
CLI::Validator file_name();
CLI::Validator non_negative_number();
CLI::Validator record_number();
CLI::Validator target_name();

/// What target_name() lets pass, each once: "npz, mapped (safetensors) or zip (torch-zip)".
std::string accepted_targets();

/// A floating-point dtype by PyTorch's name, with or without "torch.". Throws CLI::ValidationError.
dtype parse_dtype(const std::string& text);

/// Throws CLI::ParseError where the command line doesn't begin with an option or a command.
void check_command(const CLI::App& app, int argc, const char* const* argv);

}  // namespace ingot::tools
