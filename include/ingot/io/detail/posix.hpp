// SPDX-License-Identifier: Apache-2.0
#pragma once

#if !defined(__unix__) && !defined(__APPLE__)
#error "Ingot reads and writes files through POSIX calls, which this system doesn't have"
#endif

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <ingot/core/error.hpp>

namespace ingot::detail {

/// The system calls that files are made of. Tests put their own in its place, to fail any of them.
struct posix {
  static int open(const char* path, int flags) { return ::open(path, flags); }
  static int openat(int folder, const char* name, int flags, mode_t mode) {
    return ::openat(folder, name, flags, mode);
  }
  static int fstat(int file, struct stat* facts) { return ::fstat(file, facts); }
  static int fchmod(int file, mode_t mode) { return ::fchmod(file, mode); }
  static ssize_t pread(int file, void* into, std::size_t bytes, off_t offset) {
    return ::pread(file, into, bytes, offset);
  }
  static ssize_t write(int file, const void* from, std::size_t bytes) {
    return ::write(file, from, bytes);
  }
  static int fsync(int file) { return ::fsync(file); }
  static int close(int file) { return ::close(file); }
  static int renameat(int folder, const char* from, const char* to) {
    return ::renameat(folder, from, folder, to);
  }
  static int unlinkat(int folder, const char* name) { return ::unlinkat(folder, name, 0); }
  static int flock(int file) { return ::flock(file, LOCK_EX); }
};

/// The most that one read or write moves: Linux's own limit, and macOS fails above 2 GiB.
inline constexpr std::size_t max_transfer = 0x7ffff000;

[[noreturn]] inline void throw_system_error(const std::string& path, const char* action, int code,
                                            std::string remedy = {}) {
  throw file_error({.file = path,
                    .where = action,
                    .found = std::generic_category().message(code),
                    .remedy = std::move(remedy)});
}

/// Repeats `call` while a signal interrupts it.
template <class Call>
auto retry_interrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

/// A file descriptor that closes itself.
template <class Posix>
class unique_fd {
 public:
  unique_fd() = default;
  explicit unique_fd(int number) noexcept : number_(number) {}
  unique_fd(unique_fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  unique_fd& operator=(unique_fd other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~unique_fd() {
    if (number_ != -1) Posix::close(number_);
  }

  int get() const noexcept { return number_; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

/// A path that stays right when the process changes its working directory.
inline std::filesystem::path fixed_path(const std::filesystem::path& path) {
  std::error_code code;  // without a working directory a relative path leads nowhere anyway
  return std::filesystem::current_path(code) / path;
}

/// Opens to read; throws file_error.
template <class Posix>
unique_fd<Posix> open_to_read(const std::string& path) {
  unique_fd<Posix> file(
      retry_interrupted([&] { return Posix::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (file.get() == -1) throw_system_error(path, "open", errno);
  return file;
}

/// What the file is; throws file_error for a folder, which open() takes but nothing can read.
template <class Posix>
struct stat facts_of(int file, const std::string& path) {
  struct stat facts{};
  if (Posix::fstat(file, &facts) != 0) throw_system_error(path, "stat", errno);
  if (S_ISDIR(facts.st_mode)) throw_system_error(path, "open", EISDIR);
  return facts;
}

}  // namespace ingot::detail
