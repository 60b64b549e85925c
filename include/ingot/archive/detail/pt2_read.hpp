// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/contents.hpp>
#include <ingot/archive/detail/torch_records.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/pt2/state.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// Reads the weights of a torch.export archive: JSON and raw bytes. Its pickles (tensor subclasses,
/// sample inputs) are never looked at.
class pt2_reader {
 public:
  pt2_reader(const torch_records& records, bool big_endian)
      : records_(records), big_endian_(big_endian) {}

  /// The state_dict of the program; of several, a dict of each by the program's name.
  value run() {
    check_record("archive_format", "pt2");
    check_record("archive_version", "0");
    std::vector<value::pair> states;
    for (const std::string& name : records_.names("models/", ".json")) {
      states.emplace_back(name, state_of(name));
    }
    if (states.size() == 1) return states[0].second;
    if (!states.empty()) return value::make_mapping(kind::dict, std::move(states));
    refuse("models", "an exported program", "none",
           "a model that AOTInductor compiled has no weights to read");
  }

 private:
  void check_record(const std::string& record, std::string_view expected) const {
    const std::string found = records_.text(record, expected);
    if (found != expected) refuse(record, std::string(expected), detail::quoted(found));
  }

  value state_of(const std::string& name) {
    const std::string pickle = "data/weights/" + name + ".pt";
    if (records_.find(pickle) != nullptr) {
      refuse(pickle.substr(0, 200), "weights beside a configuration in JSON",
             "a file of torch.save", "unpack it and open it");
    }
    std::vector<value::pair> constants =
        tensors("data/constants/", name + "_constants_config.json", pt2::pickled::left_out);
    std::vector<value::pair> attributes;
    if (!constants.empty()) {
      attributes.emplace_back("constants", value::make_mapping(kind::dict, std::move(constants)));
    }
    return value::make_mapping(
        kind::ordered_dict,
        tensors("data/weights/", name + "_weights_config.json", pt2::pickled::refused),
        std::move(attributes));
  }

  std::vector<value::pair> tensors(const std::string& folder, const std::string& configuration,
                                   pt2::pickled what) const {
    const std::string where = folder + configuration;
    const zip_entry* entry = records_.find(where);
    if (entry == nullptr) refuse(where.substr(0, 200), "this record", "none");
    const auto json = records_.bytes(*entry);
    pt2::payload_reader reader(
        records_.file(), where.substr(0, 200),
        [&](const std::string& record) { return records_.storage(folder + record, big_endian_); });
    return reader.run({reinterpret_cast<const char*>(json.data()), json.size()}, what);
  }

  [[noreturn]] void refuse(std::string where, std::string expected, std::string found,
                           std::string remedy = {}) const {
    throw format_error({.file = records_.file(),
                        .where = std::move(where),
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = std::move(remedy)});
  }

  const torch_records& records_;
  bool big_endian_;
};

}  // namespace ingot::detail
