// SPDX-License-Identifier: Apache-2.0
#include "static_test.hpp"
