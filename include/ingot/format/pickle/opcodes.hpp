// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ingot::detail::pickle {

/// Every opcode of pickle protocols 0 to 5 (CPython's Lib/pickletools.py).
enum class opcode : std::uint8_t {
  mark = '(',
  stop = '.',
  pop = '0',
  pop_mark = '1',
  dup = '2',
  float_text = 'F',
  int_text = 'I',
  binint = 'J',
  binint1 = 'K',
  long_text = 'L',
  binint2 = 'M',
  none = 'N',
  persid = 'P',
  binpersid = 'Q',
  reduce = 'R',
  string_text = 'S',
  binstring = 'T',
  short_binstring = 'U',
  unicode_text = 'V',
  binunicode = 'X',
  append = 'a',
  build = 'b',
  global = 'c',
  dict = 'd',
  empty_dict = '}',
  appends = 'e',
  get = 'g',
  binget = 'h',
  inst = 'i',
  long_binget = 'j',
  list = 'l',
  empty_list = ']',
  obj = 'o',
  put = 'p',
  binput = 'q',
  long_binput = 'r',
  setitem = 's',
  tuple = 't',
  empty_tuple = ')',
  setitems = 'u',
  binfloat = 'G',
  proto = 0x80,
  newobj = 0x81,
  ext1 = 0x82,
  ext2 = 0x83,
  ext4 = 0x84,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  newtrue = 0x88,
  newfalse = 0x89,
  long1 = 0x8a,
  long4 = 0x8b,
  binbytes = 'B',
  short_binbytes = 'C',
  short_binunicode = 0x8c,
  binunicode8 = 0x8d,
  binbytes8 = 0x8e,
  empty_set = 0x8f,
  additems = 0x90,
  frozenset = 0x91,
  newobj_ex = 0x92,
  stack_global = 0x93,
  memoize = 0x94,
  frame = 0x95,
  bytearray8 = 0x96,
  next_buffer = 0x97,
  readonly_buffer = 0x98,
};

/// pickletools' name of an opcode, "opcode 0xff" where it has none.
inline std::string name(opcode code) {
  struct row {
    opcode code;
    std::string_view name;
  };
  using enum opcode;
  static constexpr std::array<row, 68> names{{
      {mark, "MARK"},
      {stop, "STOP"},
      {pop, "POP"},
      {pop_mark, "POP_MARK"},
      {dup, "DUP"},
      {float_text, "FLOAT"},
      {int_text, "INT"},
      {binint, "BININT"},
      {binint1, "BININT1"},
      {long_text, "LONG"},
      {binint2, "BININT2"},
      {none, "NONE"},
      {persid, "PERSID"},
      {binpersid, "BINPERSID"},
      {reduce, "REDUCE"},
      {string_text, "STRING"},
      {binstring, "BINSTRING"},
      {short_binstring, "SHORT_BINSTRING"},
      {unicode_text, "UNICODE"},
      {binunicode, "BINUNICODE"},
      {append, "APPEND"},
      {build, "BUILD"},
      {global, "GLOBAL"},
      {dict, "DICT"},
      {empty_dict, "EMPTY_DICT"},
      {appends, "APPENDS"},
      {get, "GET"},
      {binget, "BINGET"},
      {inst, "INST"},
      {long_binget, "LONG_BINGET"},
      {list, "LIST"},
      {empty_list, "EMPTY_LIST"},
      {obj, "OBJ"},
      {put, "PUT"},
      {binput, "BINPUT"},
      {long_binput, "LONG_BINPUT"},
      {setitem, "SETITEM"},
      {tuple, "TUPLE"},
      {empty_tuple, "EMPTY_TUPLE"},
      {setitems, "SETITEMS"},
      {binfloat, "BINFLOAT"},
      {proto, "PROTO"},
      {newobj, "NEWOBJ"},
      {ext1, "EXT1"},
      {ext2, "EXT2"},
      {ext4, "EXT4"},
      {tuple1, "TUPLE1"},
      {tuple2, "TUPLE2"},
      {tuple3, "TUPLE3"},
      {newtrue, "NEWTRUE"},
      {newfalse, "NEWFALSE"},
      {long1, "LONG1"},
      {long4, "LONG4"},
      {binbytes, "BINBYTES"},
      {short_binbytes, "SHORT_BINBYTES"},
      {short_binunicode, "SHORT_BINUNICODE"},
      {binunicode8, "BINUNICODE8"},
      {binbytes8, "BINBYTES8"},
      {empty_set, "EMPTY_SET"},
      {additems, "ADDITEMS"},
      {frozenset, "FROZENSET"},
      {newobj_ex, "NEWOBJ_EX"},
      {stack_global, "STACK_GLOBAL"},
      {memoize, "MEMOIZE"},
      {frame, "FRAME"},
      {bytearray8, "BYTEARRAY8"},
      {next_buffer, "NEXT_BUFFER"},
      {readonly_buffer, "READONLY_BUFFER"},
  }};
  for (const row& known : names) {
    if (known.code == code) return std::string(known.name);
  }
  constexpr std::string_view digits = "0123456789abcdef";
  const auto raw = static_cast<std::size_t>(code);
  return std::string("opcode 0x") + digits[raw / 16] + digits[raw % 16];
}

}  // namespace ingot::detail::pickle
