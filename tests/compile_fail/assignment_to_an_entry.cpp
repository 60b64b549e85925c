// EXPECT: write `checkpoint.with(key, content)`
// SPDX-License-Identifier: Apache-2.0
#include <ingot/archive/open.hpp>

void use(ingot::opened_file& checkpoint) { checkpoint["epoch"] = 8; }
