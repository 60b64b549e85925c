// SPDX-License-Identifier: Apache-2.0
// A network that PyTorch saved is trained on in C++, interrupted, and resumed in a new process; it
// ends at the losses and weights that PyTorch recorded for the run without an interruption.
#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>

#include <ingot/ingot.hpp>

#include "net.hpp"
#include "process.hpp"
#include "recorded_run.hpp"
#include "sgd.hpp"

namespace {

namespace fs = std::filesystem;
using demo::tensor;

// Far above float32 rounding here (1e-7), far below what a lost momentum changes (5e-4).
constexpr double tolerance = 1e-6;

/// Prints how far ours is from PyTorch's; throws where that is too far.
void check(const std::string& what, double difference) {
  std::cout << what << ": largest difference from PyTorch's " << difference << std::endl;
  if (difference > tolerance) throw std::runtime_error(what + " aren't PyTorch's");
}

double largest_difference(const tensor& ours, const tensor& theirs) {
  if (ours.shape() != theirs.shape()) throw std::runtime_error("the shapes differ");
  double largest = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double difference = std::abs(static_cast<double>(ours[i]) - theirs[i]);
    if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, difference);
  }
  return largest;
}

/// Trains one epoch; returns the last step's loss.
double train(demo::the_model_class& model, demo::sgd& optimizer, const demo::recorded_run& run,
             std::size_t epoch) {
  double last = 0;
  for (std::size_t i = 0; i < run.steps_per_epoch(); ++i) {
    const std::size_t step = epoch * run.steps_per_epoch() + i;
    const auto activations = demo::forward(model, run.images(step));
    const auto [loss, logits_gradient] = demo::cross_entropy(activations.logits, run.labels(step));
    auto gradients = demo::backward(model, activations, logits_gradient);
    optimizer.step(demo::parameters(gradients));
    std::cout << "epoch " << epoch << " step " << step << ": loss " << loss << ", PyTorch's "
              << run.loss(step) << '\n';
    if (!(std::abs(loss - run.loss(step)) <= tolerance)) {
      throw std::runtime_error("the loss of step " + std::to_string(step) +
                               " isn't the one that PyTorch recorded");
    }
    last = loss;
  }
  return last;
}

void train_first_epoch(const fs::path& data, const fs::path& work) {
  const fs::path path = data / "the_model_class.pt";
  const auto file = ingot::open(path);
  std::cout << "process " << getpid() << " opens " << path.string() << ", written by PyTorch:\n";
  for (const auto& [name, stored] : file.items()) {
    std::cout << name << '\t' << stored.shape() << '\n';
  }
  demo::the_model_class model;
  ingot::load(model, path);
  std::cout << "loaded into a plain C++ struct\n";

  const auto prediction = ingot::open(data / "prediction.pt");
  const auto logits = demo::forward(model, prediction["image"].as<tensor>()).logits;
  check("logits of an image", largest_difference(logits, prediction["logits"].as<tensor>()));

  demo::sgd optimizer{.params = demo::parameters(model), .lr = 0.001, .momentum = 0.9};
  const double loss = train(model, optimizer, demo::recorded_run(data / "training.pt"), 0);

  const fs::path checkpoint = work / "checkpoint.tar";
  ingot::save(ingot::dict{{"epoch", 0},
                          {"model_state_dict", ingot::state_dict(model)},
                          {"optimizer_state_dict", ingot::state_dict(optimizer)},
                          {"loss", loss}},
              checkpoint);
  std::cout << "saved " << checkpoint.string() << "; process " << getpid() << " ends\n\n";
}

void resume(const fs::path& data, const fs::path& work) {
  const auto checkpoint = ingot::open(work / "checkpoint.tar");
  demo::the_model_class model;
  ingot::load_state_dict(model, checkpoint["model_state_dict"]);
  demo::sgd optimizer{.params = demo::parameters(model)};
  ingot::load_state_dict(optimizer, checkpoint["optimizer_state_dict"]);
  const auto epoch = checkpoint["epoch"].as<std::size_t>();
  std::cout << "process " << getpid() << " resumes after epoch " << epoch << ", loss "
            << checkpoint["loss"].as<double>() << ", lr " << optimizer.lr << ", momentum "
            << optimizer.momentum << '\n';

  const demo::recorded_run run(data / "training.pt");
  for (std::size_t next = epoch + 1; next < run.epochs(); ++next) {
    train(model, optimizer, run, next);
  }
  double difference = 0;
  demo::the_model_class recorded;
  ingot::load_state_dict(recorded, run.final_state());
  const auto ours = demo::parameters(model), theirs = demo::parameters(recorded);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    difference = std::max(difference, largest_difference(*ours[i], *theirs[i]));
  }
  check("weights at the end", difference);
  ingot::save(model, work / "trained.pt");
  std::cout << "saved " << (work / "trained.pt").string()
            << "; in Python: model.load_state_dict(torch.load(\"trained.pt\"))\n";
}

int run(std::span<char*> arguments) {
  if (arguments.size() == 3) {
    const std::string program = arguments[0], data = arguments[1], work = arguments[2];
    fs::create_directories(work);
    const int code = demo::run_again({program, "--train", data, work});
    return code != 0 ? code : demo::run_again({program, "--resume", data, work});
  }
  const std::string mode = arguments.size() == 4 ? arguments[1] : "";
  std::cout << std::setprecision(8);
  if (mode == "--train") {
    train_first_epoch(arguments[2], arguments[3]);
  } else if (mode == "--resume") {
    resume(arguments[2], arguments[3]);
  } else {
    std::cerr << "usage: ingot_demo <data-folder> <work-folder>\n";
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv, static_cast<std::size_t>(argc)});
  } catch (const std::exception& failure) {
    std::cerr << "ingot_demo: " << failure.what() << '\n';
    return 1;
  }
}
