// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>

#include <ingot/io/detail/posix.hpp>

/// System calls that fail on order: the `nth` call of the one named (once, or from then on), or all
/// transfers in pieces of a few bytes, interrupted at every second try.
struct faulty_posix : ingot::detail::posix {
  static inline std::string failing{};
  static inline int nth = 0;
  static inline int code = 0;
  static inline bool sticky = false;
  static inline bool choppy = false;
  static inline std::map<std::string, int> calls{};

  static void reset() {
    failing.clear();
    nth = code = 0;
    sticky = choppy = false;
    calls.clear();
  }

  static int open(const char* path, int flags) {
    return fails("open") ? -1 : posix::open(path, flags);
  }
  static int openat(int folder, const char* name, int flags, mode_t mode) {
    return fails("openat") ? -1 : posix::openat(folder, name, flags, mode);
  }
  static int fstat(int file, struct stat* facts) {
    return fails("fstat") ? -1 : posix::fstat(file, facts);
  }
  static int fchmod(int file, mode_t mode) {
    return fails("fchmod") ? -1 : posix::fchmod(file, mode);
  }
  static ssize_t pread(int file, void* into, std::size_t bytes, off_t offset) {
    if (fails("pread") || interrupted()) return -1;
    return posix::pread(file, into, chop(bytes), offset);
  }
  static ssize_t write(int file, const void* from, std::size_t bytes) {
    if (fails("write") || interrupted()) return -1;
    return posix::write(file, from, chop(bytes));
  }
  static int fsync(int file) { return fails("fsync") ? -1 : posix::fsync(file); }
  static int close(int file) {
    const int result = posix::close(file);  // Linux closes even where it reports an error
    return fails("close") ? -1 : result;
  }
  static int renameat(int folder, const char* from, const char* to) {
    return fails("renameat") ? -1 : posix::renameat(folder, from, to);
  }
  static int unlinkat(int folder, const char* name) {
    return fails("unlinkat") ? -1 : posix::unlinkat(folder, name);
  }
  static int flock(int file) { return fails("flock") ? -1 : posix::flock(file); }

 private:
  static bool fails(const char* call) {
    const int count = ++calls[call];
    if (failing != call || (sticky ? count < nth : count != nth)) return false;
    errno = code;
    return true;
  }
  static bool interrupted() {
    if (!choppy || ++calls["interruption"] % 2 == 0) return false;
    errno = EINTR;
    return true;
  }
  static std::size_t chop(std::size_t bytes) {
    return choppy ? std::min<std::size_t>(bytes, 1 + static_cast<std::size_t>(++calls["chop"] % 7))
                  : bytes;
  }
};
