// SPDX-License-Identifier: Apache-2.0
// How bytes go to devices and back: what overlaps, what is one call, what is waited for.
#include <ingot/cuda/transfer_scope.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/space.hpp>
#include <ingot/ingot.hpp>
#include <ingot/io/memory_source.hpp>

#include "models.hpp"
#include "stand_in.hpp"

namespace cuda_transfer_test {

namespace {

using ingot::cuda::space;
using ingot::cuda::transfer_scope;
using models::floats;
using models::on_device;
using models::saved;

constexpr std::size_t piece = ingot::transfer_piece;

/// A stream that isn't ordered against any other.
class stream {
 public:
  stream() { REQUIRE(cudaStreamCreateWithFlags(&handle_, cudaStreamNonBlocking) == cudaSuccess); }
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream() { cudaStreamDestroy(handle_); }
  cudaStream_t get() const { return handle_; }

 private:
  cudaStream_t handle_ = nullptr;
};

struct large {
  ingot::tensor<float> weight;
};
struct large_on_device {
  on_device<float> weight;
};

/// Of so many pieces.
large numbered(std::size_t pieces) {
  large made{ingot::tensor<float>({static_cast<std::int64_t>(pieces * piece / sizeof(float))})};
  for (std::size_t i = 0; i < made.weight.size(); ++i) made.weight[i] = static_cast<float>(i);
  return made;
}

/// Notes how much is under way when it is read from.
class watched_source final : public ingot::source {
 public:
  explicit watched_source(std::vector<std::byte> bytes)
      : bytes_(ingot::from_memory(std::move(bytes))) {}
  const std::string& name() const noexcept override { return bytes_->name(); }
  std::uint64_t size() const noexcept override { return bytes_->size(); }
  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    if (into.size() == piece) seen.push_back(stand_in::pending());
    bytes_->read(offset, into);
  }

  mutable std::vector<std::size_t> seen;

 private:
  ingot::source_ptr bytes_;
};

/// Notes how much is under way when it is written to.
class watched_sink final : public ingot::sink {
 public:
  const std::string& name() const noexcept override { return name_; }
  std::vector<std::byte> bytes;
  std::vector<std::size_t> seen;

 private:
  void do_write(std::span<const std::byte> more) override {
    if (more.size() >= piece) seen.push_back(stand_in::pending());
    bytes.insert(bytes.end(), more.begin(), more.end());
  }

  std::string name_ = "watched";
};

}  // namespace

TEST_CASE("a tensor of many pieces goes to a device through few page-locked bytes, and back") {
  models::fresh_runtime();
  {
    const transfer_scope few({.pinned_bytes = 3 * piece});
    const large model = numbered(9);
    const auto file = saved<ingot::zip>(model);
    large_on_device there;
    ingot::load(there, file);
    CHECK(stand_in::most_pinned() == 3 * piece);
    CHECK(floats(there.weight) == floats(model.weight));
    CHECK(saved<ingot::zip>(there) == file);
    CHECK(saved<ingot::mapped>(there) == saved<ingot::mapped>(model));
    large back;
    const auto tagged = saved<ingot::binary>(there);
    ingot::load(back, tagged);
    CHECK(floats(back.weight) == floats(model.weight));
    CHECK(stand_in::most_pinned() == 3 * piece);
    CHECK(stand_in::calls("cudaDeviceSynchronize") == 0);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("one value of a file goes to a device and back as a load does") {
  models::fresh_runtime();
  {
    const transfer_scope few({.pinned_bytes = 3 * piece});
    const large model = numbered(9);
    const auto file = std::make_shared<watched_source>(saved<ingot::zip>(model));
    const ingot::value state = ingot::open(ingot::source_ptr(file));
    const auto there = state["weight"].as<on_device<float>>();
    CHECK(stand_in::most_pinned() == 3 * piece);
    CHECK(std::ranges::max(file->seen) > 0);  // a copy was under way while the next piece was read
    CHECK(floats(there) == floats(model.weight));
    const ingot::dict held{{"weight", there}};
    const int before = stand_in::calls("cudaMemcpyAsync");
    CHECK(floats(held["weight"].as<ingot::tensor<float>>()) == floats(model.weight));
    CHECK(stand_in::calls("cudaMemcpyAsync") == before + 9);  // to page-locked memory
    const std::size_t read = file->seen.size();
    const auto row = state["weight"].narrow(0, 5, 3).as<on_device<float>>();
    CHECK(floats(row) == std::vector<float>{5, 6, 7});
    CHECK(file->seen.size() == read);  // of the storage its own bytes alone
    const ingot::dict matrix{{"weight", on_device<float>({2, 3})}};
    CHECK_THROWS_AS((void)matrix["weight"].as<std::vector<float>>(), ingot::value_error);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("the next piece is read while the last one is copied") {
  models::fresh_runtime();
  {
    const transfer_scope few({.pinned_bytes = 4 * piece});
    const auto file = std::make_shared<watched_source>(saved<ingot::zip>(numbered(8)));
    large_on_device there;
    ingot::load_state_dict(there, ingot::open(file));
    // The fifth waits for the first one's buffer; those of the others are still being copied.
    CHECK(file->seen == std::vector<std::size_t>{0, 1, 2, 3, 3, 3, 3, 3});
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a piece is written while the next ones are copied") {
  models::fresh_runtime();
  {
    const transfer_scope few({.pinned_bytes = 4 * piece});
    const large model = numbered(8);
    const auto there = ingot::to<large_on_device>(model, space());
    watched_sink out;
    ingot::zip::write(ingot::state_dict(there), out);
    CHECK(out.seen == std::vector<std::size_t>{3, 3, 3, 3, 3, 2, 1, 0});
    CHECK(out.bytes == saved<ingot::zip>(model));
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("several devices are filled at once, from one ring") {
  models::fresh_runtime(3);
  {
    struct three {
      on_device<float> a{ingot::cuda_allocator<float>(space(0))};
      on_device<float> b{ingot::cuda_allocator<float>(space(1))};
      on_device<float> c{ingot::cuda_allocator<float>(space(2))};
    };
    const large numbers = numbered(2);
    const ingot::dict state{{"a", numbers.weight}, {"b", numbers.weight}, {"c", numbers.weight}};
    const auto file = saved<ingot::binary>(state.clone());
    three model;
    ingot::load(model, file);
    CHECK(floats(model.a) == floats(numbers.weight));
    CHECK(floats(model.b) == floats(numbers.weight));
    CHECK(floats(model.c) == floats(numbers.weight));
    CHECK(ingot::cuda::current_device() == 0);
    three again;
    ingot::load_state_dict(again, ingot::state_dict(model));  // from device to device
    CHECK(floats(again.c) == floats(numbers.weight));
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("copies are in the caller's stream, and no other one is waited for") {
  models::fresh_runtime();
  {
    const stream mine, other;
    const large model = numbered(1);
    const auto file = saved<ingot::zip>(model);
    large_on_device there{on_device<float>(model.weight.shape())};
    on_device<float> elsewhere({4});
    const transfer_scope scope({.stream = mine.get()});
    ingot::load(there, file);  // the first one makes page-locked memory
    cudaMemsetAsync(there.weight.data(), 0xff, piece, mine.get());
    cudaMemsetAsync(elsewhere.data(), 1, 4, other.get());
    ingot::load(there, file);
    CHECK(stand_in::pending(mine.get()) == 0);
    CHECK(stand_in::pending(other.get()) == 1);
    CHECK(floats(there.weight) == floats(model.weight));  // it came after what the stream had

    // What the stream is still to do to the values is in the file.
    cudaMemsetAsync(there.weight.data(), 0, piece, mine.get());
    large zeros = numbered(1);
    std::ranges::fill(zeros.weight, 0.0F);
    CHECK(saved<ingot::zip>(there) == saved<ingot::zip>(zeros));
    CHECK(stand_in::pending(other.get()) == 1);
    CHECK(stand_in::calls("cudaDeviceSynchronize") == 0);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("scopes nest: an inner one says what changes, for its device") {
  models::fresh_runtime();
  {
    const stream first, second;
    CHECK(transfer_scope::stream_of(0) == cudaStreamPerThread);
    const transfer_scope outer({.stream = first.get(), .pinned_bytes = 5});
    {
      const transfer_scope inner({.device = 1, .stream = second.get()});
      CHECK(transfer_scope::stream_of(0) == first.get());
      CHECK(transfer_scope::stream_of(1) == second.get());
      CHECK(transfer_scope::pinned_bytes() == 5);
    }
    CHECK(transfer_scope::stream_of(1) == cudaStreamPerThread);
    const transfer_scope legacy({.stream = nullptr});
    CHECK(transfer_scope::stream_of(0) == cudaStreamPerThread);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("page-locked memory is kept for the next load, as much as one may take") {
  models::fresh_runtime();
  {
    const auto file = saved<ingot::zip>(numbered(8));
    large_on_device there;
    for (int i = 0; i < 3; ++i) {
      const transfer_scope few({.pinned_bytes = 4 * piece});
      ingot::load(there, file);
    }
    CHECK(stand_in::calls("cudaMallocHost") == 4);
    CHECK(stand_in::calls("cudaFreeHost") == 0);
    CHECK(saved<ingot::zip>(there) == file);  // a ring of larger ones: they would count
    CHECK(stand_in::most_pinned() <= 32U << 20);
    const transfer_scope least({.pinned_bytes = 0});
    ingot::load(there, file);
    ingot::cuda::release_pinned_memory();
    CHECK(stand_in::calls("cudaFreeHost") == stand_in::calls("cudaMallocHost"));
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("what small loads left doesn't keep a large one's buffers from being kept") {
  models::fresh_runtime();
  {
    const auto small = saved<ingot::zip>(models::example());
    models::on_one first;
    ingot::load(first, small);
    const auto file = saved<ingot::zip>(numbered(8));
    large_on_device there;
    const transfer_scope few({.pinned_bytes = 4 * piece});
    ingot::load(there, file);
    const int freed = stand_in::calls("cudaFreeHost");
    ingot::load(there, file);
    ingot::load(there, file);
    CHECK(stand_in::calls("cudaFreeHost") == freed);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("no device is waited for, without a scope too") {
  models::fresh_runtime();
  {
    const auto file = saved<ingot::zip>(numbered(1));
    large_on_device there{on_device<float>(numbered(1).weight.shape())};
    ingot::load(there, file);
    const stream other;
    on_device<float> elsewhere({4});
    cudaMemsetAsync(elsewhere.data(), 1, 4, other.get());
    ingot::load(there, file);
    CHECK(saved<ingot::zip>(there) == file);
    CHECK(stand_in::pending(other.get()) == 1);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("from device to device no bytes come to the host") {
  models::fresh_runtime();
  {
    auto model = ingot::to<large_on_device>(numbered(3), space());
    const int before = stand_in::calls("cudaMallocHost");
    const ingot::value copy = ingot::state_dict(model).clone();
    model = ingot::to(std::move(model), space(1));
    CHECK(floats(model.weight)[7] == 7);
    CHECK(copy["weight"].tensor().device == ingot::device("cuda:0"));
    CHECK(stand_in::calls("cudaMallocHost") == before);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a copy to another device comes after what the first one's stream had") {
  models::fresh_runtime();
  {
    const stream writes;
    on_device<float> there({4});
    cudaMemsetAsync(there.data(), 0x3f, 16, writes.get());
    const transfer_scope scope({.stream = writes.get()});
    const on_device<float> copy(there, ingot::cuda_allocator<float>(space(1)));
    CHECK(floats(copy)[3] > 0.7F);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a snapshot is of the state as the stream had it at the call") {
  models::fresh_runtime();
  {
    const stream training;
    const transfer_scope scope({.stream = training.get(), .pinned_bytes = 2 * piece});
    auto model = ingot::to<large_on_device>(numbered(5), space());
    const auto expected = floats(model.weight);
    const on_device<float> step({4});
    const ingot::value state =
        ingot::dict{{"model", ingot::state_dict(model)}, {"again", model.weight}, {"epoch", 3}};
    const ingot::value copy = ingot::snapshot(state);
    cudaMemsetAsync(model.weight.data(), 0, 5 * piece, training.get());  // the next step
    CHECK(copy["model"]["weight"].as<std::vector<float>>() == expected);
    CHECK(copy["model"]["weight"].tensor().device == ingot::device("cpu"));
    CHECK(copy["epoch"].integer() == 3);
    CHECK(floats(model.weight)[1] == 0);
    CHECK(ingot::snapshot(state)["again"].as<std::vector<float>>()[1] == 0);
    CHECK(stand_in::most_pinned() == 2 * piece);
    CHECK(stand_in::calls("cudaDeviceSynchronize") == 0);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("blocks of a device that happen to follow one another are copied one by one") {
  models::fresh_runtime();
  {
    struct two {
      on_device<float> a, b;
    };
    const large first = numbered(1), second = numbered(1);
    const ingot::dict state{{"a", first.weight}, {"b", second.weight}};
    two model{on_device<float>(first.weight.shape()), on_device<float>(first.weight.shape())};
    const auto* lower = std::min(model.a.data(), model.b.data());
    REQUIRE(std::max(model.a.data(), model.b.data()) == lower + first.weight.size());
    ingot::load_state_dict(model, state);  // a copy across both would be refused
    CHECK(floats(model.b) == floats(second.weight));
    CHECK(ingot::snapshot(ingot::state_dict(model))["a"].as<std::vector<float>>() ==
          floats(first.weight));
  }
  CHECK(models::nothing_is_left());
}

}  // namespace cuda_transfer_test
