# SPDX-License-Identifier: Apache-2.0
"""Real safetensors files, and files that differ from them in ways which a reader must notice or bear."""

import ctypes
import json
import math
import struct

import safetensors

# A header as a tree: a dict is a list of pairs, so that keys may repeat; a leaf is its JSON text.
DTYPES = {"BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
          "F8_E5M2FNUZ": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "I16": 16, "U16": 16, "F16": 16,
          "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64}
WRITTEN = {"BOOL": "bool", "U8": "uint8", "I8": "int8", "F8_E5M2": "float8_e5m2", "F8_E4M3": "float8_e4m3fn",
           "F8_E8M0": "float8_e8m0fnu", "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
           "F4": "float4_e2m1fn_x2", "I16": "int16", "U16": "uint16", "F16": "float16", "BF16": "bfloat16",
           "I32": "int32", "U32": "uint32", "F32": "float32", "C64": "complex64", "F64": "float64",
           "I64": "int64", "U64": "uint64"}
NAMES = ["a", "layers.0.weight", "b/c", "ü", "\U0001f600", "", "quote\"d", "tab\t", "../up", "\0"]
NUMBERS = ["0", "1", "-1", "-0", "1.0", "1e1", "1E+2", "+1", "00", "01", "0x1", "1.", ".5", "1e", "-",
           "9223372036854775807", "9223372036854775808", "18446744073709551615",
           "18446744073709551616", "2305843009213693952", "1e308", "1e309", "1e999", "1e-999",
           "1.7976931348623157e308", "0e308", "1" * 400, "0." + "0" * 400 + "1", "NaN", "Infinity",
           "123456789012345678901234567890", "1844674407370955161.5", "1844674407370955161.6",
           "18446744073709551616.5e290", "-1e400", "1e2147483648", "1e-99999999999"]
STRINGS = ['""', '"x"', '"F32"', '"\\u0041"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\udc00"',
           '"\\ud800\\ud800"', '"\\ud800x"', '"\\uD8"', '"\\u0000"', '"\\/\\b\\f\\n\\r\\t"', '"\\x"',
           '"\\"', '"', '"\x1f"', '"\x7f"', '"\n"', '"é"', '"\\u00e9"']
OTHERS = ["null", "true", "false", "{}", "[]", "[null]", '{"a":1}', '{"a":1,"a":2}', "nul", "True", "",
          "[1,]", "[,]", '{"a"}', '{"a":}', '{a:1}', "{'a':1}", "[1 2]", "[", "]", "{", "}", "//", "/**/",
          '{"U8":null}', '{"F32":null}', '{"F32":{}}', '{"F32":null,"F32":null}', '["F32"]']


def real_file(random):
    """What the reference writes of a few tensors of any dtype, sometimes with metadata."""
    tensors = {}
    for name in random.sample(NAMES, random.randint(0, 5)):
        dtype = random.choice(list(DTYPES))
        shape = [random.choice([0, 1, 1, 2, 2, 3, 4, 8]) for _ in range(random.randint(0, 4))]
        if DTYPES[dtype] < 8:
            shape = shape + [random.choice([4, 8, 12, 0])]
        tensors[name] = (dtype, shape, random.randbytes(math.prod(shape) * DTYPES[dtype] // 8))
    return serialize(tensors, random.choice([None, None, {"format": "pt"}, {"ü\n": "1"}]))


def counted(dtype, shape, content):
    """The shape as Python's door to the serializer counts it."""
    if dtype == "F4":
        return shape[:-1] + [shape[-1] // 2]
    return shape if dtype in WRITTEN else [len(content)]


def serialize(tensors, metadata=None):
    """The reference's serializer on {name: (dtype, shape, bytes)}. F6 is put in afterwards: Python's
    door to it has no name for that."""
    specs, buffers = {}, []
    for name, (dtype, shape, content) in tensors.items():
        buffers.append(ctypes.create_string_buffer(content, len(content) or 1))
        specs[name] = safetensors.TensorSpec(
            dtype=WRITTEN.get(dtype, "bool"), shape=counted(dtype, shape, content),
            data_ptr=ctypes.addressof(buffers[-1]), data_len=len(content))
    header, data = split(safetensors.serialize(specs, metadata))
    for name, (dtype, shape, content) in tensors.items():
        if dtype not in WRITTEN:
            key = json.dumps(name, ensure_ascii=False).encode() + b":"
            old = b'{"dtype":"BOOL","shape":[%d]' % len(content)
            new = b'{"dtype":"%s","shape":%s' % (dtype.encode(), json.dumps(shape).encode())
            header = header.replace(key + old, key + new)
    return pack(header, data)


def split(file):
    length = struct.unpack("<Q", file[:8])[0]
    return file[8:8 + length], file[8 + length:]


def pack(header, data):
    return struct.pack("<Q", len(header)) + header + data


def to_tree(item):
    if isinstance(item, dict):
        return [(json.dumps(key, ensure_ascii=False), to_tree(content)) for key, content in item.items()]
    if isinstance(item, list):
        return tuple(to_tree(element) for element in item)
    return json.dumps(item, ensure_ascii=False)


def to_text(tree, space=lambda: ""):
    if isinstance(tree, list):
        pairs = (space() + key + space() + ":" + space() + to_text(content, space) + space()
                 for key, content in tree)
        return "{" + ",".join(pairs) + "}"
    if isinstance(tree, tuple):
        return "[" + ",".join(space() + to_text(element, space) + space() for element in tree) + "]"
    return tree


def any_json(random, depth=3):
    kind = random.randrange(6 if depth else 4)
    if kind == 0:
        return random.choice(NUMBERS)
    if kind == 1:
        return random.choice(STRINGS)
    if kind <= 3:
        return random.choice(OTHERS)
    if kind == 4:
        return tuple(any_json(random, depth - 1) for _ in range(random.randrange(4)))
    return [('"%s"' % random.choice("xyz"), any_json(random, depth - 1))
            for _ in range(random.randrange(4))]


def escaped(random, text):
    """The same JSON string with some characters as escapes."""
    if not text.startswith('"'):
        return text
    try:
        characters = json.loads(text)
    except ValueError:
        return text
    pieces = []
    for character in characters:
        plain = json.dumps(character, ensure_ascii=False)[1:-1]
        forced = json.dumps(character)[1:-1]
        if len(forced) == 1:
            forced = "\\u%04x" % ord(character)
        if random.random() < 0.2:
            forced = forced.upper().replace("\\U", "\\u")
        pieces.append(forced if random.random() < 0.5 else plain)
    return '"' + "".join(pieces) + '"'


# Each takes the random source, the list of (name, entry) and the data, and returns the last two.
def swap_entries(random, pairs, data):
    random.shuffle(pairs)
    return pairs, data


def duplicate_entry(random, pairs, data):
    if pairs:
        key, content = random.choice(pairs)
        pairs.insert(random.randint(0, len(pairs)),
                     (escaped(random, key), random.choice([content, any_json(random)])))
    return pairs, data


def rename_entry(random, pairs, data):
    if pairs:
        at = random.randrange(len(pairs))
        name = random.choice([pairs[random.randrange(len(pairs))][0], '"__metadata__"',
                              random.choice(STRINGS), escaped(random, pairs[at][0])])
        pairs[at] = (name, pairs[at][1])
    return pairs, data


def drop_entry(random, pairs, data):
    if pairs:
        del pairs[random.randrange(len(pairs))]
    return pairs, data


def add_entry(random, pairs, data):
    content = random.choice(["null", any_json(random), [
        ('"dtype"', '"%s"' % random.choice(list(DTYPES))), ('"shape"', ("0",)),
        ('"data_offsets"', (str(len(data)),) * 2)]])
    pairs.insert(random.randint(0, len(pairs)), ('"%s"' % random.choice("pqr"), content))
    return pairs, data


def with_entry(change):
    def apply(random, pairs, data):
        places = [i for i, (_, content) in enumerate(pairs) if isinstance(content, list)]
        if places:
            at = random.choice(places)
            pairs[at] = (pairs[at][0], change(random, list(pairs[at][1])))
        return pairs, data
    apply.__name__ = change.__name__
    return apply


@with_entry
def as_array(random, fields):
    elements = [content for _, content in fields]
    if random.random() < 0.2:
        elements.append(any_json(random))
    if random.random() < 0.2:
        random.shuffle(elements)
    return tuple(elements)


@with_entry
def unknown_field(random, fields):
    fields.insert(random.randint(0, len(fields)), ('"%s"' % random.choice(["x", "Dtype", "stride"]),
                                                   any_json(random)))
    return fields


@with_entry
def deep_field(random, fields):
    depth = random.choice([10, 120, 123, 124, 125, 126, 127, 128, 129, 1000])
    nest = random.choice(["[]", "{}"])
    text = "[" * depth + "]" * depth if nest == "[]" else '{"a":' * depth + "1" + "}" * depth
    return fields + [('"deep"', text)]


@with_entry
def reorder_fields(random, fields):
    random.shuffle(fields)
    return fields


@with_entry
def double_field(random, fields):
    if fields:
        key, content = random.choice(fields)
        fields.insert(random.randint(0, len(fields)), (escaped(random, key), content))
    return fields


@with_entry
def drop_field(random, fields):
    if fields:
        del fields[random.randrange(len(fields))]
    return fields


@with_entry
def other_value(random, fields):
    if fields:
        at = random.randrange(len(fields))
        fields[at] = (fields[at][0], any_json(random))
    return fields


@with_entry
def escape_field(random, fields):
    return [(escaped(random, key), escaped(random, content) if isinstance(content, str) else content)
            for key, content in fields]


@with_entry
def other_dtype(random, fields):
    return [(key, random.choice(['"%s"', '{"%s":null}']) % random.choice(list(DTYPES) + ["C128", "f32"]))
            if key == '"dtype"' else (key, content) for key, content in fields]


@with_entry
def odd_numbers(random, fields):
    def change(number):
        if not isinstance(number, str) or random.random() < 0.6:
            return number
        try:
            nearby = str(int(number) + random.choice([-1, 1]))
        except ValueError:
            nearby = "0"
        return random.choice([random.choice(NUMBERS), nearby, number + ".0", number + "e0", "0" + number,
                              '"%s"' % number, any_json(random)])
    return [(key, tuple(change(number) for number in content) if isinstance(content, tuple) else content)
            for key, content in fields]


@with_entry
def same_count(random, fields):
    """Another shape of as many elements, or nearly."""
    def change(extents):
        extents = list(extents)
        for _ in range(random.randint(1, 3)):
            extents.insert(random.randint(0, len(extents)), "1")
        if random.random() < 0.3:
            random.shuffle(extents)
        if random.random() < 0.2:
            extents += random.choice([["0"], ["0", "9223372036854775807", "4"], ["4", "0"],
                                      ["9223372036854775807", "4", "0"], ["18446744073709551615", "0"]])
        return tuple(extents)
    return [(key, change(content) if key == '"shape"' and isinstance(content, tuple) else content)
            for key, content in fields]


def change_metadata(random, pairs, data):
    contents = random.choice(["null", any_json(random), [], [('"a"', '"b"')], [('"a"', '"1"'), ('"a"', '"2"')],
                              [('"a"', any_json(random))], [('"é\\n"', random.choice(STRINGS))], ()])
    pairs.insert(random.randint(0, len(pairs)),
                 (random.choice(['"__metadata__"', '"\\u005f_metadata__"']), contents))
    return pairs, data


def shift_data(random, pairs, data):
    return pairs, random.choice([data[:-1], data + b"\0", data[1:], b"", data + data, data[: len(data) // 2]])


STRUCTURED = [swap_entries, duplicate_entry, rename_entry, drop_entry, add_entry, as_array, unknown_field,
              deep_field, reorder_fields, double_field, drop_field, other_value, escape_field,
              other_dtype, odd_numbers, same_count, change_metadata, shift_data]


def structured(random, file):
    header, data = split(file)
    pairs = to_tree(json.loads(header))
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        pairs, data = random.choice(STRUCTURED)(random, pairs, data)
    spaces = ["", "", "", " ", "\n", "\t", "\r", "  "] + (["\v", "\f", "\xa0", "\0", "\ufeff"]
                                                        if random.random() < 0.05 else [])
    space = (lambda: random.choice(spaces)) if random.random() < 0.3 else (lambda: "")
    text = to_text(pairs, space).encode("utf-8", "surrogatepass")
    text = space().encode() + text + random.choice([b"", b"", b" ", b"\n", b"   ", b"\0", b"x", b"{}"]
                                                   if random.random() < 0.3 else [b""])
    return pack(text, data)


def damaged(random, file):
    """Bytes changed, cut off, added, or a length that lies."""
    file = bytearray(file)
    header = 8 + struct.unpack("<Q", file[:8])[0]
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        at = random.randrange(min(random.choice([8, header, header, len(file)]), len(file) or 1) or 1)
        kind = random.randrange(9)
        if kind == 0 and file:
            file[at] ^= 1 << random.randrange(8)
        elif kind == 1 and file:
            file[at] = random.randrange(256)
        elif kind == 2:
            file[at:at] = bytes([random.choice(b' \n\0"\\{}[],:0123456789eE.-+tfnu\xff\xc3\xa9')])
        elif kind == 3:
            del file[at:at + random.choice([1, 1, 2, 8, 100])]
        elif kind == 4:
            del file[at:]
        elif kind == 5:
            file += random.randbytes(random.choice([1, 1, 8, 100]))
        elif kind == 6:
            file[:8] = struct.pack("<Q", random.choice([
                0, 1, 2, max(header - 9, 0), header - 7 if header > 7 else 0, len(file), max(len(file) - 8, 0), 99_999_999,
                100_000_000, 100_000_001, 2**32, 2**63, 2**64 - 8, 2**64 - 1]))
        elif kind == 7:
            start = random.randrange(header)
            file[at:at] = file[start:start + random.randrange(60)]
        elif kind == 8 and file:
            ascii_digits = [i for i in range(8, min(header, len(file))) if file[i] in b"0123456789"]
            if ascii_digits:
                file[random.choice(ascii_digits)] = random.choice(b"0123456789.eE-")
        header = min(header, len(file)) or 1
    return bytes(file)


def mutations(random, count):
    """`count` files, one after the other."""
    for number in range(count):
        if number % 20 == 0:
            file = real_file(random)
        yield structured(random, file) if random.random() < 0.7 else damaged(random, file)


def reference(file):
    """What the reference makes of a file: ("ok", {name: (dtype, shape, bytes)}) or ("refused", text)."""
    try:
        return "ok", {name: (entry["dtype"], entry["shape"], bytes(entry["data"]))
                      for name, entry in safetensors.deserialize(file)}
    except safetensors.SafetensorError as failure:
        return "refused", str(failure)
