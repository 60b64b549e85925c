// SPDX-License-Identifier: Apache-2.0
// What dlpack_test.py calls: a shared library, as an extension of Python's is one.
#include <cstddef>
#include <exception>
#include <string>

#include <ingot/ingot.hpp>
#include <ingot/state/from_dlpack.hpp>
#include <ingot/state/to_dlpack.hpp>

namespace {

namespace dlpack = ingot::dlpack;

struct linear {
  ingot::tensor_ref<float> weight;
};

std::string last_error;

// An exception stays on this side: its text is kept until the next call.
template <class Call>
auto told(Call call) noexcept -> decltype(call()) {
  last_error.clear();
  try {
    return call();
  } catch (const std::exception& e) {
    last_error = e.what();
    return {};
  }
}

}  // namespace

extern "C" {

const char* dlpack_error() { return last_error.c_str(); }

/// Takes a tensor and hands it on.
dlpack::managed_tensor* dlpack_pass_on(dlpack::managed_tensor* from) {
  return told([&] { return ingot::to_dlpack(ingot::from_dlpack(from)); });
}

/// Saves {"weight": tensor}.
bool dlpack_save(dlpack::managed_tensor* from, const char* path) {
  return told([&] {
    ingot::save(ingot::dict{{"weight", ingot::from_dlpack(from)}}, path);
    return true;
  });
}

/// Loads a file's "weight" into the tensor's own memory, and gives the tensor back.
bool dlpack_load(dlpack::managed_tensor* into, const char* path) {
  return told([&] {
    const ingot::value kept = ingot::from_dlpack(into);
    linear model{ingot::as_tensor_ref<float>(*into)};
    ingot::load(model, path);
    return true;
  });
}

/// A tensor of the program's: [[0, 1, 2], [3, 4, 5]].
dlpack::managed_tensor* dlpack_own() {
  static ingot::tensor<float> own({2, 3});
  for (std::size_t i = 0; i < 6; ++i) own[i] = static_cast<float>(i);
  return told([&] { return ingot::to_dlpack(own); });
}

}  // extern "C"
