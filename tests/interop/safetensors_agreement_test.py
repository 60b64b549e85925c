# SPDX-License-Identifier: Apache-2.0
"""safetensors files: Ingot reads what the reference reads and refuses what it refuses, on any bytes."""

import collections
import json
import os
import random
import re
import struct
import subprocess
import zlib

import pytest
import safetensors

from program import limited
from safetensors_mutations import DTYPES, mutations, pack, reference, split

MUTATIONS = int(os.environ.get("INGOT_MUTATIONS", 25_000))  # others in each run
# The reference's messages, and what its source calls these errors.
ERRORS = {"header too small": "HeaderTooSmall", "header too large": "HeaderTooLarge",
          "invalid header length": "InvalidHeaderLength", "invalid UTF-8 in header": "InvalidHeader",
          "invalid JSON in header": "InvalidHeaderDeserialization",
          "invalid offset for tensor": "InvalidOffset", "overflow computing": "ValidationOverflow",
          "The slice is slicing": "MisalignedSlice", "invalid shape, data type": "TensorInvalidInfo",
          "incomplete metadata": "MetadataIncompleteBuffer"}


def read(driver, files):
    """What Ingot makes of each file: ("ok", tensors, metadata) or ("refused", where)."""
    given = b"".join(struct.pack("<Q", len(file)) + file for file in files)
    done = subprocess.run([driver.path, "safetensors_read"], input=given, capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    lines = done.stdout.decode("ascii").split("\n")[:-1]
    assert len(lines) == len(files)
    for line in lines:
        if line.startswith("refused "):
            yield "refused", json.loads(line[8:]), None
        else:
            found = json.loads(line)
            yield "ok", found["tensors"], found["metadata"]


def error_of(text, names=ERRORS):
    return next(name for start, name in names.items() if start in text)


def in_units(dtype, shape):
    """The shape that Ingot gives to elements which it counts by packed units."""
    per_unit = {"F4": 2, "F6_E2M3": 4, "F6_E3M2": 4}.get(dtype, 1)
    shape = list(shape)
    while per_unit > 1 and (shape[-1] % per_unit != 0 or shape[-1] >= 2**63):
        last = shape.pop()
        shape[-1] *= last
    if per_unit > 1:
        shape[-1] //= per_unit
    return shape


def assert_same_tensors(found, expected):
    assert {name: tuple(described) for name, described in found.items()} == {
        name: (dtype, in_units(dtype, shape), zlib.crc32(content))
        for name, (dtype, shape, content) in expected.items()}


def written_difference(file, where):
    """Why Ingot refuses a file that the reference takes, as docs/formats.md lists it."""
    if "not by the reference" in where:
        return "an extent of 2^63 or more"
    if "Deserialization" in where and re.search(rb"0[eE]\+?0*[0-9]{3}", split(file)[0]):
        return "a zero with an exponent above 308"
    return None


def is_one_of_its_errors(file, where):
    """Which of two tensors at the same place it looks at first differs from call to call."""
    return any(error_of(reference(file)[1]) in where for _ in range(200))


def metadata_of(file, path):
    path.write_bytes(file)
    with safetensors.safe_open(path, "np") as opened:
        return opened.metadata() or {}


def test_every_mutation_is_judged_as_by_the_reference(driver, tmp_path):
    seed = int(os.environ.get("INGOT_SEED", random.randrange(2**32)))
    print(f"INGOT_SEED={seed}")  # shown where the test fails
    counts = collections.Counter()
    files = list(mutations(random.Random(seed), MUTATIONS))
    for file, found in zip(files, read(driver, files)):
        verdict, expected = reference(file)
        counts[verdict] += 1
        if verdict != found[0]:
            difference = written_difference(file, found[1])
            assert difference, f"the reference: {expected}, Ingot: {found[1]}\n{file[:2000]}"
            counts[difference] += 1
        elif verdict == "ok":
            assert_same_tensors(found[1], expected)
            if b"_metadata__" in file:
                assert found[2] == metadata_of(file, tmp_path / "x.safetensors")
                counts["metadata"] += bool(found[2])
        else:
            assert error_of(expected) in found[1] or is_one_of_its_errors(file, found[1]), (
                f"{expected}\n{found[1]}\n{file[:2000]}")
            counts[error_of(expected)] += 1
    # Mutations that mean nothing would agree, too.
    assert counts["ok"] > MUTATIONS / 10 and counts["metadata"] > MUTATIONS / 100
    assert all(counts[error] > MUTATIONS / 2000 for error in ERRORS.values()), counts


ENTRY = '"dtype":"U8","shape":[1],"data_offsets":[0,1]'


def file_of(header, data=b""):
    return pack(header.encode() if isinstance(header, str) else header, data)


def one(dtype="U8", shape="[1]", offsets="[0,1]", extra=""):
    return '{"a":{"dtype":"%s","shape":%s,"data_offsets":%s%s}}' % (dtype, shape, offsets, extra)


# What each is, the file, and the error; None: it is read. Upstream's own cases (tensor.rs, attacks/) first.
CASES = {
    "empty file": (b"", "HeaderTooSmall"),
    "seven bytes": (b"\2" + b"\0" * 6, "HeaderTooSmall"),
    "length only": (b"<" + b"\0" * 7, "InvalidHeaderLength"),
    "length 2^64 - 60": (b"<\0\0\0\0\xff\xff\xff{}", "HeaderTooLarge"),
    "length 2^64 - 1": (b"\xff" * 8 + b"{}", "HeaderTooLarge"),
    "length 100,000,001": (struct.pack("<Q", 100_000_001) + b"{}", "HeaderTooLarge"),
    "length 100,000,000": (struct.pack("<Q", 100_000_000) + b"{}", "InvalidHeaderLength"),
    "length 1000": (struct.pack("<Q", 1000) + file_of(one(), b"1")[8:], "InvalidHeaderLength"),
    "no header": (struct.pack("<Q", 0), "InvalidHeaderDeserialization"),
    "byte ff": (file_of(b"\xff"), "InvalidHeader"),
    "surrogate as UTF-8": (file_of(b'{"\xed\xa0\x80":1}'), "InvalidHeader"),
    "lone brace": (file_of("{"), "InvalidHeaderDeserialization"),
    "no tensors": (file_of("{}"), None),
    "no tensors, a byte": (file_of("{}", b"1"), "MetadataIncompleteBuffer"),
    "rank 0": (file_of(one("I32", "[]", "[0,4]"), b"1234"), None),
    "extent 0": (file_of(one("I32", "[2,0]", "[0, 0]")), None),
    "trailing bytes": (file_of(one(), b"1polyglot"), "MetadataIncompleteBuffer"),
    "two bytes missing": (file_of(one("I32", "[2,2]", "[0,16]"), b"1" * 14), "MetadataIncompleteBuffer"),
    "size by shape": (file_of(one("I32", "[2,2]", "[0,4]"), b"1234"), "TensorInvalidInfo"),
    "count overflows": (file_of(one("I32", "[2,18446744073709551614]", "[0,16]"), b"1" * 16), "ValidationOverflow"),
    "bytes overflow": (file_of(one("I32", "[2,9223372036854775807]", "[0,16]"), b"1" * 16), "ValidationOverflow"),
    "bits overflow": (file_of(one("U8", "[2305843009213693952]", "[0,2305843009213693952]")), "ValidationOverflow"),
    "overflow, then 0": (file_of(one("U8", "[9223372036854775807,4,0]", "[0,0]")), "ValidationOverflow"),
    "0, then overflow": (file_of(one("U8", "[0,9223372036854775807,4]", "[0,0]")), None),
    "half a byte": (file_of(one("F4", "[1,1]", "[0,1]"), b"1"), "MisalignedSlice"),
    "F4 of rank 0": (file_of(one("F4", "[]", "[0,0]")), "MisalignedSlice"),
    "F4, too many bytes": (file_of(one("F4", "[2]", "[0,2]"), b"12"), "TensorInvalidInfo"),
    "F6, three elements": (file_of(one("F6_E2M3", "[3]", "[0,2]"), b"12"), "MisalignedSlice"),
    "F6, four elements": (file_of(one("F6_E3M2", "[4]", "[0,3]"), b"123"), None),
    "F4, odd last extent": (file_of(one("F4", "[2,3]", "[0,3]"), b"123"), None),
    "F6, odd last extents": (file_of(one("F6_E2M3", "[5,4,1,3]", "[0,45]"), b"1" * 45), None),
    "F4, empty and odd": (file_of(one("F4", "[0,9223372036854775807,3]", "[0,0]")), None),
    "ten aliases": (file_of("{%s}" % ",".join(
        '"weight_%d":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}' % i for i in range(10)), b"1" * 16),
        "InvalidOffset"),
    "hole at the start": (file_of(one("U8", "[1]", "[1,2]"), b"12"), "InvalidOffset"),
    "hole between": (file_of('{"a":{%s},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}' % ENTRY, b"123"),
                     "InvalidOffset"),
    "overlap": (file_of('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},'
                        '"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}', b"123"), "InvalidOffset"),
    "end before begin": (file_of('{"a":{%s},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}}' % ENTRY, b"1"),
                         "InvalidOffset"),
    # What the reader takes although the text of the format doesn't.
    "leading space": (file_of(" \t\r\n{} \t\r\n"), None),
    "header order": (file_of('{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{%s}}' % ENTRY, b"12"), None),
    "unaligned": (file_of('{"a":{%s},"b":{"dtype":"F64","shape":[1],"data_offsets":[1,9]}}' % ENTRY, b"1" * 9), None),
    "duplicate name": (file_of('{"a":{%s},"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}' % ENTRY, b"1"), None),
    "duplicate by escapes": (file_of('{"\\u0061":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"a":{%s}}' % ENTRY,
                                     b"1"), None),
    "duplicate, the last one lies": (file_of('{"a":{%s},"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}' % ENTRY,
                                             b"1"), "MetadataIncompleteBuffer"),
    "duplicate field": (file_of(one(extra=',"dtype":"U8"'), b"1"), "InvalidHeaderDeserialization"),
    "duplicate metadata": (file_of('{"__metadata__":null,"__metadata__":{}}'), "InvalidHeaderDeserialization"),
    "duplicate in metadata": (file_of('{"__metadata__":{"a":"1","b":"2","a":"3"}}'), None),
    "no metadata": (file_of('{"__metadata__":null}'), None),
    "metadata by escapes": (file_of('{"\\u005f_metadata__":{"a":"b"}}'), None),
    "metadata of a number": (file_of('{"__metadata__":{"a":1}}'), "InvalidHeaderDeserialization"),
    "metadata of null": (file_of('{"__metadata__":{"a":null}}'), "InvalidHeaderDeserialization"),
    "metadata is a list": (file_of('{"__metadata__":[]}'), "InvalidHeaderDeserialization"),
    "unknown field": (file_of(one(extra=',"x":[{"y":[1e300,"\\ud83d\\ude00",null]}]'), b"1"), None),
    "missing field": (file_of('{"a":{"dtype":"U8","shape":[1]}}', b"1"), "InvalidHeaderDeserialization"),
    "entry as array": (file_of('{"a":["U8",[1],[0,1]]}', b"1"), None),
    "entry as longer array": (file_of('{"a":["U8",[1],[0,1],0]}', b"1"), "InvalidHeaderDeserialization"),
    "entry is null": (file_of('{"a":null}'), "InvalidHeaderDeserialization"),
    "dtype as object": (file_of('{"a":{"dtype":{"U8":null},"shape":[1],"data_offsets":[0,1]}}', b"1"), None),
    "dtype as object of two": (file_of('{"a":{"dtype":{"U8":null,"I8":null},"shape":[1],"data_offsets":[0,1]}}',
                                       b"1"), "InvalidHeaderDeserialization"),
    "dtype unknown": (file_of(one("C128", "[]", "[0,16]"), b"1" * 16), "InvalidHeaderDeserialization"),
    "three offsets": (file_of(one(offsets="[0,1,1]"), b"1"), "InvalidHeaderDeserialization"),
    "offset 1.0": (file_of(one(offsets="[0,1.0]"), b"1"), "InvalidHeaderDeserialization"),
    "offset 1e0": (file_of(one(offsets="[0,1e0]"), b"1"), "InvalidHeaderDeserialization"),
    "offset -0": (file_of(one(offsets="[-0,1]"), b"1"), "InvalidHeaderDeserialization"),
    "offset 00": (file_of(one(offsets="[00,1]"), b"1"), "InvalidHeaderDeserialization"),
    "offset as text": (file_of(one(offsets='["0",1]'), b"1"), "InvalidHeaderDeserialization"),
    "offset 2^64": (file_of(one(offsets="[0,18446744073709551616]"), b"1"), "InvalidHeaderDeserialization"),
    "depth 127": (file_of(one(extra=',"x":' + "[" * 125 + "]" * 125), b"1"), None),
    "depth 128": (file_of(one(extra=',"x":' + "[" * 126 + "]" * 126), b"1"), "InvalidHeaderDeserialization"),
    "depth 1,000,000": (file_of(one(extra=',"x":' + "[" * 1_000_000), b"1"), "InvalidHeaderDeserialization"),
    "number out of range": (file_of(one(extra=',"x":1e309'), b"1"), "InvalidHeaderDeserialization"),
    "lone surrogate": (file_of(one(extra=',"x":"\\udc00"'), b"1"), "InvalidHeaderDeserialization"),
    "zero bytes as padding": (file_of("{}\0\0"), "InvalidHeaderDeserialization"),
    "byte order mark": (file_of(b"\xef\xbb\xbf{}"), "InvalidHeaderDeserialization"),
    "list as root": (file_of("[]"), "InvalidHeaderDeserialization"),
    "trailing comma": (file_of('{"a":{%s},}' % ENTRY, b"1"), "InvalidHeaderDeserialization"),
    "comment": (file_of("{}//"), "InvalidHeaderDeserialization"),
    "name that is empty": (file_of('{"":{%s}}' % ENTRY, b"1"), None),
    "name with a zero byte": (file_of('{"a\\u0000b":{%s}}' % ENTRY, b"1"), None),
    "name that leads out": (file_of('{"../../etc":{%s}}' % ENTRY, b"1"), None),
    "name of 100 kB": (file_of('{"%s":{%s}}' % ("n" * 100_000, ENTRY), b"1"), None),
    "rank 20,000": (file_of(one("U8", "[%s]" % ",".join(["1"] * 20_000)), b"1"), None),
    "bool that is 2": (file_of(one("BOOL"), b"\2"), None),
    "empty ones in between": (file_of('{"a":{%s},"e":{"dtype":"F64","shape":[0],"data_offsets":[1,1]},'
                                      '"f":{"dtype":"U8","shape":[3,0],"data_offsets":[0,0]}}' % ENTRY, b"1"), None),
}


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_judged_as_by_the_reference(driver, tmp_path, name):
    file, error = CASES[name]
    verdict, expected = reference(file)
    [found] = read(driver, [file])
    if error is None:
        assert verdict == "ok" and found[0] == "ok"
        assert_same_tensors(found[1], expected)
        assert found[2] == metadata_of(file, tmp_path / "x.safetensors")
    else:
        assert error_of(expected) == error and f"({error})" in found[1]


def test_what_is_refused_although_the_reference_takes_it(driver):
    """The list in docs/formats.md, to its last entry."""
    wide = file_of(one("U8", "[0,9223372036854775808]", "[0,0]"))
    zero = file_of(one(extra=',"x":0e309'), b"1")
    checksums = file_of('{"__metadata__":{"ingot.crc32":"[]"}}')
    assert [reference(file)[0] for file in (wide, zero, checksums)] == ["ok"] * 3
    found = [each[1] for each in read(driver, [wide, zero, checksums])]
    assert written_difference(wide, found[0]) == "an extent of 2^63 or more"
    assert written_difference(zero, found[1]) == "a zero with an exponent above 308"
    assert found[2].startswith("ingot.crc32")


@pytest.mark.parametrize("header", [
    b"[" * 100_000_000, b'{"a":' * 20_000_000, b" " * 100_000_000, b'{"' + b"n" * 99_999_990,
    b'{"a":{"shape":[' + b"0," * 49_999_990, b'{"a":{"x":"' + b"\\u0000" * 16_666_660,
    b'{"__metadata__":{' + b'"a":"b",' * 12_499_990,
    b"{" + b'"a":["U8",[1],[0,1]],' * 4_500_000 + b'"b":["U8",[1],[0,1]]}'],
    ids=["arrays", "objects", "spaces", "name", "shape", "escapes", "metadata", "entries"])
def test_a_header_of_100_mb_takes_memory_and_time_in_proportion(driver, header):
    """Each is refused by both readers; the last two look like headers to their end."""
    file = file_of(header, b"1")
    assert reference(file)[0] == "refused"
    done = subprocess.run([driver.path, "safetensors_read"], input=struct.pack("<Q", len(file)) + file,
                          capture_output=True, timeout=100, preexec_fn=limited(2560))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"refused ")


def test_the_dtypes_are_all_of_the_reference():
    _, error = reference(file_of(one("X")))
    assert set(re.findall(r"`(\w+)`", error)) - {"X"} == set(DTYPES)
