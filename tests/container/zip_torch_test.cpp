// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/container/zip_writer.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/open.hpp>

namespace zip_torch_test {
namespace {

using bytes = std::vector<std::byte>;
using members = std::vector<std::pair<std::string, bytes>>;

bytes real_file() {
  const auto file = ingot::open_file(INGOT_SOURCE_DIR "/tests/data/torch_small.pt");
  bytes all(static_cast<std::size_t>(file->size()));
  file->read(0, all);
  return all;
}

// Everything in a zip file, checked.
members unpack(const bytes& zip) {
  const ingot::zip_reader reader(ingot::from_memory(zip));
  members all;
  for (const ingot::zip_entry& entry : reader.entries()) {
    ingot::check_member(reader.file(), entry);
    const auto member = ingot::open_member(reader.file(), entry);
    all.emplace_back(entry.name, bytes(static_cast<std::size_t>(member->size())));
    member->read(0, all.back().second);
  }
  return all;
}

// Refused, or as if nothing had happened: never another content.
bool harmless(const bytes& damaged, const members& original) {
  try {
    return unpack(damaged) == original;
  } catch (const ingot::format_error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("a file of torch.save is rebuilt from its records, byte for byte") {
  const bytes real = real_file();
  ingot::memory_sink out;
  ingot::zip_writer writer(out);
  for (const auto& [name, content] : unpack(real)) writer.add(name, content);
  writer.finish();
  CHECK(std::move(out).take() == real);
}

TEST_CASE("a cut file is refused at every length") {
  const bytes real = real_file();
  for (std::size_t size = 0; size < real.size(); ++size) {
    CAPTURE(size);
    CHECK_THROWS_AS(unpack(bytes(real.begin(), real.begin() + static_cast<std::ptrdiff_t>(size))),
                    ingot::format_error);
  }
}

TEST_CASE("no changed bit or byte gives another content") {
  const bytes real = real_file();
  const members original = unpack(real);
  bytes damaged = real;
  for (std::size_t at = 0; at < real.size(); ++at) {
    CAPTURE(at);
    for (const unsigned change : {1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u, 255u}) {
      damaged[at] = real[at] ^ static_cast<std::byte>(change);
      if (!harmless(damaged, original)) FAIL_CHECK("bits " << change << " of byte " << at);
    }
    for (const int value : {0x00, 0xff}) {
      damaged[at] = static_cast<std::byte>(value);
      if (!harmless(damaged, original)) FAIL_CHECK("value " << value << " at byte " << at);
    }
    damaged[at] = real[at];
  }
}

}  // namespace zip_torch_test
