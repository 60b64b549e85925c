#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes include/ingot/describe/detail/bind_members.hpp: structured bindings by number of members.

C++20 can't write a structured binding of a variable number of names, so there is one per number.
"""
import pathlib

LIMIT = 64

HEADER = f"""\
// SPDX-License-Identifier: Apache-2.0
// Written by scripts/generate_bind_members.py; change that.
#pragma once

#include <cstddef>

#include <ingot/describe/detail/field.hpp>

// clang-format off
namespace ingot::detail {{

/// The largest aggregate that is reflected without a descriptor.
inline constexpr std::size_t bind_limit = {LIMIT};

/// fields(): the list of the members' types. apply(): calls the function with all members.
template <std::size_t Count>
struct bind_members;

template <>
struct bind_members<0> {{
  template <class T> static auto fields(T&) {{ return field_list<>{{}}; }}
  template <class T, class F> static constexpr decltype(auto) apply(T&, F&& f) {{ return f(); }}
}};
"""


def entry(count):
    names = [f"m{i}" for i in range(count)]
    binding = ",".join(names)
    fields = ",".join(f"field<decltype({n}),requires{{&{n};}}>" for n in names)
    return f"""\
template <>
struct bind_members<{count}> {{
  template <class T> static auto fields(T& t) {{ auto& [{binding}] = t; return field_list<{fields}>{{}}; }}
  template <class T, class F> static constexpr decltype(auto) apply(T& t, F&& f) {{ auto& [{binding}] = t; return f({binding}); }}
}};
"""


TARGET = (pathlib.Path(__file__).resolve().parent.parent /
          "include/ingot/describe/detail/bind_members.hpp")


def header():
    body = "".join(entry(n) for n in range(1, LIMIT + 1))
    return HEADER + body + "\n}  // namespace ingot::detail\n// clang-format on\n"


if __name__ == "__main__":
    TARGET.write_text(header(), encoding="utf-8")
