// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/torchscript/tokens.hpp>
#include <ingot/format/torchscript/unescape.hpp>

namespace ingot::detail::torchscript {

/// What a class declares an attribute to be.
enum class declared : std::uint8_t { tensor, class_type, other };

struct attribute {
  std::string name{};
  declared type = declared::other;
  std::string class_name{};  ///< of a class_type: "__torch__.net.Linear"
  bool is_parameter = false;
  bool is_buffer = false;
};

/// What state needs to know of a class: its attributes in their order, none of its methods.
struct class_text {
  std::string name{};
  std::string base{};  ///< "Module", "ModuleInterface", "NamedTuple", ...; empty: none
  std::vector<attribute> attributes{};
  bool has_setstate = false;  ///< code makes the attributes of its instances

  bool has(std::string_view wanted) const {
    return std::ranges::any_of(attributes, [&](const auto& each) { return each.name == wanted; });
  }
};

/// Reads the classes of a source file in a TorchScript archive, as PyTorch's SourceImporter does
/// (torch/csrc/jit/serialization/import_source.cpp). Nothing is run: of functions and methods only
/// the end is looked for. Throws format_error.
class class_parser {
 public:
  explicit class_parser(std::string_view text) : in_(text) {}

  std::vector<class_text> run() {
    std::vector<class_text> classes;
    while (in_.peek().kind == token_kind::line) {
      const std::size_t indent = in_.take().indent;
      if (in_.peek().kind == token_kind::end) break;
      if (in_.peek().is("class")) {
        in_.take();
        classes.push_back(parse_class(indent));
      } else {
        skip_block(indent);
      }
    }
    return classes;
  }

 private:
  bool at_end_of_line() const {
    return in_.peek().kind == token_kind::line || in_.peek().kind == token_kind::end;
  }
  void skip_line() {
    while (!at_end_of_line()) in_.take();
  }
  // The line, and those below it that stand further to the right.
  void skip_block(std::size_t indent) {
    skip_line();
    while (in_.peek().kind == token_kind::line && in_.peek().indent > indent) {
      in_.take();
      skip_line();
    }
  }

  void expect(std::string_view symbol) {
    if (!in_.peek().is(symbol)) in_.refuse('"' + std::string(symbol) + '"');
    in_.take();
  }
  std::string expect_name() {
    if (in_.peek().kind != token_kind::name) in_.refuse("a name");
    return std::string(in_.take().text);
  }
  std::string expect_text() {
    if (in_.peek().kind != token_kind::text) in_.refuse("a string");
    return unescape(in_.take().text);
  }
  std::string expect_dotted_name() {
    std::string name = expect_name();
    while (in_.peek().is(".")) {
      in_.take();
      name += '.' + expect_name();
    }
    return name;
  }

  class_text parse_class(std::size_t indent) {
    class_text made{.name = expect_name()};
    parameters_.clear();
    buffers_.clear();
    if (in_.peek().is("(")) {
      in_.take();
      if (!in_.peek().is(")")) made.base = expect_dotted_name();
      expect(")");
    }
    expect(":");
    skip_line();
    const std::size_t body = in_.peek().indent;
    while (in_.peek().kind == token_kind::line && in_.peek().indent > indent) {
      const bool in_line = in_.take().indent == body;
      if (!in_line) in_.refuse("a line that begins where the class's first does");
      parse_statement(made, body);
    }
    mark(made);
    return made;
  }

  void parse_statement(class_text& in, std::size_t indent) {
    if (in_.peek().is("def")) {
      in_.take();
      if (in_.peek().is("__setstate__")) in.has_setstate = true;
      return skip_block(indent);
    }
    const std::string name = expect_name();
    if (in_.peek().is(":")) {
      in_.take();
      attribute made = parse_type(name);
      // One with a value is a constant of the class, no attribute of its instances.
      if (in_.peek().is("=")) return skip_block(indent);
      in.attributes.push_back(std::move(made));
    } else if (name == "__annotations__" && in_.peek().is("[")) {
      in_.take();
      const std::string key = expect_text();
      expect("]");
      expect("=");
      in.attributes.push_back(parse_type(key));
    } else if (name == "__parameters__") {
      parse_names(parameters_);
    } else if (name == "__buffers__") {
      parse_names(buffers_);
    } else if (name != "pass") {
      if (!in_.peek().is("=")) in_.refuse("an attribute or a method");
      return skip_block(indent);
    }
    if (!at_end_of_line()) in_.refuse("the end of the line");
  }

  // Anything but a name with dots is a type whose values are neither tensors nor modules.
  attribute parse_type(std::string name) {
    attribute made{.name = std::move(name)};
    std::string type = in_.peek().kind == token_kind::name ? expect_dotted_name() : std::string();
    const auto ends = [&] { return at_end_of_line() || (in_.outside() && in_.peek().is("=")); };
    if (ends()) {
      if (type.empty()) in_.refuse("a type");
      if (type == "Tensor" || type == "torch.Tensor") {
        made.type = declared::tensor;
      } else if (type.starts_with("__torch__.")) {
        made.type = declared::class_type;
        made.class_name = std::move(type);
      }
    }
    while (!ends()) in_.take();
    return made;
  }

  void parse_names(std::vector<std::string>& names) {
    expect("=");
    expect("[");
    while (!in_.peek().is("]")) {
      names.push_back(expect_text());
      if (!in_.peek().is("]")) expect(",");
    }
    expect("]");
  }

  void mark(class_text& made) const {
    using names = std::unordered_set<std::string_view, safe_hash>;
    const names parameters(parameters_.begin(), parameters_.end());
    const names buffers(buffers_.begin(), buffers_.end());
    names seen;
    for (attribute& each : made.attributes) {
      if (!seen.insert(each.name).second) {
        throw format_error({.where = "class " + made.name.substr(0, 200),
                            .expected = "one attribute of that name",
                            .found = "two called \"" + each.name.substr(0, 200) + '"'});
      }
      each.is_parameter = parameters.contains(each.name);
      each.is_buffer = buffers.contains(each.name);
      if (each.is_parameter && each.is_buffer) {
        throw format_error({.where = "class " + made.name.substr(0, 200),
                            .expected = "a parameter or a buffer",
                            .found = '"' + each.name.substr(0, 200) + "\", which is both"});
      }
    }
  }

  tokens in_;
  std::vector<std::string> parameters_;
  std::vector<std::string> buffers_;
};

}  // namespace ingot::detail::torchscript
