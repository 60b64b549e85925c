// EXPECT: write `checkpoint.with(key, content)`
// SPDX-License-Identifier: Apache-2.0
#include <ingot/state/value.hpp>

void use(const ingot::value& checkpoint) { checkpoint["best"] = checkpoint["model"]; }
