// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <ingot/io/bounds.hpp>
#include <ingot/io/detail/posix.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

/// A regular file mapped into memory, read only. A save that renames a new file over the path
/// doesn't change it; a program that truncates the file in place makes the missing pages crash
/// (SIGBUS), as with every mapping. Throws file_error where it can't be opened or mapped.
class mapping_source final : public source {
 public:
  explicit mapping_source(const std::filesystem::path& path)
      : mapping_source(detail::open_to_read<detail::posix>(path.string()), path.string()) {}

  /// Maps an open file; `path` is what messages call it.
  mapping_source(detail::unique_fd<detail::posix> file, std::string path)
      : path_(std::move(path)), folder_(detail::fixed_path(path_).parent_path()) {
    const struct stat facts = detail::facts_of<detail::posix>(file.get(), path_);
    if (!S_ISREG(facts.st_mode)) detail::throw_system_error(path_, "map", ENODEV);
    const auto size = static_cast<std::uint64_t>(facts.st_size);
    if (size > std::numeric_limits<std::size_t>::max()) {
      detail::throw_system_error(path_, "map", ENOMEM);
    }
    if (size == 0) return;  // mmap refuses an empty range
    void* start =
        ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (start == MAP_FAILED) detail::throw_system_error(path_, "map", errno);
    bytes_ = {static_cast<const std::byte*>(start), static_cast<std::size_t>(size)};
  }

  ~mapping_source() override {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }

  const std::string& name() const noexcept override { return path_; }
  std::uint64_t size() const noexcept override { return bytes_.size(); }
  std::span<const std::byte> bytes() const noexcept override { return bytes_; }
  bool keeps_bytes() const noexcept override { return true; }

  source_ptr sibling(const std::string& file_name) const override {
    return std::make_shared<mapping_source>(folder_ / file_name);
  }

  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    detail::check_range(path_, bytes_.size(), offset, into.size());
    if (!into.empty()) std::memcpy(into.data(), bytes_.data() + offset, into.size());
  }

 private:
  std::string path_;
  std::filesystem::path folder_;
  std::span<const std::byte> bytes_;
};

}  // namespace ingot
