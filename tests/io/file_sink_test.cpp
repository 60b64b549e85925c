// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include <ingot/io/file_sink.hpp>

#include "faulty_posix.hpp"
#include "temporary_folder.hpp"

namespace file_sink_test {

namespace fs = std::filesystem;
using faulty_sink = ingot::detail::basic_file_sink<faulty_posix>;

namespace {

// More than the sink's buffer, in pieces on both sides of its size.
const std::string large(300'000, 'n');
const std::string new_text = "small" + large + "end";

template <class Sink>
void save(const fs::path& path) {
  Sink sink(path);
  sink.write(bytes_of("small"));
  sink.write(bytes_of(large));
  sink.write(bytes_of("end"));
  sink.commit();
}

std::ptrdiff_t open_files() { return std::distance(fs::directory_iterator("/proc/self/fd"), {}); }

mode_t mode_of(const fs::path& path) {
  struct stat facts{};
  ::stat(path.c_str(), &facts);
  return facts.st_mode & 07777;
}

// Runs one save with the fault; returns whether it went through.
bool survives(const fs::path& path) {
  try {
    save<faulty_sink>(path);
    return true;
  } catch (const ingot::file_error& error) {
    CHECK(std::string(error.what()).find(path.string()) != std::string::npos);
    return false;
  }
}

}  // namespace

TEST_CASE("a save replaces the file and leaves nothing else") {
  const temporary_folder folder;
  const fs::path path = folder / "model.pt";
  for (int i = 0; i < 2; ++i) {
    save<ingot::file_sink>(path);
    CHECK(read_text(path) == new_text);
    CHECK(folder.count() == 1);
  }
}

TEST_CASE("a save that isn't committed leaves the old file and no litter") {
  const temporary_folder folder;
  const fs::path path = folder / "model.pt";
  write_text(path, "old");
  {
    ingot::file_sink sink(path);
    sink.write(bytes_of(large));
    CHECK(read_text(path) == "old");
    CHECK(folder.count() == 2);
  }
  CHECK(read_text(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("whichever system call fails, the old file or the new one is there, whole") {
  const temporary_folder folder;
  const fs::path path = folder / "model.pt";
  const std::ptrdiff_t files = open_files();
  int failures = 0;
  for (const char* call : {"open", "openat", "fchmod", "write", "fsync", "close", "renameat"}) {
    for (const int code : {EIO, ENOSPC, EDQUOT, EACCES, EMFILE, EROFS}) {
      for (const bool sticky : {false, true}) {
        for (int nth = 1;; ++nth) {
          CAPTURE(call);
          CAPTURE(code);
          CAPTURE(nth);
          write_text(path, "old");
          faulty_posix::reset();
          faulty_posix::failing = call;
          faulty_posix::code = code;
          faulty_posix::sticky = sticky;
          faulty_posix::nth = nth;
          const bool saved = survives(path);
          const int made = faulty_posix::calls[call];
          // The folder's fsync comes after the rename: the new file is there, its name not durable.
          const bool renamed = saved || (std::string(call) == "fsync" && nth == 2);
          CHECK(read_text(path) == (renamed ? new_text : "old"));
          CHECK(folder.count() == 1);
          CHECK(open_files() == files);
          if (saved) {
            // The destructor's close of the folder has nobody to tell; any other failure must
            // throw.
            CHECK((made < nth || (std::string(call) == "close" && nth == 2)));
          } else {
            ++failures;
          }
          if (made < nth) break;
        }
      }
    }
  }
  CHECK(failures >= 7 * 6 * 2);
  faulty_posix::reset();
}

TEST_CASE("a failed fsync is never tried again") {
  const temporary_folder folder;
  const fs::path path = folder / "model.pt";
  for (const int code : {EIO, EINTR}) {
    faulty_posix::reset();
    faulty_posix::failing = "fsync";
    faulty_posix::nth = 1;
    faulty_posix::code = code;
    faulty_sink sink(path);
    sink.write(bytes_of("new"));
    CHECK_THROWS_AS(sink.commit(), ingot::file_error);
    CHECK_THROWS_AS(sink.commit(), ingot::value_error);
    CHECK(faulty_posix::calls["fsync"] == 1);
    CHECK_FALSE(fs::exists(path));
  }
  faulty_posix::reset();
}

TEST_CASE("short writes and interruptions don't show") {
  const temporary_folder folder;
  const fs::path path = folder / "model.pt";
  faulty_posix::reset();
  faulty_posix::choppy = true;
  save<faulty_sink>(path);
  faulty_posix::reset();
  CHECK(read_text(path) == new_text);
}

TEST_CASE("the temporary is synced before the rename and the folder after it") {
  const temporary_folder folder;
  faulty_posix::reset();
  faulty_posix::failing = "renameat";
  faulty_posix::nth = 1;
  faulty_posix::code = EIO;
  CHECK_FALSE(survives(folder / "model.pt"));
  CHECK(faulty_posix::calls["fsync"] == 1);
  faulty_posix::reset();
  CHECK(survives(folder / "model.pt"));
  CHECK(faulty_posix::calls["fsync"] == 2);
  faulty_posix::reset();
}

TEST_CASE("the replaced file's mode is kept, and a new file's follows the umask") {
  const temporary_folder folder;
  const fs::path path = folder / "model.pt";
  const mode_t mask = ::umask(027);
  save<ingot::file_sink>(path);
  ::umask(mask);
  CHECK(mode_of(path) == 0640);
  ::chmod(path.c_str(), 0604);
  save<ingot::file_sink>(path);
  CHECK(mode_of(path) == 0604);
}

TEST_CASE("a file that may not be written isn't replaced") {
  const temporary_folder folder;
  const fs::path path = folder / "model.pt";
  write_text(path, "precious");
  ::chmod(path.c_str(), 0444);
  ::chmod(path.parent_path().c_str(), 0777);
  const uid_t user = ::geteuid();
  constexpr uid_t nobody = 65534;
  if (user == 0) REQUIRE(::seteuid(nobody) == 0);  // root may write everything
  CHECK_THROWS_AS(save<ingot::file_sink>(path), ingot::file_error);
  REQUIRE(::seteuid(user) == 0);
  CHECK(read_text(path) == "precious");
}

TEST_CASE("a symbolic link stays, and what it points to is replaced") {
  const temporary_folder folder;
  fs::create_directory(folder / "data");
  write_text(folder / "data/real.pt", "old");
  fs::create_symlink("data/real.pt", folder / "middle.pt");
  fs::create_symlink("middle.pt", folder / "link.pt");
  fs::create_symlink("data/fresh.pt", folder / "dangling.pt");
  save<ingot::file_sink>(folder / "link.pt");
  save<ingot::file_sink>(folder / "dangling.pt");
  CHECK(fs::is_symlink(folder / "link.pt"));
  CHECK(fs::is_symlink(folder / "dangling.pt"));
  CHECK(read_text(folder / "data/real.pt") == new_text);
  CHECK(read_text(folder / "data/fresh.pt") == new_text);

  fs::create_symlink("loop.pt", folder / "loop.pt");
  CHECK_THROWS_AS(save<ingot::file_sink>(folder / "loop.pt"), ingot::file_error);
}

TEST_CASE("a relative path means the same file when the working directory changes before commit") {
  const temporary_folder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder / ".");
  ingot::file_sink sink("model.pt");
  fs::current_path(before);
  sink.write(bytes_of("new"));
  sink.commit();
  CHECK(read_text(folder / "model.pt") == "new");
}

TEST_CASE("a pipe is written directly") {
  const temporary_folder folder;
  const fs::path path = folder / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::string received;
  std::thread reader([&] { received = read_text(path); });
  save<ingot::file_sink>(path);
  reader.join();
  CHECK(received == new_text);
  CHECK(fs::is_fifo(path));
}

TEST_CASE("an open file's link in /proc, as /dev/stdout is, is written to, not replaced") {
  const temporary_folder folder;
  const fs::path path = folder / "out";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
  save<ingot::file_sink>("/proc/self/fd/" + std::to_string(file));
  std::string text(new_text.size(), ' ');
  CHECK(::pread(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  CHECK(text == new_text);
  ::close(file);
}

TEST_CASE("a folder, and a path in a folder that isn't there, are refused by name") {
  const temporary_folder folder;
  for (const char* name : {".", "", "no/such/model.pt"}) {
    const fs::path path = folder / name;
    CHECK_FALSE(survives(path));
  }
}

}  // namespace file_sink_test
