// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <ingot/io/detail/posix.hpp>

namespace ingot {

namespace detail {
template <class Posix>
class basic_locked_folder {
 public:
  explicit basic_locked_folder(const std::filesystem::path& path)
      : path_(fixed_path(path)), folder_(open_to_read<Posix>(path.string())) {
    // A file system that has no locks is no reason not to save.
    retry_interrupted([&] { return Posix::flock(folder_.get()); });
  }

  const std::filesystem::path& path() const noexcept { return path_; }

  /// What lies in it. Throws file_error.
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    std::error_code code;
    for (std::filesystem::directory_iterator at(path_, code), end; !code && at != end;
         at.increment(code)) {
      found.push_back(at->path().filename().string());
    }
    if (code) throw_system_error(path_.string(), "list", code.value());
    return found;
  }

  /// Removes a file; returns 0 or the system's error. One that isn't there is fine.
  int remove(const std::string& name) const noexcept {
    return Posix::unlinkat(folder_.get(), name.c_str()) == 0 || errno == ENOENT ? 0 : errno;
  }

  /// Makes what was removed stay so after a power cut. Throws file_error.
  void sync() const {
    // EINVAL: a file system that has no such thing as syncing a folder.
    if (Posix::fsync(folder_.get()) != 0 && errno != EINVAL) {
      throw_system_error(path_.string(), "fsync of the folder", errno);
    }
  }

 private:
  std::filesystem::path path_;
  unique_fd<Posix> folder_;
};
}  // namespace detail

/// A folder in which several files are replaced together. While one object of it lives, the next
/// waits in its constructor, in this and in other processes (flock). Throws file_error where the
/// folder can't be opened.
using locked_folder = detail::basic_locked_folder<detail::posix>;

}  // namespace ingot
