// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/core/device.hpp>
#include <ingot/core/dtype.hpp>
#include <ingot/core/element.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/core/tensor_traits.hpp>
#include <ingot/state/kind.hpp>
#include <ingot/state/tensor_data.hpp>
// The traits of types that aren't ours must be known before a constructor asks for the first time
// whether such a type is a tensor: compilers remember the answer.
#include <ingot/storage/scalar.hpp>
#include <ingot/storage/std_array.hpp>
#include <ingot/storage/std_span.hpp>
#include <ingot/storage/std_vector.hpp>

namespace ingot {

class entry;
struct node;

/// Anything that a checkpoint holds: an immutable, shared node of a tree. Copies are cheap; what is
/// shared in a file stays shared; a cycle can't be built.
class value {
 public:
  using pair = std::pair<value, value>;

  value() noexcept = default;  ///< none
  value(const value&) noexcept = default;
  value(value&& other) noexcept { swap(other); }  ///< leaves none behind
  value& operator=(value other) noexcept {
    swap(other);
    return *this;
  }
  ~value() = default;

  value(std::nullptr_t) noexcept {}
  template <std::same_as<bool> Bool>
  value(Bool flag) noexcept : kind_(ingot::kind::boolean), bits_(flag ? 1 : 0) {}
  template <detail::integer_element Integer>  // no char: 'a' is text to who writes it
  value(Integer number) : value(from_integer(number)) {}
  template <std::floating_point Floating>
  value(Floating number) noexcept
      : kind_(ingot::kind::floating),
        bits_(std::bit_cast<std::int64_t>(static_cast<double>(number))) {}
  template <std::floating_point Part>  // a template takes no char or enum as a real part
  value(std::complex<Part> number);
  value(std::string text);
  value(std::string_view text) : value(std::string(text)) {}
  value(const char* text) : value(std::string(text)) {}
  value(ingot::dtype type) noexcept
      : kind_(ingot::kind::dtype), bits_(static_cast<std::int64_t>(type)) {}
  value(ingot::device tag);
  value(ingot::shape size);   ///< torch.Size
  value(tensor_data tensor);  ///< value_error where elements lie outside of their storage
  template <class T>
  value(const T*) = delete;  // a pointer is no value; without this it would become a bool

  /// A tensor object: the value refers to it, as Python would; it must outlive the value. Throws
  /// value_error where the tensor has no shape yet.
  template <tensor_like T>
    requires(tensor_traits<T>::only_tensor)
  value(const T& tensor);
  /// A temporary tensor: the value owns it.
  template <tensor_like T>
    requires(tensor_traits<T>::only_tensor)
  value(T&& tensor);

  /// A Python list of the elements: a history of losses, betas. (Not a tensor.)
  template <std::convertible_to<value> Element>
  value(const std::vector<Element>& elements);

  static value make_bytes(std::string octets, ingot::kind which = ingot::kind::bytes);
  /// From two's complement, little-endian, of any length; the kind is integer.
  static value make_integer(std::string_view octets);
  static value make_sequence(ingot::kind which, std::vector<value> elements);
  /// Keys are kept as given, in order; of equal keys find() sees the first.
  static value make_mapping(ingot::kind which, std::vector<pair> items,
                            std::vector<pair> attributes = {});
  static value make_object(std::string class_name, std::vector<pair> items);
  static value make_ndarray(tensor_data array);
  static value make_cycle();
  /// A tensor that `make` describes when it is asked for the first time: to look at one tensor of a
  /// model that is spread over files takes only one of them. Whoever asks gets what `make` throws.
  static value make_deferred_tensor(std::function<tensor_data()> make);

  ingot::kind kind() const noexcept { return kind_; }
  bool is_none() const noexcept { return kind_ == ingot::kind::none; }
  bool is_mapping() const noexcept { return ingot::is_mapping(kind_); }
  bool is_sequence() const noexcept { return ingot::is_sequence(kind_); }
  bool is_tensor() const noexcept { return kind_ == ingot::kind::tensor; }

  /// As a T: an integer, floating point, bool, std::complex, std::string, shape, dtype, device;
  /// std::optional (None is nullopt), std::vector or std::array of these; or an owned tensor such
  /// as tensor<float>, read here and now, or shared_tensor<float>, which refers to a mapped file's
  /// elements where they lie. Tensors and numpy arrays of one element count as numbers.
  /// Throws value_error where the value is of another kind or T can't hold it: an integer must fit
  /// exactly, a float may lose precision but not range. Throws format_error, file_error where a
  /// tensor can't be read.
  template <class T>
  T as() const;

  /// Of str, bytes and bytearray, else value_error.
  const std::string& text() const;
  /// Of an int that fits in 64 bits, else value_error.
  std::int64_t integer() const;
  /// Of any int: two's complement, little-endian, shortest form.
  std::string integer_octets() const;
  /// Of a float, else value_error.
  double floating() const;
  /// Of a bool, else value_error.
  bool boolean() const;
  /// Of list, tuple and set, else value_error.
  std::span<const value> elements() const;
  /// Of dict, OrderedDict, Counter and object, else value_error.
  std::span<const pair> items() const;
  /// What was pickled with a mapping: OrderedDict's _metadata.
  std::span<const pair> attributes() const;
  /// Of an object: "module.Class", else value_error.
  const std::string& class_name() const;
  /// Of tensor and ndarray, else value_error.
  const tensor_data& tensor() const;
  /// Of a tensor, an ndarray and a Size, else value_error.
  const ingot::shape& shape() const;
  /// The dtype of a tensor or an ndarray, or of a dtype value, else value_error.
  ingot::dtype type() const;

  /// Number of items or elements; of a str its bytes; else value_error.
  std::size_t size() const;
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// The value under a str key, or null. Of a mapping, else value_error.
  const value* find(std::string_view key) const;
  /// The value under an int key, or null. Of a mapping, else value_error.
  const value* find(std::int64_t key) const;
  /// The value under a key of a mapping; value_error where there is none, with the near ones.
  entry operator[](std::string_view key) const;
  entry operator[](const char* key) const;
  /// The element of a sequence, or the value under an int key of a mapping; else value_error.
  template <std::integral Index>
  entry operator[](Index index) const;

  /// `length` rows of a tensor from `start` on, of any dimension; both may count from the end
  /// (torch.Tensor.narrow). Moves nothing: reading the result reads its bytes alone, unless the
  /// file has a checksum of the whole that nobody has looked at yet. Throws value_error where the
  /// tensor has no such part or isn't strided.
  value narrow(std::int64_t dimension, std::int64_t start, std::int64_t length) const;
  /// One row of a tensor, without that dimension (torch.Tensor.select). As narrow().
  value select(std::int64_t dimension, std::int64_t index) const;

  /// A mapping with `content` under the str key: in the place of what was there, or at the end. (A
  /// value itself never changes.) Else value_error.
  value with(std::string_view key, value content) const;

  /// All tensors copied into memory of their own; aliases stay aliases. The deep copy. A tensor in
  /// memory stays on its device; a file's goes where open()'s map_location said, else into host
  /// memory. Throws value_error for what was saved from another device where nothing was said.
  value clone() const;

  /// Which node this is: equal for values that share one, null where a value needs none.
  const ingot::node* identity() const noexcept { return node_.get(); }
  /// Whether another value refers to the same node.
  bool is_shared() const noexcept { return node_.use_count() > 1; }

 private:
  friend struct node;
  value(ingot::kind which, std::shared_ptr<const ingot::node> content) noexcept
      : kind_(which), node_(std::move(content)) {}

  template <std::integral Integer>
  static value from_integer(Integer number) {
    if (std::in_range<std::int64_t>(number)) {
      value result;
      result.kind_ = ingot::kind::integer;
      result.bits_ = static_cast<std::int64_t>(number);
      return result;
    }
    // Only unsigned 64-bit numbers get here; the ninth octet keeps the sign positive.
    std::string octets;
    for (int i = 0; i < 9; ++i) {
      octets +=
          static_cast<char>(i < 8 ? (static_cast<std::uint64_t>(number) >> (8 * i)) & 0xffu : 0u);
    }
    return make_integer(octets);
  }
  void swap(value& other) noexcept {
    std::swap(kind_, other.kind_);
    std::swap(bits_, other.bits_);
    node_.swap(other.node_);
  }
  static value make_complex(std::complex<double> number);
  entry at(std::int64_t index) const;
  [[noreturn]] void refuse(std::string expected) const;

  ingot::kind kind_ = ingot::kind::none;
  std::int64_t bits_ = 0;  // of what needs no node: a bool, a dtype, an int of 64 bits, a float
  std::shared_ptr<const ingot::node> node_;
};

/// A value and where it was found: what operator[] returns, so that errors can name the path.
class entry : public value {
 public:
  entry(value content, std::string path) : value(std::move(content)), path_(std::move(path)) {}
  entry(const entry&) = default;
  entry(entry&&) noexcept = default;
  entry& operator=(const entry&) & = default;
  entry& operator=(entry&&) & noexcept = default;
  ~entry() = default;
  /// There is no assignment to a part of a value: with() says how to change one.
  template <class T>
  entry& operator=(T&&) && {
    static_assert(sizeof(T) == 0,
                  "a value never changes: write `checkpoint.with(key, content)` for a checkpoint "
                  "that has another content under the key");
    return *this;
  }

  /// Where it was found, from what open() named: checkpoint.tar["epoch"].
  const std::string& path() const noexcept { return path_; }

  /// As value::as; errors name the path.
  template <class T>
  T as() const;
  /// As value's; the path grows by the key or index.
  entry operator[](std::string_view key) const;
  entry operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  template <std::integral Index>
  entry operator[](Index index) const;
  /// As value's, with the call in the path.
  entry narrow(std::int64_t dimension, std::int64_t start, std::int64_t length) const;
  entry select(std::int64_t dimension, std::int64_t index) const;

 private:
  std::string path_;
};

}  // namespace ingot
