// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include "arguments.hpp"
#include "commands.hpp"

namespace {

using namespace ingot::tools;

exit_status complain(const std::string& text) {
  std::cout.flush();
  std::cerr << "error: " << text << '\n';
  return exit_status::refused;
}

exit_status run(const action& chosen) {
  try {
    const exit_status status = chosen();
    std::cout.flush();
    return std::cout ? status : complain("standard output: write failed");
  } catch (const std::bad_alloc&) {
    return complain("not enough memory");
  } catch (const std::exception& failure) {
    return complain(failure.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Lists, checks, compares and converts files of model state", "ingot");
  app.require_subcommand(1);
  app.set_version_flag("--version", INGOT_VERSION);
  action chosen;
  add_ls(app, chosen);
  add_convert(app, chosen);
  add_verify(app, chosen);
  add_diff(app, chosen);
  try {
    check_command(app, argc, argv);
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& failure) {
    std::cerr << "error: " << failure.what() << "; ingot --help tells the usage\n";
    return static_cast<int>(exit_status::wrong_usage);
  }
  return static_cast<int>(run(chosen));
}
