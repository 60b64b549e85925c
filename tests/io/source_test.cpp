// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <ingot/io/file_sink.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/open.hpp>
#include <ingot/io/stream_sink.hpp>
#include <ingot/io/window_source.hpp>

#include "faulty_posix.hpp"
#include "temporary_folder.hpp"

namespace source_test {

namespace fs = std::filesystem;

namespace {

std::string read(const ingot::source& from, std::uint64_t offset, std::size_t size) {
  std::string text(size, ' ');
  from.read(offset, std::as_writable_bytes(std::span(text)));
  return text;
}

std::string contents(const ingot::source& from) {
  return read(from, 0, static_cast<std::size_t>(from.size()));
}

}  // namespace

TEST_CASE("every source reads by position and refuses to read past its end") {
  const temporary_folder folder;
  const fs::path path = folder / "file";
  write_text(path, "0123456789");
  std::istringstream stream("skipped0123456789");
  stream.ignore(7);
  const auto base = ingot::from_memory(bytes_of("xx0123456789xx"));
  const ingot::source_ptr sources[] = {
      ingot::open_file(path),
      ingot::open_file(path, ingot::access::map),
      ingot::from_memory(bytes_of("0123456789")),
      ingot::from_stream(stream),
      std::make_shared<ingot::window_source>(base, 2, 10, "window"),
  };
  for (const auto& source : sources) {
    CAPTURE(source->name());
    CHECK(source->size() == 10);
    CHECK(read(*source, 3, 4) == "3456");
    CHECK(read(*source, 0, 10) == "0123456789");
    CHECK(read(*source, 10, 0).empty());
    CHECK_THROWS_AS(read(*source, 3, 8), ingot::format_error);
    CHECK_THROWS_AS(read(*source, 11, 0), ingot::format_error);
    CHECK_THROWS_AS(read(*source, ~std::uint64_t{0}, 2), ingot::format_error);
    const auto bytes = source->bytes();
    CHECK((bytes.empty() || text_of(bytes) == "0123456789"));
  }
  CHECK(sources[0]->bytes().empty());
  CHECK_FALSE(sources[1]->bytes().empty());
}

TEST_CASE("an empty file is a source of no bytes") {
  const temporary_folder folder;
  write_text(folder / "file", "");
  CHECK(ingot::open_file(folder / "file")->size() == 0);
  CHECK(ingot::open_file(folder / "file", ingot::access::map)->size() == 0);
}

TEST_CASE("an open file reads as it was when a save replaces it") {
  const temporary_folder folder;
  const fs::path path = folder / "file";
  write_text(path, "old");
  const auto source = ingot::open_file(path);
  const auto mapping = ingot::open_file(path, ingot::access::map);
  ingot::file_sink sink(path);
  sink.write(bytes_of("new"));
  sink.commit();
  CHECK(contents(*source) == "old");
  CHECK(contents(*mapping) == "old");
  CHECK(contents(*ingot::open_file(path)) == "new");
}

TEST_CASE("what can't be opened is a file_error that names the path and the reason") {
  const temporary_folder folder;
  try {
    const ingot::file_source source(folder / ".");
    FAIL("a folder was opened");
  } catch (const ingot::file_error& error) {
    CHECK(error.info().found == std::strerror(EISDIR));
  }
  for (const auto how : {ingot::access::read, ingot::access::map}) {
    try {
      ingot::open_file(folder / ".", how);
      FAIL("a folder was opened");
    } catch (const ingot::file_error& error) {
      CHECK(std::string(error.what()).find(std::strerror(EISDIR)) != std::string::npos);
    }
    try {
      ingot::open_file(folder / "missing", how);
      FAIL("a missing file was opened");
    } catch (const ingot::file_error& error) {
      CHECK(error.info().file == (folder / "missing").string());
      CHECK(error.info().found == std::strerror(ENOENT));
    }
  }
}

TEST_CASE("a file's short reads and interruptions don't show, and its errors do") {
  const temporary_folder folder;
  const fs::path path = folder / "file";
  const std::string text(10'000, 'x');
  write_text(path, text);
  using faulty_source = ingot::detail::basic_file_source<faulty_posix>;
  faulty_posix::reset();
  faulty_posix::choppy = true;
  CHECK(contents(faulty_source(path)) == text);
  for (const char* call : {"open", "fstat", "pread"}) {
    faulty_posix::reset();
    faulty_posix::failing = call;
    faulty_posix::nth = 1;
    faulty_posix::code = EIO;
    CHECK_THROWS_AS(contents(faulty_source(path)), ingot::file_error);
  }
  faulty_posix::reset();
}

TEST_CASE("a file that another program cuts is an error, not an endless read") {
  const temporary_folder folder;
  const fs::path path = folder / "file";
  write_text(path, "0123456789");
  const auto source = ingot::open_file(path);
  fs::resize_file(path, 4);
  CHECK_THROWS_AS(contents(*source), ingot::format_error);
}

TEST_CASE("a pipe is read into memory") {
  const temporary_folder folder;
  const fs::path path = folder / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const std::string text(200'000, 'p');
  std::thread writer([&] { write_text(path, text); });
  const auto source = ingot::open_file(path);
  writer.join();
  CHECK(contents(*source) == text);
}

TEST_CASE("a stream is read to its end whatever its exception mask") {
  const std::string text(200'000, 's');
  std::istringstream stream(text);
  stream.exceptions(std::ios::failbit | std::ios::badbit | std::ios::eofbit);
  CHECK(contents(*ingot::from_stream(stream)) == text);

  std::ifstream missing("/no/such/file");
  CHECK_THROWS_AS(ingot::from_stream(missing), ingot::file_error);
  std::ifstream folder("/");
  CHECK_THROWS_AS(ingot::from_stream(folder), ingot::file_error);
}

TEST_CASE("a window of a window says where its bytes are in the file") {
  const auto base = ingot::from_memory(bytes_of("0123456789"));
  const auto outer = std::make_shared<ingot::window_source>(base, 2, 6, "outer");
  const ingot::window_source inner(outer, 1, 3, "inner");
  CHECK(inner.base() == base);
  CHECK(inner.offset() == 3);
  CHECK(contents(inner) == "345");
  CHECK_THROWS_AS(ingot::window_source(outer, 4, 3, "too long"), ingot::format_error);
  CHECK_THROWS_AS(ingot::window_source(outer, 4, ~std::uint64_t{2}, "wraps"), ingot::format_error);
}

TEST_CASE("memory lives as long as the source that has its owner") {
  auto owner = std::make_shared<std::string>(100, 'm');
  const std::weak_ptr<std::string> watch = owner;
  const std::span<const std::byte> bytes = bytes_of(*owner);
  auto source = ingot::from_memory(bytes, std::move(owner));
  CHECK(contents(*source) == std::string(100, 'm'));
  source.reset();
  CHECK(watch.expired());
}

TEST_CASE("sinks append and count, and a stream that fails is an error") {
  ingot::memory_sink memory;
  std::ostringstream stream;
  ingot::stream_sink out(stream);
  for (ingot::sink* sink : {static_cast<ingot::sink*>(&memory), static_cast<ingot::sink*>(&out)}) {
    sink->write(bytes_of("01234"));
    sink->write({});
    sink->write(bytes_of("56789"));
    CHECK(sink->position() == 10);
  }
  CHECK(text_of(memory.bytes()) == "0123456789");
  CHECK(stream.str() == "0123456789");
  stream.setstate(std::ios::badbit);
  CHECK_THROWS_AS(out.write(bytes_of("x")), ingot::file_error);
}

}  // namespace source_test
