// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "random.hpp"

namespace fuzz {

/// Changes a text by its words, numbers and signs, or by its lines; `words` are what the format
/// knows.
class text_mutator {
 public:
  text_mutator(random& dice, std::span<const std::string_view> words)
      : dice_(dice), words_(words) {}

  void operator()(std::string& text, std::size_t most) {
    if (dice_.one_in(8)) return mutate_bytes(text, most);
    std::vector<std::string> all = dice_.one_in(4) ? lines(text) : split(text);
    for (std::size_t times = 1 + dice_.below(2); times != 0; --times) change(all);
    text.clear();
    for (const std::string& each : all) text += each;
    if (text.size() > most) text.resize(most);
  }

 private:
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
  }

  static std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> all;
    while (!text.empty()) {
      const auto* end = std::find_if_not(text.begin(), text.end(), is_word);
      const auto size = std::max<std::size_t>(1, static_cast<std::size_t>(end - text.begin()));
      all.emplace_back(text.substr(0, size));
      text.remove_prefix(size);
    }
    return all;
  }

  static std::vector<std::string> lines(std::string_view text) {
    std::vector<std::string> all;
    while (!text.empty()) {
      const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
      all.emplace_back(text.substr(0, size));
      text.remove_prefix(size);
    }
    return all;
  }

  void change(std::vector<std::string>& all) {
    if (all.empty()) return all.push_back(any_word());
    const std::size_t at = dice_.below(all.size());
    const auto place = all.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t count = 1 + dice_.below(std::min<std::size_t>(8, all.size() - at));
    const auto end = place + static_cast<std::ptrdiff_t>(count);
    switch (dice_.below(6)) {
      case 0:
        return static_cast<void>(all.erase(place, end));
      case 1: {
        const std::vector<std::string> part(place, end);
        const auto to = all.begin() + static_cast<std::ptrdiff_t>(dice_.below(all.size() + 1));
        return static_cast<void>(all.insert(to, part.begin(), part.end()));
      }
      case 2:
        return std::swap(*place, all[dice_.below(all.size())]);
      case 3:
        return static_cast<void>(all.insert(place, any_word()));
      default:
        // A number or a word becomes another one more often than a sign does.
        // One of the text's own makes two names equal.
        const bool is_own = dice_.one_in(4);
        std::string word = is_own ? *nearby_word(all, dice_.below(all.size())) : any_word();
        *nearby_word(all, at) = std::move(word);
    }
  }

  static std::vector<std::string>::iterator nearby_word(std::vector<std::string>& all,
                                                        std::size_t at) {
    for (std::size_t i = at; i < all.size() && i < at + 4; ++i) {
      if (is_word(all[i][0])) return all.begin() + static_cast<std::ptrdiff_t>(i);
    }
    return all.begin() + static_cast<std::ptrdiff_t>(at);
  }

  std::string any_word() {
    if (words_.empty() || dice_.one_in(3)) {
      const std::uint64_t number = dice_.one_in(2) ? dice_.below(70) : dice_.number();
      return std::to_string(static_cast<std::int64_t>(number));
    }
    return std::string(words_[dice_.below(words_.size())]);
  }

  random& dice_;
  std::span<const std::string_view> words_;
};

}  // namespace fuzz
