// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

namespace demo {

/// Runs this program again, in a process of its own, with these arguments; its exit code, or 1
/// where a signal ended it. Throws std::system_error where it can't be started.
inline int run_again(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  int code = posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, pointers.data(), environ);
  if (code != 0) throw std::system_error(code, std::generic_category(), "posix_spawn");
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace demo
