// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>

#include "numbered.hpp"

namespace contract {

/// Tensors of rank 0 that are called and hold 0, 1, 2...
inline ingot::value numbered_state(std::int64_t count) {
  std::vector<ingot::value::pair> items;
  items.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    items.emplace_back("layers." + std::to_string(i) + ".weight", numbered(i));
  }
  return ingot::value::make_mapping(ingot::kind::dict, std::move(items));
}

inline bool is_numbered_state(const ingot::value& state, std::int64_t count) {
  if (state.size() != static_cast<std::size_t>(count)) return false;
  for (std::int64_t i = 0; i < count; ++i) {
    const ingot::value* found = state.find("layers." + std::to_string(i) + ".weight");
    if (found == nullptr || found->as<std::int64_t>() != i) return false;
  }
  return true;
}

/// What a piece of work took in a process of its own.
struct cost {
  bool succeeded;
  double seconds;  ///< of the processor: the machine may have other things to do
  long megabytes;  ///< at the highest
};

/// Runs `work` in a child and waits for it; succeeded is what it returns.
template <class Work>
cost cost_of(Work work) {
  std::cout.flush();
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 1;
    try {
      code = work() ? 0 : 1;
    } catch (const std::exception& failure) {
      std::cerr << failure.what() << '\n';
    }
    ::_exit(code);
  }
  int status = 0;
  rusage used{};
  const bool waited = child > 0 && ::wait4(child, &status, 0, &used) == child;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {waited && WIFEXITED(status) && WEXITSTATUS(status) == 0,
          seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss / 1'024};
}

inline ingot::tensor_data large_tensor(ingot::storage_ptr bytes) {
  ingot::tensor_data result;
  result.type = ingot::dtype::uint8;
  result.shape = {static_cast<std::int64_t>(bytes->size())};
  result.strides = {1};
  result.bytes = std::move(bytes);
  return result;
}

/// Zeros of uint8, with a 1 in front and a 2 at the end, in a file that takes no space.
inline ingot::tensor_data large_tensor_in_file(std::uint64_t size) {
  class zeros final : public ingot::source {
   public:
    explicit zeros(std::uint64_t size) : size_(size) {}
    const std::string& name() const noexcept override { return name_; }
    std::uint64_t size() const noexcept override { return size_; }
    void read(std::uint64_t offset, std::span<std::byte> into) const override {
      std::fill(into.begin(), into.end(), std::byte{});
      if (offset == 0) into.front() = std::byte{1};
      if (offset + into.size() == size_) into.back() = std::byte{2};
    }

   private:
    std::uint64_t size_;
    std::string name_ = "zeros";
  };
  return large_tensor(std::make_shared<const ingot::storage>(
      ingot::extent{.from = std::make_shared<zeros>(size), .size = size}));
}

/// The same in memory, of which it takes little.
class large_block {
 public:
  explicit large_block(std::uint64_t size) : size_(static_cast<std::size_t>(size)) {
    void* start = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) throw std::bad_alloc();
    // A huge page would be made of real memory at the first look at it.
    ::madvise(start, size_, MADV_NOHUGEPAGE);
    data_ = static_cast<std::byte*>(start);
    data_[0] = std::byte{1};
    data_[size_ - 1] = std::byte{2};
  }
  large_block(const large_block&) = delete;
  large_block& operator=(const large_block&) = delete;
  ~large_block() { ::munmap(data_, size_); }

  /// The block must outlive it.
  ingot::tensor_data tensor() const {
    return large_tensor(std::make_shared<const ingot::storage>(data_, size_));
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_;
};

}  // namespace contract
