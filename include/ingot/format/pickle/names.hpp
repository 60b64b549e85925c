// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace ingot::detail::pickle {

/// The Python 3 name of what Python 2 pickles call otherwise (CPython's Lib/_compat_pickle.py,
/// the modules and names that data files use).
inline std::pair<std::string_view, std::string_view> modern_name(std::string_view module,
                                                                 std::string_view name) {
  if (module == "__builtin__") {
    if (name == "long") return {"builtins", "int"};
    if (name == "unicode" || name == "basestring") return {"builtins", "str"};
    if (name == "xrange") return {"builtins", "range"};
    if (name == "unichr") return {"builtins", "chr"};
    if (name == "reduce") return {"functools", "reduce"};
    return {"builtins", name};
  }
  if (module == "UserDict" || module == "UserList" || module == "UserString") {
    return {"collections", name};
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> modules{{
      {"copy_reg", "copyreg"},
      {"exceptions", "builtins"},
      {"Queue", "queue"},
      {"cPickle", "pickle"},
      {"_abcoll", "collections.abc"},
      {"thread", "_thread"},
      {"StringIO", "io"},
      {"cStringIO", "io"},
      {"ConfigParser", "configparser"},
      {"commands", "subprocess"},
  }};
  for (const auto& [old, current] : modules) {
    if (module == old) return {current, name};
  }
  return {module, name};
}

/// Whether a global is one that no data file needs and that attacks do: even unused it is refused.
/// (Nothing is ever called; a file that has one is not what it says it is.)
inline bool is_forbidden(std::string_view module, std::string_view name) {
  constexpr std::array<std::string_view, 24> modules{
      "os",       "sys",        "posix",   "nt",        "subprocess", "_posixsubprocess",
      "shutil",   "runpy",      "socket",  "importlib", "ctypes",     "pty",
      "imp",      "_imp",       "code",    "codeop",    "pdb",        "bdb",
      "cProfile", "webbrowser", "_winapi", "marshal",   "pip",        "multiprocessing"};
  constexpr std::array<std::string_view, 16> functions{
      "eval",    "exec",   "compile", "open", "__import__", "execfile", "input", "breakpoint",
      "globals", "locals", "exit",    "quit", "reload",     "apply",    "file",  "raw_input"};
  const auto forbidden_module = [&](std::string_view part) {
    for (const std::string_view each : modules) {
      if (part == each) return true;
    }
    return false;
  };
  if (forbidden_module(module.substr(0, module.find('.')))) return true;
  // A dotted name walks attributes: torch.serialization's "os.system" is os.system.
  for (std::string_view rest = name; rest.find('.') != std::string_view::npos;) {
    const std::size_t dot = rest.find('.');
    if (forbidden_module(rest.substr(0, dot))) return true;
    rest.remove_prefix(dot + 1);
  }
  if (module == "io" || module == "_io") return name == "open" || name == "FileIO";
  if (module != "builtins") return false;
  for (const std::string_view each : functions) {
    if (name == each) return true;
  }
  return false;
}

}  // namespace ingot::detail::pickle
