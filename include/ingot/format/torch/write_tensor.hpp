// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <ingot/core/error.hpp>
#include <ingot/format/pickle/emitter.hpp>
#include <ingot/format/torch/storage_table.hpp>
#include <ingot/state/sparse_parts.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::torch {

using pickle::emitter;
using pickle::opcode;

inline void write_integers(emitter& out, std::span<const std::int64_t> numbers) {
  if (numbers.size() > 3) out(opcode::mark);
  for (const std::int64_t number : numbers) out.integer(number);
  out.tuple(numbers.size());
}

/// torch.Size((2, 3))
inline void write_size(emitter& out, const ingot::shape& size) {
  out.global("torch", "Size");
  write_integers(out, size.extents());
  out.tuple(1);
  out.reduce();
}

/// Throws value_error for a dtype that PyTorch doesn't have.
inline void check_dtype(dtype type) {
  if (info(type).in_torch) return;
  throw value_error({.expected = "a dtype of PyTorch", .found = std::string(name(type))});
}

/// OrderedDict(): the hooks that every tensor has.
inline void write_no_hooks(emitter& out) {
  out.global("collections", "OrderedDict");
  out.tuple(0);
  out.reduce();
}

/// Writes tensors as torch.Tensor.__reduce_ex__ does. Throws value_error.
class tensor_writer {
 public:
  tensor_writer(emitter& out, storage_table& storages) : out_(out), storages_(storages) {}

  void write(const tensor_data& tensor) {
    if (!tensor.is_parameter) return write_data(tensor, tensor.requires_grad);
    out_.global("torch._utils", "_rebuild_parameter");
    write_data(tensor, false);
    out_.boolean(tensor.requires_grad);
    write_no_hooks(out_);
    out_.tuple(3);
    out_.reduce();
  }

 private:
  void write_data(const tensor_data& tensor, bool requires_grad) {
    if (tensor.layout == layout::meta) return write_meta(tensor, requires_grad);
    if (tensor.layout != layout::strided) return write_sparse(tensor);
    check(tensor);
    // Only these dtypes have a storage class of their own, and LibTorch knows only these.
    const bool typed = !info(tensor.type).storage.empty();
    out_.global("torch._utils", tensor.quantizer ? "_rebuild_qtensor"
                                : typed          ? "_rebuild_tensor_v2"
                                                 : "_rebuild_tensor_v3");
    out_(opcode::mark);
    write_storage(storages_.add(tensor), typed);
    out_.integer(tensor.offset);
    write_integers(out_, tensor.shape.extents());
    write_integers(out_, tensor.strides);
    if (tensor.quantizer) write_quantizer(*tensor.quantizer);
    out_.boolean(requires_grad);
    write_no_hooks(out_);
    if (!typed) out_.global("torch", name(tensor.type));
    if (tensor.conjugate || tensor.negative) write_metadata(tensor);
    out_.tuple(4);
    out_.reduce();
  }

  static void check(const tensor_data& tensor) {
    if (!tensor.bytes) throw value_error({.expected = "a tensor with a storage"});
    check_dtype(tensor.type);
    if (is_quantized(tensor.type) != (tensor.quantizer != nullptr)) {
      throw value_error({.expected = "a quantizer with the quantized dtypes and only with them",
                         .found = std::string(name(tensor.type))});
    }
  }

  void write_storage(storage_record& record, bool typed) {
    out_(opcode::mark);
    out_.text("storage");
    if (typed) {
      out_.global("torch", storage_class(record.type));
    } else {
      out_.global("torch.storage", "UntypedStorage");
    }
    write_key(record);
    // Where the bytes came from doesn't matter to who loads them; torch would want that device.
    out_.text("cpu");
    out_.integer(typed ? record.numel : static_cast<std::int64_t>(record.bytes->size()));
    out_.tuple(5);
    out_(opcode::binpersid);
  }

  // A key isn't the same object as an equal text elsewhere, such as the name of a module "0".
  void write_key(storage_record& record) {
    if (record.number) return out_.get(*record.number);
    out_.new_text(record.key);
    record.number = out_.last();
  }

  std::string_view storage_class(dtype type) {
    class_name_.assign(info(type).storage).append("Storage");
    return class_name_;
  }

  void write_metadata(const tensor_data& tensor) {
    out_(opcode::empty_dict);
    out_.put();
    if (tensor.conjugate) write_flag("conj");
    if (tensor.negative) write_flag("neg");
  }
  void write_flag(std::string_view name) {
    out_.text(name);
    out_.boolean(true);
    out_(opcode::setitem);
  }

  void write_quantizer(const quantizer& how) {
    if (!is_qscheme(how.scheme)) {
      throw value_error({.expected = "a qscheme", .found = detail::quoted(how.scheme)});
    }
    const bool per_channel = how.scales != nullptr;
    if (per_channel) out_(opcode::mark);
    out_.global("torch", how.scheme);
    if (per_channel) {
      write_part(*how.scales);
      write_part(how.zero_points ? *how.zero_points : value());
      out_.integer(how.axis);
    } else {
      out_.floating(how.scale);
      out_.integer(how.zero_point);
    }
    out_.tuple(per_channel ? 4 : 3);
  }

  void write_meta(const tensor_data& tensor, bool requires_grad) {
    check_dtype(tensor.type);
    out_.global("torch._utils", "_rebuild_meta_tensor_no_storage");
    out_(opcode::mark);
    out_.global("torch", name(tensor.type));
    write_integers(out_, tensor.shape.extents());
    write_integers(out_, tensor.strides);
    out_.boolean(requires_grad);
    out_.tuple(4);
    out_.reduce();
  }

  void write_sparse(const tensor_data& tensor) {
    if (!tensor.parts) throw value_error({.expected = "the parts of a sparse tensor"});
    out_.global("torch._utils", "_rebuild_sparse_tensor");
    out_.global("torch.serialization", "_get_layout");
    out_.text(layout_text(tensor.layout));
    out_.tuple(1);
    out_.reduce();
    out_(opcode::mark);
    const auto [first, second] = index_names(tensor.layout);
    for (const std::string_view part : {first, second, std::string_view("values")}) {
      if (part.empty()) continue;
      const value* found = tensor.parts->find(part);
      write_part(found != nullptr ? *found : value());
    }
    write_size(out_, tensor.shape);
    if (tensor.layout == layout::sparse_coo) out_.boolean(tensor.coalesced);
    out_.tuple(4);
    out_.tuple(2);
    out_.reduce();
  }

  // A literal: the emitter remembers texts by reference.
  static std::string_view layout_text(layout which) {
    switch (which) {
      case layout::sparse_coo:
        return "torch.sparse_coo";
      case layout::sparse_csr:
        return "torch.sparse_csr";
      case layout::sparse_csc:
        return "torch.sparse_csc";
      case layout::sparse_bsr:
        return "torch.sparse_bsr";
      default:
        return "torch.sparse_bsc";
    }
  }

  void write_part(const value& part) {
    if (!part.is_tensor() || !can_be_part(part.tensor())) {
      throw value_error(
          {.expected = "a strided tensor as part of a tensor", .found = summary(part)});
    }
    write(part.tensor());
  }

  emitter& out_;
  storage_table& storages_;
  std::string class_name_;
};

}  // namespace ingot::detail::torch
