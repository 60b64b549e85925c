// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <ingot/io/detail/posix.hpp>
#include <ingot/io/detail/replacement.hpp>
#include <ingot/io/sink.hpp>

namespace ingot {

namespace detail {
template <class Posix>
class basic_file_sink final : public sink {
 public:
  explicit basic_file_sink(const std::filesystem::path& path) : file_(path) {}

  const std::string& name() const noexcept override { return file_.path(); }

  /// Puts what was written in the target's place. Throws file_error, or value_error the second
  /// time.
  void commit() {
    flush();
    file_.commit();
  }

  /// Whether the target is the new file: where commit() threw although it is, the new file may not
  /// survive a power cut.
  bool in_place() const noexcept { return file_.in_place(); }

 private:
  // Archives write many short headers between the payloads; a system call each would cost more
  // than the copy. Blocks of this size and more are written from where they lie.
  static constexpr std::size_t buffer_size = 256 * 1024;

  void do_write(std::span<const std::byte> bytes) override {
    if (bytes.size() > buffer_size - used_) flush();
    if (bytes.size() >= buffer_size) return file_.write(bytes);
    if (!bytes.empty()) std::memcpy(buffer_.get() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }

  void flush() {
    file_.write({buffer_.get(), used_});
    used_ = 0;
  }

  replacement<Posix> file_;
  std::unique_ptr<std::byte[]> buffer_ = std::make_unique_for_overwrite<std::byte[]>(buffer_size);
  std::size_t used_ = 0;
};
}  // namespace detail

/// Replaces a file atomically and durably: writes a temporary in the same folder, and commit() puts
/// it in the target's place once it is on the disk. Until then, and for good where anything throws
/// or commit() isn't called, the target is as it was and the temporary is removed by the
/// destructor. A symbolic link stays and what it points to is replaced; the replaced file's mode is
/// kept. What can't be replaced (a pipe, /dev/stdout) is written directly. Throws file_error.
using file_sink = detail::basic_file_sink<detail::posix>;

}  // namespace ingot
