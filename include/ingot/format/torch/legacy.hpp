// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/pickle/freeze.hpp>
#include <ingot/format/torch/pickle_part.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::torch {

/// A persistent id of a class whose source was saved beside it: ('module', class, file, source).
inline item class_with_source(arguments after_kind) {
  if (after_kind.size() != 3 || after_kind[0].tag != tag::global) {
    throw format_error({.expected = "a class, its file and its source as persistent id"});
  }
  return after_kind[0];
}

/// The object of a legacy file. Its storages' bytes come after it: where, is told later.
class legacy_environment final : public environment {
 public:
  explicit legacy_environment(source_ptr file) : file_(std::move(file)) {}

  /// ('module', class, file, source) or ('storage', class, key, location, numel, view); a view is
  /// None or (key, offset, numel).
  item persistent(graph& objects, item id) override {
    const auto parts = pickle::expect_tuple(objects, id, "a tuple as persistent id");
    if (parts.empty()) pickle::refuse(objects, id, "a persistent id with parts");
    const std::string_view kind = pickle::expect_text(objects, parts[0], "'storage' or 'module'");
    if (kind == "module") return class_with_source(parts.subspan(1));
    if (kind != "storage" || parts.size() != 6) {
      pickle::refuse(objects, id,
                     "('storage', class, key, location, numel, view) as persistent id");
    }
    const item root = storages_.add(objects, parts.subspan(1, 4),
                                    [&](const stored& fresh) { return add_bytes(fresh); });
    return parts[5].tag == tag::none ? root : part_of(objects, root, parts[5]);
  }

  const stored& operator[](item what) const { return storages_[what]; }

  /// The bytes of a storage begin at `offset` in the file; returns where they end. Throws
  /// format_error where nothing in the object has the key, or not with that number of elements.
  std::uint64_t place(std::string_view key, std::int64_t numel, std::uint64_t offset) {
    const std::size_t index = storages_.find(key);
    if (index >= waiting_.size() || waiting_[index] == nullptr) {
      throw format_error({.where = "storage \"" + std::string(key.substr(0, 200)) + '"',
                          .expected = "a key that a tensor refers to, once",
                          .found = "a key without one",
                          .remedy = "the file is damaged"});
    }
    const stored& known = storages_.all()[index];
    if (numel != known.numel) {
      throw format_error({.where = "storage \"" + std::string(key) + '"',
                          .expected = std::to_string(known.numel) + " elements",
                          .found = std::to_string(numel),
                          .remedy = "the file is damaged"});
    }
    waiting_[index]->move_to(offset);
    waiting_[index] = nullptr;
    return offset + known.bytes->size();
  }

  /// Throws format_error where the bytes of a storage were never found.
  void check_all_placed() const {
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (waiting_[i] == nullptr) continue;
      throw format_error({.where = "storage \"" + std::string(storages_.all()[i].key) + '"',
                          .expected = "its key in the list of the storages that follow",
                          .found = "none",
                          .remedy = "the file is damaged"});
    }
  }

 private:
  storage_ptr add_bytes(const stored& fresh) {
    const auto size = size_in_bytes(fresh);
    if (!size) throw format_error({.found = "a storage whose size doesn't fit in 64 bits"});
    waiting_.resize(storages_.all().size() + 1);
    waiting_.back() = std::make_shared<storage>(
        extent{.from = file_, .size = *size, .record = "storage " + std::string(fresh.key)});
    return waiting_.back();
  }

  item part_of(graph& objects, item root, item view) {
    const auto parts = pickle::expect_tuple(objects, view, "(key, offset, numel) or None");
    if (parts.size() != 3) pickle::refuse(objects, view, "(key, offset, numel) or None");
    stored part = storages_[root];
    part.key = pickle::expect_text(objects, parts[0], "a view's key");
    const std::int64_t whole = part.numel;
    part.first = expect_count(objects, parts[1]);
    part.numel = expect_count(objects, parts[2]);
    if (part.first > whole || part.numel > whole - part.first) {
      pickle::refuse(objects, parts[1], "a view within its storage");
    }
    return storages_.add_part(objects, std::move(part));
  }

  source_ptr file_;
  std::vector<std::shared_ptr<storage>> waiting_;  // by their number in storages_
};

/// A file by torch.save of before 1.6: a magic number, the protocol, the machine it was written on
/// (which decides nothing: the elements are little-endian), the object, the keys of its storages
/// in the order in which their bytes follow; torch.serialization._legacy_save.
class legacy_file {
 public:
  /// Throws format_error; tensors keep the file.
  explicit legacy_file(const source_ptr& file)
      : file_(*file),
        object_(file_, after_header(file_)),
        objects_(object_.all().size()),
        names_(file) {
    root_ = in_part(file_, "object",
                    [&] { return pickle::machine(object_.all(), objects_, names_).run(); });
    in_part(file_, "storages", [&] { place_storages(); });
  }

  /// What the file holds; a storage where that is all.
  value content() {
    return in_part(file_, "object", [&] { return pickle::freezer(objects_, names_).run(root_); });
  }
  const stored* storage() const { return root_.tag == tag::persistent ? &names_[root_] : nullptr; }

  /// Whether a file begins with the magic number, which torch.save pickles by itself.
  static bool begins(const source& file) { return magic_size(file) != 0; }

 private:
  // 0x1950a86a20f9469cfc6c, by any of the protocols 2 to 5; 0 where the file doesn't begin with it.
  static std::size_t magic_size(const source& file) {
    using namespace std::string_view_literals;
    constexpr auto magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;
    std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), 24)), '\0');
    file.read(0, std::as_writable_bytes(std::span(text)));
    for (const std::size_t at : {2u, 11u}) {  // 4 and 5 have a FRAME between
      if (text.size() >= at + magic.size() && text[0] == '\x80' &&
          text.compare(at, magic.size(), magic) == 0 && (at == 2 || text[2] == '\x95')) {
        return at + magic.size();
      }
    }
    return 0;
  }

  static std::uint64_t after_header(const source& file) {
    const small_pickle version(file, magic_size(file), "protocol");
    constexpr std::int64_t known = 1001;
    if (version.root().tag != tag::integer || version.root().integer != known) {
      throw format_error({.file = file.name(),
                          .where = "protocol",
                          .expected = "PyTorch's legacy protocol 1001",
                          .found = pickle::describe(version.objects(), version.root())});
    }
    return small_pickle(file, version.end(), "system").end();
  }

  void place_storages() {
    const small_pickle keys(file_, object_.end(), "keys");
    if (!keys.objects().is(keys.root(), pickle::container_kind::list)) {
      pickle::refuse(keys.objects(), keys.root(), "a list of keys");
    }
    std::uint64_t at = keys.end();
    for (const item each : keys.objects().at(keys.root()).items) {
      const auto key = pickle::expect_text(keys.objects(), each, "a storage's key");
      std::array<std::byte, 8> numel{};
      file_.read(at, numel);
      at = names_.place(key, load_little<std::int64_t>(numel.data()), at + numel.size());
    }
    names_.check_all_placed();
  }

  const source& file_;
  pickle_bytes object_;
  graph objects_;
  legacy_environment names_;
  item root_;
};

}  // namespace ingot::detail::torch
