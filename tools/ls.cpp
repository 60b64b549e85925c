// SPDX-License-Identifier: Apache-2.0
#include "ls.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <ingot/state/leaves.hpp>
#include <ingot/state/module.hpp>
#include <ingot/state/print.hpp>

#include "json.hpp"
#include "json_text.hpp"
#include "module_states.hpp"
#include "text.hpp"

namespace ingot::tools {

namespace {

using row = std::vector<std::string>;

enum class last_column { flush_left, flush_right };

/// Columns as wide as their widest cell, within reason.
void print_rows(std::ostream& out, const std::vector<row>& rows, last_column last) {
  constexpr std::size_t widest = 60;
  std::vector<std::size_t> widths;
  for (const row& cells : rows) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(cells[i].size(), widest));
    }
  }
  for (const row& cells : rows) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i != 0) line += "  ";
      const std::string gap(widths[i] - std::min(cells[i].size(), widths[i]), ' ');
      const bool right = last == last_column::flush_right && i + 1 == cells.size();
      line += right ? gap + cells[i] : cells[i] + gap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

bool is_tensor(const value& of) { return of.is_tensor() || of.kind() == kind::ndarray; }

std::uint64_t stored_bytes(const tensor_data& tensor) {
  if (tensor.parts) {
    std::uint64_t sum = 0;
    for (const auto& [name, part] : tensor.parts->items()) sum += stored_bytes(part.tensor());
    return sum;
  }
  if (!tensor.bytes) return 0;
  return static_cast<std::uint64_t>(byte_count(tensor.shape, size_of(tensor.type)).value_or(0));
}

std::string described_type(const value& of) {
  const tensor_data& tensor = of.tensor();
  std::string text(name(tensor.type));
  if (tensor.layout != layout::strided) text += ' ' + std::string(name(tensor.layout));
  if (of.kind() == kind::ndarray) text += " ndarray";
  return text;
}

row tensor_row(const leaf& part) {
  const tensor_data& tensor = part.content->tensor();
  return {printable(part.name), described_type(*part.content), to_string(tensor.shape),
          human_bytes(stored_bytes(tensor))};
}

row value_row(const leaf& part) {
  std::ostringstream text;
  text << *part.content;
  return {printable(part.name), std::string(name(part.content->kind())),
          printable(text.str(), 100)};
}

/// Says of what the table shows the state_dict, where there is one.
void print_modules(std::ostream& out, const value& root) {
  for (const leaf& part : leaves_of(root, false)) {
    if (!is_module(*part.content)) continue;
    out << "entire module" << (part.name.empty() ? "" : " ") << printable(part.name) << ": class "
        << printable(part.content->class_name()) << "; --json shows all of it\n";
  }
}

void print_totals(std::ostream& out, const input& file, const value& shown,
                  const std::vector<leaf>& parts) {
  std::uint64_t tensors = 0;
  std::uint64_t elements = 0;
  for (const leaf& part : parts) {
    if (!is_tensor(*part.content)) continue;
    ++tensors;
    elements += static_cast<std::uint64_t>(element_count(part.content->shape()).value_or(0));
  }
  const std::vector<named_storage> storages = storages_of(shown);
  out << grouped(tensors) << (tensors == 1 ? " tensor, " : " tensors, ") << grouped(elements)
      << (elements == 1 ? " element, " : " elements, ") << human_bytes(total_size(storages))
      << " in " << grouped(storages.size()) << (storages.size() == 1 ? " storage" : " storages")
      << "\nformat: " << file.format << '\n';
  print_modules(out, file.root);
  for (const auto& [key, text] : file.metadata.items()) {
    out << "metadata: " << printable(key.text()) << ": " << printable(text.text(), 100) << '\n';
  }
}

}  // namespace

void print_table(std::ostream& out, const input& file) {
  const value shown = with_module_states(file.root);
  const std::vector<leaf> parts = leaves_of(shown);
  std::vector<row> tensors{{"name", "dtype", "shape", "bytes"}};
  std::vector<row> others{{"name", "type", "value"}};
  for (const leaf& part : parts) {
    if (part.attribute && !is_tensor(*part.content)) continue;
    if (is_tensor(*part.content)) {
      tensors.push_back(tensor_row(part));
    } else {
      others.push_back(value_row(part));
    }
  }
  if (tensors.size() > 1) print_rows(out, tensors, last_column::flush_right);
  if (tensors.size() > 1 && others.size() > 1) out << '\n';
  if (others.size() > 1) print_rows(out, others, last_column::flush_left);
  out << '\n';
  print_totals(out, file, shown, parts);
}

void print_json(std::ostream& out, const input& file, bool digest) {
  if (digest) {
    check_sizes(file.root);
    for (const named_storage& each : storages_of(file.root)) check_storage(each);
  }
  out << "{\"format\":" << json_string(file.format) << ",\"metadata\":{";
  const char* separator = "";
  for (const auto& [key, text] : file.metadata.items()) {
    out << separator << json_string(key.text()) << ':' << json_string(text.text());
    separator = ",";
  }
  out << "},\"root\":";
  write_json(out, file.root, {.digest = digest});
  out << "}\n";
}

}  // namespace ingot::tools
