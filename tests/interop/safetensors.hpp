// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// safetensors_read: reads files from standard input, each after its length (8 bytes), and prints
/// of each on a line what it holds, or where it was refused.
void read_safetensors(const std::vector<std::string>& arguments);

/// safetensors_write IN OUT [alignment=N] [checksums] [repeat_tied] [restore_ties] [KEY:TEXT ...]:
/// from any file, with the write options and the metadata.
void write_safetensors(const std::vector<std::string>& arguments);
