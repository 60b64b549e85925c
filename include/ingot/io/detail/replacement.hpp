// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include <ingot/io/detail/posix.hpp>

namespace ingot::detail {

/// Where a path leads: through every symbolic link, to a file that a rename can replace, or to
/// something that can only be written to.
struct write_target {
  std::filesystem::path path;
  bool replaceable = true;
};

inline write_target find_target(const std::filesystem::path& asked) {
  namespace fs = std::filesystem;
  std::error_code code;
  const fs::file_status status = fs::status(asked, code);
  if (fs::is_directory(status)) throw_system_error(asked.string(), "open to write", EISDIR);
  if (fs::exists(status) && !fs::is_regular_file(status)) return {asked, false};
  fs::path path = asked;
  constexpr int max_links = 40;  // Linux's own limit
  for (int links = 0; fs::is_symlink(fs::symlink_status(path, code)); ++links) {
    if (links == max_links) throw_system_error(asked.string(), "open to write", ELOOP);
    // /dev/stdout leads to /proc/<pid>/fd/1: a link to an open file, not to a name.
    if (fs::canonical(path.parent_path(), code).string().starts_with("/proc/")) {
      return {asked, false};
    }
    path = path.parent_path() / fs::read_symlink(path, code);
  }
  return {path, true};
}

/// A temporary beside a file, and the steps that put it in the file's place. After a step has
/// failed only destruction is left: a second fsync would report success for pages that the first
/// one lost.
template <class Posix>
class replacement {
 public:
  explicit replacement(const std::filesystem::path& asked) : path_(asked.string()) {
    const write_target target = find_target(asked);
    if (target.replaceable) {
      create_temporary(target.path);
    } else {
      open_directly();
    }
  }
  replacement(const replacement&) = delete;
  replacement& operator=(const replacement&) = delete;
  ~replacement() {
    if (temporary_exists_) Posix::unlinkat(folder_.get(), temporary_.c_str());
  }

  const std::string& path() const noexcept { return path_; }
  bool in_place() const noexcept { return in_place_; }

  void write(std::span<const std::byte> bytes) {
    require_writable();
    while (!bytes.empty()) {
      const std::size_t wanted = std::min(bytes.size(), max_transfer);
      const ssize_t written =
          retry_interrupted([&] { return Posix::write(file_.get(), bytes.data(), wanted); });
      if (written < 0) fail("write");
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  void commit() {
    require_writable();
    // No retry, not even when interrupted: see above.
    if (temporary_exists_ && Posix::fsync(file_.get()) != 0) fail("fsync");
    usable_ = false;
    // Linux closes the descriptor even where a signal interrupts close().
    if (Posix::close(file_.release()) != 0 && errno != EINTR) fail("close");
    if (!temporary_exists_) return;
    if (Posix::renameat(folder_.get(), temporary_.c_str(), name_.c_str()) != 0) fail("rename");
    temporary_exists_ = false;
    in_place_ = true;
    // EINVAL: a file system that has no such thing as syncing a folder.
    if (Posix::fsync(folder_.get()) != 0 && errno != EINVAL) {
      throw_system_error(path_, "fsync of the folder", errno,
                         "the new file is in place, but may not survive a power cut");
    }
  }

 private:
  void create_temporary(const std::filesystem::path& target) {
    const std::filesystem::path parent = target.parent_path();
    name_ = target.filename().string();
    if (name_.empty()) throw_system_error(path_, "open to write", EISDIR);
    // Everything is done relative to the open folder: a relative path stays right when the process
    // changes its working directory before the commit.
    const std::string folder = parent.empty() ? "." : parent.string();
    folder_ = unique_fd<Posix>(retry_interrupted(
        [&] { return Posix::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (folder_.get() == -1) fail("open its folder");
    const std::optional<mode_t> mode = replaced_mode(target);
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    temporary_ = unused_name();
    // Without a file to take the mode from, 0666 less the umask, as for any new file.
    const mode_t first = mode ? 0600 : 0666;
    file_ = unique_fd<Posix>(retry_interrupted(
        [&] { return Posix::openat(folder_.get(), temporary_.c_str(), flags, first); }));
    if (file_.get() == -1) fail("create a temporary file in its folder");
    temporary_exists_ = true;
    if (mode && Posix::fchmod(file_.get(), *mode) != 0) {
      const int code = errno;
      Posix::unlinkat(folder_.get(), temporary_.c_str());  // no destructor runs
      throw_system_error(path_, "chmod", code);
    }
  }

  // The permission bits of the file to be replaced, if there is one. A file that may not be written
  // isn't replaced either, though rename() would.
  std::optional<mode_t> replaced_mode(const std::filesystem::path& target) const {
    struct stat facts{};
    if (::stat(target.c_str(), &facts) != 0) return std::nullopt;
    if (::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) {
      throw_system_error(path_, "open to write", errno);
    }
    return facts.st_mode & 0777;
  }

  void open_directly() {
    file_ = unique_fd<Posix>(retry_interrupted(
        [&] { return Posix::openat(AT_FDCWD, path_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC, 0); }));
    if (file_.get() == -1) fail("open to write");
  }

  // Short, so that it fits wherever the target's own name does; unpredictable, so that nobody can
  // lay a link in its way.
  std::string unused_name() {
    unsigned long long number = 0;
    if (::getentropy(&number, sizeof number) != 0) fail("name a temporary file");
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), ".ingot-%016llx.tmp", number);
    return text.data();
  }

  void require_writable() const {
    if (usable_) return;
    throw value_error({.file = path_,
                       .where = "file_sink",
                       .found = "a write or commit after commit() or after a failure"});
  }

  [[noreturn]] void fail(const char* action) {
    usable_ = false;
    throw_system_error(path_, action, errno);
  }

  std::string path_;
  std::string name_;
  std::string temporary_;
  unique_fd<Posix> folder_;
  unique_fd<Posix> file_;
  bool temporary_exists_ = false;
  bool in_place_ = false;
  bool usable_ = true;
};

}  // namespace ingot::detail
