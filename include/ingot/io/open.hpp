// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <istream>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/io/detail/posix.hpp>
#include <ingot/io/file_source.hpp>
#include <ingot/io/mapping_source.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

/// How an opened file's bytes are reached: by positioned reads, or mapped into memory.
enum class access { read, map };

namespace detail {
/// All that `read_some(span)` gives, until it returns 0. Grows with what really comes.
template <class ReadSome>
std::vector<std::byte> read_all(ReadSome read_some) {
  std::vector<std::byte> bytes;
  std::size_t filled = 0;
  for (;;) {
    if (filled == bytes.size()) bytes.resize(std::max<std::size_t>(1 << 16, filled * 2));
    const std::size_t got = read_some(std::span(bytes).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

inline source_ptr read_pipe(const unique_fd<posix>& file, const std::string& path) {
  auto bytes = read_all([&](std::span<std::byte> into) {
    const ssize_t got = retry_interrupted(
        [&] { return ::read(file.get(), into.data(), std::min(into.size(), max_transfer)); });
    if (got < 0) throw_system_error(path, "read", errno);
    return static_cast<std::size_t>(got);
  });
  return from_memory(std::move(bytes), path);
}
}  // namespace detail

/// Opens a file. What can't be read by position (a pipe, /dev/stdin) is read to its end into
/// memory. Throws file_error.
inline source_ptr open_file(const std::filesystem::path& path, access how = access::read) {
  const std::string name = path.string();
  auto file = detail::open_to_read<detail::posix>(name);
  const struct stat facts = detail::facts_of<detail::posix>(file.get(), name);
  if (!S_ISREG(facts.st_mode)) return detail::read_pipe(file, name);
  if (how == access::map) return std::make_shared<mapping_source>(std::move(file), name);
  return std::make_shared<file_source>(std::move(file), name);
}

/// Reads all that remains of a stream, from where it stands, into memory that the source owns.
/// Takes the stream's buffer directly, so its flags and exception mask don't matter. Throws
/// file_error.
inline source_ptr from_stream(std::istream& in, std::string name = "stream") {
  if (!in) throw file_error({.file = name, .where = "read", .found = "a stream that has failed"});
  try {
    auto bytes = detail::read_all([&](std::span<std::byte> into) {
      return static_cast<std::size_t>(in.rdbuf()->sgetn(reinterpret_cast<char*>(into.data()),
                                                        static_cast<std::streamsize>(into.size())));
    });
    return from_memory(std::move(bytes), std::move(name));
  } catch (const std::ios_base::failure& failure) {
    throw file_error({.file = name, .where = "read", .found = failure.what()});
  }
}

}  // namespace ingot
