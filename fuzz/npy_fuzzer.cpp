// SPDX-License-Identifier: Apache-2.0
// numpy's files: .npy and, where the input is a zip file, .npz.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include <ingot/archive/npy.hpp>
#include <ingot/archive/npz.hpp>

#include "support/archive_check.hpp"
#include "support/text_mutator.hpp"
#include "support/zip_mutator.hpp"

namespace {

using bytes = std::span<const std::byte>;

constexpr std::array<std::string_view, 34> words{"{",     "}",     "(",
                                                 ")",     ",",     ":",
                                                 " ",     "'",     "'descr'",
                                                 "True",  "False", "L",
                                                 "\n",    "'<f4'", "'>i8'",
                                                 "'|b1'", "'=u2'", "'<c16'",
                                                 "'|V2'", "'<U3'", "'O'",
                                                 "'f8'",  "'<M8'", "[",
                                                 "\\",    "\"",    "'shape'",
                                                 "1,",    "(3,)",  "(2,3)",
                                                 "()",    "(0,4)", "'fortran_order'",
                                                 "-"};

// Beginning of an .npy file, up to the text of its header.
constexpr std::size_t fixed = 8;

/// Mostly the text of the header, whose length then fits again.
void mutate_array(fuzz::random& dice, std::string& file) {
  const std::size_t most = file.size() + 32;
  const bool is_first = file.size() > fixed && file[6] == 1;
  const std::size_t width = is_first ? 2 : 4;
  if (file.size() < fixed + width || dice.one_in(8)) return fuzz::mutate_bytes(file, most);
  std::uint64_t length = 0;
  std::memcpy(&length, file.data() + fixed, width);
  std::string header = file.substr(fixed + width, static_cast<std::size_t>(length));
  const std::string elements =
      file.substr(std::min(file.size(), fixed + width + static_cast<std::size_t>(length)));
  fuzz::text_mutator(dice, words)(header, header.size() + 64);
  length = dice.one_in(16) ? dice.number() : header.size();
  file.resize(fixed + width);
  if (dice.one_in(16)) file[6] = static_cast<char>(1 + dice.below(4));
  std::memcpy(file.data() + fixed, &length, width);
  file += header + elements;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes input = std::as_bytes(std::span(data, size));
  if (ingot::npz::recognizes(input)) {
    fuzz::check_archive<ingot::npz>(input, 256);
  } else {
    fuzz::check_archive<ingot::npy>(input, 64);
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  fuzz::random dice(seed);
  std::string file(reinterpret_cast<const char*>(data), size);
  if (file.starts_with("PK")) {
    fuzz::zip_mutator(dice, most, [&](const std::string&, std::string& content) {
      mutate_array(dice, content);
    })(file);
  } else {
    mutate_array(dice, file);
  }
  return fuzz::give(file, data, most);
}
