// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include <ingot/ingot.hpp>

#include "layers.hpp"

namespace demo {

/// The run that PyTorch recorded: the samples, the losses and where it ended.
class recorded_run {
 public:
  explicit recorded_run(const std::filesystem::path& file)
      : record_(ingot::open(file)),
        images_(record_["images"].as<tensor>()),
        labels_(record_["labels"].as<ingot::tensor<std::int64_t>>()),
        batch_size_(record_["batch_size"].as<std::size_t>()) {}

  std::size_t epochs() const { return record_["epochs"].as<std::size_t>(); }
  std::size_t steps_per_epoch() const { return labels_.size() / batch_size_; }
  double loss(std::size_t step) const { return record_["losses"][step].as<double>(); }
  auto final_state() const { return record_["model_state_dict"]; }

  tensor images(std::size_t step) const {
    tensor batch({static_cast<std::int64_t>(batch_size_), 3, 32, 32});
    std::copy_n(images_.data() + first(step) * 3 * 32 * 32, batch.size(), batch.data());
    return batch;
  }
  const std::int64_t* labels(std::size_t step) const { return labels_.data() + first(step); }

 private:
  std::size_t first(std::size_t step) const { return step % steps_per_epoch() * batch_size_; }

  ingot::value record_;
  tensor images_;
  ingot::tensor<std::int64_t> labels_;
  std::size_t batch_size_;
};

}  // namespace demo
