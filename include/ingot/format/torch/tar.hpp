// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/pickle/freeze.hpp>
#include <ingot/format/torch/legacy.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::torch {

/// Takes pickles and numbers from the front of a member of PyTorch's tar files.
class member_cursor {
 public:
  member_cursor(source_ptr member, const char* name) : member_(std::move(member)), name_(name) {}

  /// The next pickle, read by `use(small_pickle)`; its errors name the member.
  template <class Use>
  auto pickle(Use use) {
    const small_pickle next(*member_, at_, name_);
    at_ = next.end();
    return in_part(*member_, name_, [&] { return use(next); });
  }

  /// The next little-endian number.
  template <class T>
  T number() {
    std::array<std::byte, sizeof(T)> bytes{};
    member_->read(at_, bytes);
    at_ += bytes.size();
    return load_little<T>(bytes.data());
  }

  /// The next `count` of them.
  std::vector<std::int64_t> numbers(std::size_t count) {
    if (count > (member_->size() - at_) / sizeof(std::int64_t)) {
      throw format_error({.file = member_->name(),
                          .where = name_,
                          .expected = std::to_string(count) + " numbers",
                          .found = std::to_string(member_->size() - at_) + " bytes to the end"});
    }
    std::vector<std::int64_t> result(count);
    for (auto& each : result) each = number<std::int64_t>();
    return result;
  }

  std::uint64_t position() const noexcept { return at_; }
  void skip(std::uint64_t count) noexcept { at_ += count; }
  const source_ptr& member() const noexcept { return member_; }

 private:
  source_ptr member_;
  const char* name_;
  std::uint64_t at_ = 0;
};

/// PyTorch's files of before 0.1.10 (torch.serialization.legacy_load): a tar of `storages`,
/// `tensors` and `pickle`, whose persistent ids are the keys of the two others.
class tar_environment final : public environment {
 public:
  /// (class, file, source), or the key of a tensor or a storage in decimal.
  item persistent(graph& objects, item id) override {
    if (id.tag == tag::tuple) return class_with_source(objects.tuple(id));
    const std::int64_t key = key_of(objects, id);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) pickle::refuse(objects, id, "the key of a tensor or a storage");
    entry& known = found->second;
    if (known.what.tag == tag::none) known.what = objects.add_leaf(known.tensor);
    return known.what;
  }

  /// The member `storages`: keys, classes and bytes, then which storages are parts of others.
  void read_storages(source_ptr member) {
    member_cursor from(std::move(member), "storages");
    const std::int64_t count = from.pickle(count_of);
    for (std::int64_t i = 0; i < count; ++i) read_storage(from);
    from.pickle([&](const small_pickle& views) { add_views(views.objects(), views.root()); });
  }

  /// The member `tensors`: keys, and views of storages.
  void read_tensors(source_ptr member) {
    member_cursor from(std::move(member), "tensors");
    const std::int64_t count = from.pickle(count_of);
    for (std::int64_t i = 0; i < count; ++i) read_tensor(from);
  }

 private:
  struct entry {
    item what{};  ///< none: a tensor that the pickle hasn't named yet
    value tensor{};
  };

  static std::int64_t count_of(const small_pickle& from) {
    return pickle::expect_integer(from.objects(), from.root(), "a number of entries");
  }

  static std::int64_t key_of(const graph& objects, item id) {
    if (id.tag == tag::integer) return id.integer;
    const std::string_view text = pickle::expect_text(objects, id, "a key in decimal");
    std::int64_t key = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, key);
    if (read.ec != std::errc{} || read.ptr != end) pickle::refuse(objects, id, "a key in decimal");
    return key;
  }

  static arguments expect_parts(const graph& objects, item what, std::size_t count,
                                const char* expected) {
    const auto parts = pickle::expect_tuple(objects, what, expected);
    if (parts.size() != count) pickle::refuse(objects, what, expected);
    return parts;
  }

  void add(const graph& objects, item key, entry made) {
    const std::int64_t number = pickle::expect_integer(objects, key, "a key");
    if (!by_key_.try_emplace(number, std::move(made)).second) {
      pickle::refuse(objects, key, "keys that differ");
    }
  }

  const stored& storage_at(const graph& objects, item key) const {
    const auto found = by_key_.find(pickle::expect_integer(objects, key, "a storage's key"));
    if (found == by_key_.end() || found->second.what.tag != tag::persistent) {
      pickle::refuse(objects, key, "a storage's key");
    }
    return storages_[found->second.what];
  }

  void read_storage(member_cursor& from) {
    from.pickle([&](const small_pickle& read) {
      const graph& objects = read.objects();
      const auto parts = expect_parts(objects, read.root(), 3, "(key, location, class)");
      stored made;
      set_class(made, objects, parts[2]);
      made.device = device_of(objects, parts[1]);
      made.numel = from.number<std::int64_t>();
      const auto size = made.numel < 0 ? std::nullopt : size_in_bytes(made);
      if (!size) {
        throw format_error({.expected = "a number of elements whose bytes fit in 63 bits",
                            .found = std::to_string(made.numel)});
      }
      made.bytes = std::make_shared<const storage>(extent{
          .from = from.member(), .offset = from.position(), .size = *size, .record = "storages"});
      from.skip(*size);
      add(objects, parts[0], {.what = storages_.add_unnamed(std::move(made))});
    });
  }

  // [(key, key of the whole, offset, numel), ...].
  void add_views(const graph& objects, item views) {
    if (!objects.is(views, pickle::container_kind::list)) {
      pickle::refuse(objects, views, "a list of views");
    }
    for (const item each : objects.at(views).items) {
      const auto parts = expect_parts(objects, each, 4, "(key, key of the whole, offset, numel)");
      stored part = storage_at(objects, parts[1]);
      const std::int64_t offset = expect_count(objects, parts[2]);
      const std::int64_t numel = expect_count(objects, parts[3]);
      if (offset > part.numel || numel > part.numel - offset) {
        pickle::refuse(objects, parts[2], "a view within its storage");
      }
      part.first += offset;
      part.numel = numel;
      add(objects, parts[0], {.what = storages_.add_unnamed(std::move(part))});
    }
  }

  // The rank has 4 bytes, and 4 that mean nothing.
  void read_tensor(member_cursor& from) {
    from.pickle([&](const small_pickle& read) {
      const graph& objects = read.objects();
      const auto parts = expect_parts(objects, read.root(), 3, "(key, storage's key, class)");
      const stored& whole = storage_at(objects, parts[1]);
      const auto rank = from.number<std::int32_t>();
      from.number<std::int32_t>();
      if (rank < 0) {
        throw format_error({.expected = "a number of dimensions", .found = std::to_string(rank)});
      }
      ingot::shape size = shape_of(from.numbers(static_cast<std::size_t>(rank)));
      ingot::strides steps = from.numbers(static_cast<std::size_t>(rank));
      const auto offset = from.number<std::int64_t>();
      add(objects, parts[0],
          {.tensor = value(view_of(whole, whole.type, offset, std::move(size), std::move(steps)))});
    });
  }

  std::unordered_map<std::int64_t, entry, safe_hash> by_key_;
};

/// The value of such a file, from the bytes of its members. Throws format_error.
inline value read_torch_tar(source_ptr storages, source_ptr tensors, const source_ptr& root) {
  tar_environment names;
  names.read_storages(std::move(storages));
  names.read_tensors(std::move(tensors));
  const pickle_bytes bytes(*root, 0);
  return in_part(*root, "pickle", [&] {
    graph objects(bytes.all().size());
    const item what = pickle::machine(bytes.all(), objects, names).run();
    return pickle::freezer(objects, names).run(what);
  });
}

}  // namespace ingot::detail::torch
