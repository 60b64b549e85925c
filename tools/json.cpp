// SPDX-License-Identifier: Apache-2.0
#include "json.hpp"

#include <complex>
#include <cstddef>
#include <span>
#include <sstream>
#include <unordered_map>
#include <vector>

#include <ingot/core/device.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/children.hpp>
#include <ingot/state/expanded_size.hpp>
#include <ingot/state/print.hpp>

#include "digest.hpp"
#include "hexadecimal.hpp"
#include "json_text.hpp"

namespace ingot::tools {

namespace {

std::string json_numbers(std::span<const std::int64_t> numbers) {
  std::string text = "[";
  for (const std::int64_t number : numbers) {
    if (text.size() > 1) text += ',';
    text += std::to_string(number);
  }
  return text + ']';
}

std::string json_integer(const value& number) {
  const bool wide = number.integer_octets().size() > sizeof(std::int64_t);
  return wide ? '"' + decimal(number) + '"' : decimal(number);
}

std::string json_complex(std::complex<double> number) {
  return '[' + json_number(number.real()) + ',' + json_number(number.imag()) + ']';
}

/// Writes nodes in order with a stack of its own: files nest as deeply as their writer liked.
class json_writer {
 public:
  json_writer(std::ostream& out, const json_options& options) : out_(out), options_(options) {}

  void operator()(const value& root) {
    open(root);
    while (!stack_.empty()) {
      frame& top = stack_.back();
      if (top.next == child_count(*top.of)) {
        close(*top.of, top.next);
        stack_.pop_back();
      } else {
        const std::size_t index = top.next++;
        separate(*top.of, index);
        open(child(*top.of, index));
      }
    }
  }

 private:
  struct frame {
    const value* of;
    std::size_t next;
  };

  /// Writes a leaf, or the beginning of a node with children.
  void open(const value& of) {
    out_ << "{\"t\":\"" << name(of.kind()) << '"';
    if (of.is_mapping() || of.is_sequence() || of.kind() == kind::object) {
      if (of.kind() == kind::object) out_ << ",\"class\":" << json_string(of.class_name());
      out_ << ",\"items\":[";
      stack_.push_back({&of, 0});
    } else if (of.is_tensor() || of.kind() == kind::ndarray) {
      open_tensor(of);
    } else {
      write_scalar(of);
      out_ << '}';
    }
  }

  /// What stands between a node's beginning, its children and its end.
  void separate(const value& of, std::size_t index) {
    if (of.is_tensor()) return separate_tensor(of.tensor(), index);
    if (of.is_sequence()) {
      if (index != 0) out_ << ',';
      return;
    }
    const std::size_t in_items = 2 * of.items().size();
    if (index < in_items) {
      out_ << (index % 2 == 1 ? "," : index == 0 ? "[" : "],[");
      return;
    }
    if (index == in_items) out_ << (index == 0 ? "" : "]") << "],\"attrs\":[[";
    if (index != in_items) out_ << "],[";
    const value& attribute = of.attributes()[index - in_items].first;
    out_ << (attribute.kind() == kind::string ? json_string(attribute.text()) : "\"\"") << ',';
  }

  void close(const value& of, std::size_t children) {
    if (of.is_tensor()) {
      out_ << '}';
    } else {
      out_ << (of.is_sequence() || children == 0 ? "]}" : "]]}");
    }
  }

  void write_scalar(const value& of) {
    switch (of.kind()) {
      case kind::boolean:
        out_ << ",\"v\":" << (of.boolean() ? "true" : "false");
        break;
      case kind::integer:
        out_ << ",\"v\":" << json_integer(of);
        break;
      case kind::floating:
        out_ << ",\"v\":" << json_number(of.floating());
        break;
      case kind::complex:
        out_ << ",\"v\":" << json_complex(of.as<std::complex<double>>());
        break;
      case kind::string:
        out_ << ",\"v\":" << json_string(of.text());
        break;
      case kind::bytes:
      case kind::bytearray:
        out_ << ",\"hex\":\"" << hexadecimal(of.text()) << '"';
        break;
      case kind::size:
        out_ << ",\"v\":" << json_numbers(of.shape().extents());
        break;
      case kind::dtype:
        out_ << ",\"v\":\"" << name(of.type()) << '"';
        break;
      case kind::device:
        out_ << ",\"v\":" << json_string(to_string(of.as<device>()));
        break;
      default:  // none and cycle: all is said
        break;
    }
  }

  void open_tensor(const value& of) {
    const tensor_data& tensor = of.tensor();
    const bool meta = tensor.layout == layout::meta;
    const bool sparse = tensor.parts != nullptr;
    // A meta tensor is a strided one on a device without memory, in PyTorch's own words.
    out_ << ",\"dtype\":\"" << name(tensor.type) << "\",\"layout\":\""
         << name(meta ? layout::strided : tensor.layout)
         << "\",\"shape\":" << json_numbers(tensor.shape.extents());
    if (!sparse) out_ << ",\"stride\":" << json_numbers(tensor.strides);
    out_ << ",\"requires_grad\":" << (tensor.requires_grad ? "true" : "false")
         << ",\"device\":" << json_string(meta ? "meta" : to_string(tensor.device));
    if (!sparse) write_elements(tensor);
    if (tensor.quantizer) write_quantizer(*tensor.quantizer);
    if (child_count(of) != 0) {
      stack_.push_back({&of, 0});
    } else {
      out_ << '}';
    }
  }

  void write_elements(const tensor_data& tensor) {
    // Nothing shares a meta tensor's storage: it gets a number of its own.
    const storage* place = tensor.bytes.get();
    const std::size_t alias =
        place == nullptr ? next_alias_++ : aliases_.try_emplace(place, next_alias_).first->second;
    if (alias == next_alias_) ++next_alias_;
    out_ << ",\"alias\":" << alias << ",\"nbytes\":";
    const auto bytes = byte_count(tensor.shape, size_of(tensor.type));
    if (bytes) {
      out_ << *bytes;
    } else {
      out_ << "null";
    }
    if (options_.digest && place != nullptr) {
      out_ << ",\"sha256\":\"" << sha256(tensor) << '"';
    }
  }

  void write_quantizer(const quantizer& of) {
    out_ << ",\"qscheme\":" << json_string(of.scheme);
    if (of.scales) {
      out_ << ",\"axis\":" << of.axis;
    } else {
      out_ << ",\"scale\":" << json_number(of.scale) << ",\"zero_point\":" << of.zero_point;
    }
  }

  void separate_tensor(const tensor_data& tensor, std::size_t index) {
    out_ << ',';
    if (tensor.parts) {
      out_ << json_string(tensor.parts->items()[index].first.text()) << ':';
    } else {
      out_ << (index == 0 ? "\"scales\":" : "\"zero_points\":");
    }
  }

  std::ostream& out_;
  json_options options_;
  std::vector<frame> stack_;
  std::unordered_map<const storage*, std::size_t> aliases_;
  std::size_t next_alias_ = 0;
};

}  // namespace

void write_json(std::ostream& out, const value& root, const json_options& options) {
  detail::check_expanded_size(root);
  json_writer writer(out, options);
  writer(root);
}

std::string to_json(const value& root, const json_options& options) {
  std::ostringstream text;
  write_json(text, root, options);
  return std::move(text).str();
}

}  // namespace ingot::tools
