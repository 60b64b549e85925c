// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <ingot/ingot.hpp>

#include "describe_state.hpp"
#include "files.hpp"
#include "models.hpp"
#include "tied_models.hpp"

TEST_CASE_TEMPLATE("a model over any storage is loaded from every source into any storage", A,
                   subject) {
  for (const contract::holder from : contract::all_holders) {
    contract::with_state_of(from, [&](const ingot::value& state) {
      const std::string before = contract::describe_elements(state);
      contract::from_every_source<A>(contract::written<A>(state),
                                     [&](const char* source, const ingot::opened_file& file) {
                                       for (const contract::holder to : contract::all_holders) {
                                         CAPTURE(static_cast<int>(from));
                                         CAPTURE(source);
                                         CAPTURE(static_cast<int>(to));
                                         CHECK(contract::loaded_into(to, file) == before);
                                       }
                                     });
    });
  }
}

TEST_CASE_TEMPLATE("the state of a model has the same bytes wherever its tensors lie", A, subject) {
  const contract::model model = contract::filled_model();
  const auto expected = contract::written<A>(ingot::state_dict(model).clone());
  for (const contract::holder from : contract::all_holders) {
    // Blocks that live on, so that the next model's tensors have other addresses.
    const std::vector<std::unique_ptr<std::array<char, 24>>> blocks(37);
    contract::with_state_of(from, [&](const ingot::value& state) {
      CAPTURE(static_cast<int>(from));
      CHECK(contract::written<A>(state) == expected);
    });
  }
}

TEST_CASE_TEMPLATE("save and load name the archive; open tells the format", A, subject) {
  const temporary_folder folder;
  const auto path = folder / "model";
  const contract::model saved = contract::filled_model();
  ingot::save<A>(saved, path);
  contract::model loaded;
  CHECK(ingot::load<A>(loaded, path).complete());
  CHECK(contract::describe_elements(ingot::state_dict(loaded)) ==
        contract::describe_elements(ingot::state_dict(saved)));
  CHECK(ingot::open<A>(path).format() == A::name);
  std::ostringstream out;
  ingot::save<A>(saved, out);
  CHECK(read_text(path) == out.str());
  if constexpr (contract::facts<A>::known) {
    CHECK(contract::format_of(path) == A::name);
    for (const std::string_view suffix : A::suffixes) {
      const auto named = folder / ("model" + std::string(suffix)).c_str();
      contract::save_by_suffix(saved, named);
      CHECK(read_text(named) == out.str());
    }
  }
}

TEST_CASE_TEMPLATE("a strict load reports all keys that differ and changes nothing", A, subject) {
  const temporary_folder folder;
  const auto path = folder / "model";
  using ingot::tensor;
  ingot::save<A>(ingot::dict{{"first.weight", tensor<float>(ingot::shape{2, 3})},
                             {"first.bias", tensor<float>(ingot::shape{5})},
                             {"second.bias", tensor<double>(ingot::shape{2})},
                             {"third.bias", tensor<float>(ingot::shape{2})}},
                 path);
  contract::model model = contract::filled_model();
  const std::string before = contract::describe_elements(ingot::state_dict(model));
  const auto check = [](const ingot::load_report& report) {
    CHECK(report.missing == std::vector<std::string>{"steps", "second.weight"});
    CHECK(report.unexpected == std::vector<std::string>{"third.bias"});
    REQUIRE(report.mismatched.size() == 2);
    CHECK(report.mismatched[0].name == "first.bias");
    CHECK(report.mismatched[0].found_shape == ingot::shape{5});
    CHECK(report.mismatched[1].name == "second.bias");
    CHECK(report.mismatched[1].found_type == ingot::dtype::float64);
  };
  try {
    ingot::load<A>(model, path);
    FAIL("loaded");
  } catch (const ingot::mismatch_error& failure) {
    check(failure.report());
    CHECK(failure.info().file == path.string());
  }
  CHECK(contract::describe_elements(ingot::state_dict(model)) == before);
  CHECK_THROWS_AS(ingot::load<A>(model, path, {.strict = false}), ingot::mismatch_error);
  CHECK(contract::describe_elements(ingot::state_dict(model)) == before);
  const auto report = ingot::load<A>(model, path, {.strict = false, .skip_mismatched = true});
  check(report);
  CHECK(report.loaded == std::vector<std::string>{"first.weight"});
  CHECK(model.first.weight[3] == 0);
  CHECK(model.first.bias[1] == 7.5F);
}

TEST_CASE_TEMPLATE("tied tensors are tied again, and stay one storage where the format has them", A,
                   subject) {
  const contract::tied_model saved = contract::filled_tied_model();
  const auto state = ingot::state_dict(saved);
  const auto file = contract::written<A>(state);
  contract::from_every_source<A>(file, [&](const char* source, const ingot::opened_file& opened) {
    CAPTURE(source);
    CHECK(contract::described<A>(opened) == contract::described<A>(state));
    if constexpr (contract::facts<A>::exact) {
      CHECK(opened["embedding.weight"].tensor().bytes == opened["head.weight"].tensor().bytes);
      CHECK(opened["embedding.weight"].tensor().bytes != opened["other.weight"].tensor().bytes);
    }
    contract::tied_model loaded;
    CHECK(ingot::load_state_dict(loaded, opened).complete());
    CHECK(loaded.embedding == loaded.head);
    CHECK(contract::describe_elements(ingot::state_dict(loaded)) ==
          contract::describe_elements(state));
  });
}

TEST_CASE_TEMPLATE("a state without a tensor is a file", A, subject) {
  const auto file = contract::written<A>(ingot::dict{});
  contract::from_every_source<A>(file, [](const char* source, const ingot::opened_file& opened) {
    CAPTURE(source);
    CHECK(opened.is_mapping());
    CHECK(opened.size() == 0);
  });
}
