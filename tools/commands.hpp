// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace ingot::tools {

enum class exit_status { fine = 0, refused = 1, wrong_usage = 2 };

/// What a subcommand does once the command line has been read.
using action = std::function<exit_status()>;

// Each adds its subcommand, whose parsing sets `chosen` or throws CLI::ParseError.
void add_ls(CLI::App& app, action& chosen);
void add_convert(CLI::App& app, action& chosen);
void add_verify(CLI::App& app, action& chosen);
void add_diff(CLI::App& app, action& chosen);

}  // namespace ingot::tools
