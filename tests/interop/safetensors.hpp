// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// safetensors-verdicts: reads files from standard input, each after its length (8 bytes), and says
/// of each on a line what the reader makes of it.
void judge_safetensors(const std::vector<std::string>& arguments);
