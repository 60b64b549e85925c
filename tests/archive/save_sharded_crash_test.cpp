// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <ingot/archive/detail/sharded_save.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save_sharded.hpp>

#include "../io/faulty_posix.hpp"
#include "../io/temporary_folder.hpp"
#include "sharded_layers.hpp"

namespace save_sharded_crash_test {

using ingot::save_sharded;
using namespace sharded_layers;

namespace {

template <class Posix>
void save(const layers& of, const fs::path& path, const ingot::sharded_options& how = two_a_shard) {
  ingot::detail::save_sharded<Posix>(ingot::state_dict(of), path, how);
}

}  // namespace

TEST_CASE("whichever system call fails, the old model or the new one is there, whole") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  int failures = 0;
  for (const char* call :
       {"open", "openat", "fchmod", "write", "fsync", "close", "renameat", "unlinkat"}) {
    for (const int code : {EIO, ENOSPC}) {
      for (const bool sticky : {false, true}) {
        for (int nth = 1;; ++nth) {
          CAPTURE(call);
          CAPTURE(code);
          CAPTURE(sticky);
          CAPTURE(nth);
          faulty_posix::reset();
          save_sharded(model(1), index, two_a_shard);
          const names before = names_in(folder / ".");
          faulty_posix::failing = call;
          faulty_posix::code = code;
          faulty_posix::sticky = sticky;
          faulty_posix::nth = nth;
          bool saved = false;
          try {
            save<faulty_posix>(model(2), index);
            saved = true;
          } catch (const ingot::file_error&) {
            ++failures;
          }
          const float number = number_in(index);
          CHECK((number == 2 || (number == 1 && !saved)));
          // What could not be removed is left over; the next save removes it.
          const bool can_remove = std::string_view(call) != "unlinkat";
          if (number == 1 && can_remove) CHECK(names_in(folder / ".") == before);
          if (saved) CHECK(names_in(folder / ".").size() == before.size());
          if (faulty_posix::calls[call] < nth) break;
        }
      }
    }
  }
  CHECK(failures > 100);
  faulty_posix::reset();
  save_sharded(model(3), index, two_a_shard);
  CHECK(folder.count() == 4);
}

TEST_CASE("a file system without locks is saved to, too") {
  const temporary_folder folder;
  faulty_posix::reset();
  faulty_posix::failing = "flock";
  faulty_posix::code = ENOLCK;
  faulty_posix::nth = 1;
  save<faulty_posix>(model(1), folder / index_name);
  CHECK(faulty_posix::calls["flock"] == 1);
  CHECK(number_in(folder / index_name) == 1);
  faulty_posix::reset();
}

namespace {

/// Ends the process, as a crash would, instead of the system call whose turn it is.
struct dying_posix : ingot::detail::posix {
  static inline int left = 0;
  static constexpr int status = 9;

  static void step() {
    if (left-- == 0) ::_exit(status);
  }
  static int openat(int folder, const char* name, int flags, mode_t mode) {
    step();
    return posix::openat(folder, name, flags, mode);
  }
  static ssize_t write(int file, const void* from, std::size_t bytes) {
    step();
    return posix::write(file, from, bytes);
  }
  static int fsync(int file) {
    step();
    return posix::fsync(file);
  }
  static int renameat(int folder, const char* from, const char* to) {
    step();
    return posix::renameat(folder, from, to);
  }
  static int unlinkat(int folder, const char* name) {
    step();
    return posix::unlinkat(folder, name);
  }
};

/// Saves in a process that dies at step `nth`; returns whether it lived.
bool save_and_die(const layers& of, const fs::path& path, int nth,
                  const ingot::sharded_options& how = two_a_shard) {
  const pid_t child = ::fork();
  if (child == 0) {
    dying_posix::left = nth;
    save<dying_posix>(of, path, how);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a process that dies at any moment leaves the old model or the new one, whole") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  int deaths = 0;
  float number = 1;
  // Twice: of the first generation a dead save leaves what might be anybody's.
  for (int save = 0; save < 2; ++save) save_sharded(model(number), index, two_a_shard);
  for (int nth = 0;; ++nth) {
    CAPTURE(nth);
    const bool lived = save_and_die(model(number + 1), index, nth);
    const float found = number_in(index);
    CHECK((found == number + 1 || (found == number && !lived)));
    number = found;
    if (lived) break;
    ++deaths;
  }
  CHECK(deaths > 20);
  // The shards of the dead ones are gone, their temporaries aren't: they may belong to the living.
  for (const std::string& name : names_in(folder / ".")) {
    CHECK((name == index_name || name.find("-of-") == std::string::npos ||
           ingot::open(folder / name.c_str()).size() != 0));
  }
  CHECK(std::ranges::count_if(names_in(folder / "."), [](const std::string& name) {
          return name.ends_with(".safetensors");
        }) == 3);
}

TEST_CASE("a save that dies leaves the one file the old or the new one, and others' shards alone") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  const fs::path one = folder / "model.safetensors";
  const fs::path other = folder / "model-00001-of-00002.safetensors";
  write_text(other, "a shard of somebody else");
  float number = 1;
  save_sharded(model(number), index);
  for (int nth = 0;; ++nth) {
    const bool lived = save_and_die(model(number + 1), index, nth, {});
    const float found = number_in(one);
    CHECK((found == number + 1 || (found == number && !lived)));
    CHECK_FALSE(fs::exists(index));
    CHECK(read_text(other) == "a shard of somebody else");
    number = found;
    if (lived) break;
  }
}

TEST_CASE(
    "a first save that dies over somebody's shards leaves them alone, and no index of a part") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  const fs::path other = folder / "model-00001-of-00002.safetensors";
  write_text(other, "a shard of somebody else");
  for (int nth = 0;; ++nth) {
    fs::remove(index);
    const bool lived = save_and_die(model(2), index, nth);
    if (lived || fs::exists(index)) CHECK(number_in(index) == 2);
    CHECK(read_text(other) == "a shard of somebody else");
    if (lived) break;
  }
}

namespace {

/// Notes what becomes visible and durable, in order.
struct noting_posix : ingot::detail::posix {
  static inline std::vector<std::string> notes{};

  static int fsync(int file) {
    struct stat facts{};
    ::fstat(file, &facts);
    notes.emplace_back(S_ISDIR(facts.st_mode) ? "sync folder" : "sync file");
    return posix::fsync(file);
  }
  static int renameat(int folder, const char* from, const char* to) {
    notes.push_back(std::string("name ") + to);
    return posix::renameat(folder, from, to);
  }
  static int unlinkat(int folder, const char* name) {
    notes.push_back(std::string("remove ") + name);
    return posix::unlinkat(folder, name);
  }
};

}  // namespace

TEST_CASE("shards are on the disk before the index, and the index before a removal") {
  const temporary_folder folder;
  for (int save = 0; save < 2; ++save) save_sharded(model(1, 3), folder / index_name, two_a_shard);
  noting_posix::notes.clear();
  save<noting_posix>(model(2, 3), folder / index_name);
  CHECK(noting_posix::notes ==
        std::vector<std::string>{
            "sync file", "name model-g3-00001-of-00002.safetensors", "sync folder",  //
            "sync file", "name model-g3-00002-of-00002.safetensors", "sync folder",  //
            "sync file", "name model.safetensors.index.json", "sync folder",         //
            "remove model-g2-00001-of-00002.safetensors",                            //
            "remove model-g2-00002-of-00002.safetensors", "sync folder"});
}

TEST_CASE("of two that save at once one is there as a whole, and nothing of the other") {
  const temporary_folder folder;
  const fs::path index = folder / index_name;
  const auto save_often = [&](float number) {
    for (int i = 0; i < 20; ++i) save_sharded(model(number), index, two_a_shard);
  };
  std::thread other(save_often, 1.0F);
  save_often(2);
  other.join();
  const float number = number_in(index);
  CHECK((number == 1 || number == 2));
  CHECK(folder.count() == 4);
}

}  // namespace save_sharded_crash_test
