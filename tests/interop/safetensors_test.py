# SPDX-License-Identifier: Apache-2.0
"""safetensors files: Ingot reads what the reference reads and refuses what it refuses, and writes its bytes."""

import collections
import json
import os
import random
import re
import resource
import struct
import subprocess
import zlib

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

import tree
from safetensors_mutations import DTYPES, mutations, pack, reference, split

MUTATIONS = 100_000
# The reference's messages, and what its source calls these errors.
ERRORS = {"header too small": "HeaderTooSmall", "header too large": "HeaderTooLarge",
          "invalid header length": "InvalidHeaderLength", "invalid UTF-8 in header": "InvalidHeader",
          "invalid JSON in header": "InvalidHeaderDeserialization",
          "invalid offset for tensor": "InvalidOffset", "overflow computing": "ValidationOverflow",
          "The slice is slicing": "MisalignedSlice", "invalid shape, data type": "TensorInvalidInfo",
          "incomplete metadata": "MetadataIncompleteBuffer"}
# The dtypes that torch can put into a file.
WRITTEN = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
           torch.int8, torch.uint8, torch.bool, torch.complex64, torch.uint16, torch.uint32, torch.uint64,
           torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz,
           torch.float8_e8m0fnu, torch.float4_e2m1fn_x2]


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


def limited(megabytes):
    size = megabytes << 20
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))


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


def sample(dtype, shape, seed=0):
    """Random bits: NaNs too."""
    generator = torch.Generator().manual_seed(seed)
    size = torch.empty(shape, dtype=dtype).nbytes
    if dtype == torch.bool:
        return torch.randint(0, 2, shape, dtype=torch.uint8, generator=generator).bool()
    bits = torch.randint(0, 256, (size,), dtype=torch.uint8, generator=generator)
    return bits.view(dtype).reshape(shape) if size else torch.empty(shape, dtype=dtype)


def bits(tensor):
    return tensor.flatten().view(torch.uint8)


def every_dtype():
    shapes = [(), (0,), (1,), (3, 4), (2, 0, 3), (2, 3, 4)]
    return {f"{dtype}.{number}": sample(dtype, shape, number) for dtype in WRITTEN
            for number, shape in enumerate(shapes) if shape or dtype != torch.float4_e2m1fn_x2}


def test_files_of_torch_are_read(tool, tmp_path):
    path = tmp_path / "model.safetensors"
    tensors = every_dtype()
    safetensors.torch.save_file(tensors, path, {"format": "pt"})
    document = tool.document(path)
    assert document["format"] == "safetensors" and document["metadata"] == {"format": "pt"}
    found = {key["v"]: content for key, content in document["root"]["items"]}
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        tree.assert_same({**found[name], "alias": 0}, {**tree.python_tree(tensor), "alias": 0})


def test_the_order_is_that_of_the_data(tool, tmp_path):
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(every_dtype(), path)
    with safetensors.safe_open(path, "pt") as opened:
        expected = opened.offset_keys()
    names = [key["v"] for key, _ in tool.document(path, digest=False)["root"]["items"]]
    sizes = {name: tensor.nbytes for name, tensor in every_dtype().items()}
    assert [name for name in names if sizes[name]] == [name for name in expected if sizes[name]]


def test_files_of_numpy_are_read_and_written(tool, driver, tmp_path):
    arrays = {str(np.dtype(kind)): np.arange(6).astype(kind).reshape(2, 3) for kind in
              ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8"]}
    safetensors.numpy.save_file(arrays, tmp_path / "in.safetensors")
    tool.run("convert", tmp_path / "in.safetensors", tmp_path / "x.npz")
    tool.run("convert", tmp_path / "x.npz", tmp_path / "out.safetensors")
    found = safetensors.numpy.load_file(tmp_path / "out.safetensors")
    assert {name: (a.dtype, a.tolist()) for name, a in found.items()} == {
        name: (a.dtype, a.tolist()) for name, a in arrays.items()}
    assert (tmp_path / "out.safetensors").read_bytes() == (tmp_path / "in.safetensors").read_bytes()


def any_name(generator):
    alphabet = 'ab.01/"\\\0\x1f\n\x7fé\u2028\U0001f600'
    return "".join(generator.choice(alphabet) for _ in range(generator.randrange(12)))


def any_state(generator):
    state = {}
    for _ in range(generator.randrange(12)):
        shape = [generator.choice([0, 1, 1, 2, 3, 5]) for _ in range(generator.randint(1, 4))]
        state[any_name(generator)] = sample(generator.choice(WRITTEN), shape, generator.randrange(1000))
    return state


def test_the_bytes_are_those_of_save_file(driver, tmp_path):
    seed = int(os.environ.get("INGOT_SEED", random.randrange(2**32)))
    print(f"INGOT_SEED={seed}")
    generator = random.Random(seed)
    for _ in range(150):
        state = any_state(generator)
        metadata = generator.choice([None, {"format": "pt"}, {"a\"é": "\\\n b"}])
        safetensors.torch.save_file(state, tmp_path / "expected.safetensors", metadata)
        torch.save(state, tmp_path / "state.pt")
        texts = [f"{key}:{text}" for key, text in (metadata or {}).items()]
        driver.run("safetensors_write", tmp_path / "state.pt", tmp_path / "found.safetensors", *texts)
        assert (tmp_path / "found.safetensors").read_bytes() == (tmp_path / "expected.safetensors").read_bytes()


def test_f6_is_written_as_it_was_read(driver, tmp_path):
    """Python's door to the reference's writer has no F6: this is the order of its enum."""
    header, data = {}, b""
    for name, dtype, shape, size in [("z", "U8", [5], 5), ("a", "F6_E3M2", [3, 8], 18), ("y", "F6_E2M3", [4], 3),
                                     ("b", "F4", [2, 2], 2), ("c", "BOOL", [], 1)]:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + size]}
        data += bytes(range(size))
    text = json.dumps(header, separators=(",", ":")).encode()
    file = pack(text + b" " * (-len(text) % 8), data)
    assert reference(file)[0] == "ok"
    (tmp_path / "in.safetensors").write_bytes(file)
    driver.run("safetensors_write", tmp_path / "in.safetensors", tmp_path / "out.safetensors")
    assert (tmp_path / "out.safetensors").read_bytes() == file


def test_metadata_of_many_keys_is_sorted_and_read(driver, tmp_path):
    torch.save({"w": torch.ones(2)}, tmp_path / "state.pt")
    metadata = {"zeta": "1", "alpha": "2", "é": "ü", "B": "3", "format": "pt"}
    paths = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    for path, order in zip(paths, (list(metadata), sorted(metadata))):
        driver.run("safetensors_write", tmp_path / "state.pt", path, *(f"{key}:{metadata[key]}" for key in order))
        with safetensors.safe_open(path, "pt") as opened:
            assert opened.metadata() == metadata
    assert paths[0].read_bytes() == paths[1].read_bytes()
    header = json.loads(split(paths[0].read_bytes())[0], object_pairs_hook=list)
    assert [key for key, _ in header[0][1]] == sorted(metadata, key=str.encode)


def test_views_are_written_as_their_elements(driver, tmp_path):
    base = sample(torch.float32, (4, 5, 6))
    complex_base = sample(torch.complex64, (3, 4))
    state = {"transposed": base.permute(2, 0, 1), "step": base[::2, 1:, ::3], "expanded": base[:1].expand(7, 5, 6),
             "inner": base[1:3], "conjugate": complex_base.conj(), "negative": sample(torch.complex64, (5,)).conj().imag,
             "conjugate part": complex_base.T.conj()[1:], "scalar": base[1, 2, 3], "none": base[2:2].mT}
    torch.save(state, tmp_path / "state.pt")
    driver.run("safetensors_write", tmp_path / "state.pt", tmp_path / "found.safetensors")
    found = safetensors.torch.load_file(tmp_path / "found.safetensors")
    assert found.keys() == state.keys()
    for name, tensor in state.items():
        expected = tensor.resolve_conj().resolve_neg().contiguous()
        assert found[name].shape == expected.shape and found[name].dtype == expected.dtype
        assert bits(found[name]).equal(bits(expected)), name


def test_big_endian_files_are_written_little_endian(driver, tmp_path):
    state = {"a": torch.arange(5, dtype=torch.int32), "b": torch.tensor([1.5, -2.0], dtype=torch.complex64)}
    torch.serialization.set_default_load_endianness(None)
    numbers = {name: tensor.numpy().astype(tensor.numpy().dtype.newbyteorder(">")) for name, tensor in state.items()}
    np.savez(tmp_path / "state.npz", **numbers)
    driver.run("safetensors_write", tmp_path / "state.npz", tmp_path / "found.safetensors")
    found = safetensors.torch.load_file(tmp_path / "found.safetensors")
    assert all(found[name].equal(tensor) for name, tensor in state.items())


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(5, 3)
        self.body = torch.nn.Linear(3, 3)
        self.head = torch.nn.Linear(3, 5, bias=False)
        self.head.weight = self.embed.weight


@pytest.fixture
def tied(tmp_path):
    torch.save(Tied().state_dict(), tmp_path / "tied.pt")
    return tmp_path / "tied.pt"


def test_a_tie_is_written_once_and_noted_as_save_model_does(driver, tied, tmp_path):
    path = tmp_path / "tied.safetensors"
    driver.run("safetensors_write", tied, path)
    with safetensors.safe_open(path, "pt") as opened:
        assert set(opened.keys()) == {"embed.weight", "body.weight", "body.bias"}
        assert opened.metadata() == {"head.weight": "embed.weight", "format": "pt"}
    model = Tied()
    missing, unexpected = safetensors.torch.load_model(model, path)
    assert not missing and not unexpected
    assert model.head.weight.equal(torch.load(tied)["head.weight"])


def test_a_tie_comes_back_where_it_is_wanted(driver, tied, tmp_path):
    driver.run("safetensors_write", tied, tmp_path / "once.safetensors")
    driver.run("safetensors_write", tmp_path / "once.safetensors", tmp_path / "twice.safetensors",
               "restore_ties", "repeat_tied")
    found = safetensors.torch.load_file(tmp_path / "twice.safetensors")
    state = torch.load(tied)
    assert found.keys() == state.keys() and all(found[name].equal(state[name]) for name in state)
    with safetensors.safe_open(tmp_path / "twice.safetensors", "pt") as opened:
        assert opened.metadata() is None


def test_ties_that_save_model_dropped_are_restored(driver, tmp_path):
    model = Tied()
    safetensors.torch.save_model(model, tmp_path / "model.safetensors")
    driver.run("safetensors_write", tmp_path / "model.safetensors", tmp_path / "all.safetensors",
               "restore_ties", "repeat_tied")
    found = safetensors.torch.load_file(tmp_path / "all.safetensors")
    assert found.keys() == model.state_dict().keys() and found["head.weight"].equal(model.embed.weight)


def test_alignment_places_tensors_and_stays_legal(driver, tmp_path):
    generator = random.Random(7)
    state = {f"t{number}": sample(generator.choice(WRITTEN[:-1]), (generator.choice([1, 3, 16, 64, 100, 1024]),))
             for number in range(60)}
    torch.save(state, tmp_path / "state.pt")
    for alignment in (8, 64, 4096):
        path = tmp_path / f"{alignment}.safetensors"
        driver.run("safetensors_write", tmp_path / "state.pt", path, f"alignment={alignment}")
        found = safetensors.torch.load_file(path)
        assert found.keys() == state.keys()
        header, _ = split(path.read_bytes())
        start = 8 + len(header)
        assert start % alignment == 0
        for name, entry in json.loads(header).items():
            begin, end = entry["data_offsets"]
            assert bits(found[name]).equal(bits(state[name]))
            # The largest power of two that divides the size, but no more than was asked for.
            granularity = min(alignment, (end - begin) & -(end - begin)) if alignment > 8 else 1
            assert (start + begin) % granularity == 0, name


def test_checksums_are_those_of_the_bytes_and_find_damage(driver, tool, tmp_path):
    path = tmp_path / "model.safetensors"
    state = {"a\"é": sample(torch.float32, (300,)), "b": sample(torch.uint8, (7,)), "empty": torch.empty(0)}
    torch.save(state, tmp_path / "state.pt")
    driver.run("safetensors_write", tmp_path / "state.pt", path, "checksums", "who:me")
    with safetensors.safe_open(path, "pt") as opened:
        metadata = opened.metadata()
    assert metadata.keys() == {"ingot.crc32", "format", "who"}
    assert json.loads(metadata["ingot.crc32"]) == {
        name: "%08x" % zlib.crc32(tensor.numpy().tobytes()) for name, tensor in state.items()}
    assert all(bits(tensor).equal(bits(state[name])) for name, tensor in safetensors.torch.load_file(path).items())
    assert "3 storages checked" in tool.out("verify", path)
    assert tool.document(path)["metadata"] == {"format": "pt", "who": "me"}
    content = bytearray(path.read_bytes())
    for at in (len(content) - 1, len(content) - 8, 8 + len(split(content)[0])):
        content[at] ^= 1
        path.write_bytes(content)
        assert "CRC-32" in tool.run("verify", path, status=1).stderr
        content[at] ^= 1


def test_a_large_file_is_converted_in_little_memory(tool, tmp_path):
    size = 600 << 20
    header = json.dumps({"w": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}).encode()
    with open(tmp_path / "large.safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(header)) + header)
        out.truncate(8 + len(header) + size)
    out = tmp_path / "out.safetensors"
    subprocess.run([tool.path, "convert", tmp_path / "large.safetensors", out], check=True, timeout=300,
                   preexec_fn=limited(100))
    assert out.stat().st_size > size
    out.unlink()


def test_what_the_format_cannot_hold_is_refused(driver, tmp_path):
    for name, state in {"complex128": {"w": torch.zeros(2, dtype=torch.complex128)},
                        "nested": {"model": {"w": torch.zeros(2)}}, "number": {"w": torch.zeros(2), "epoch": 3},
                        "sparse": {"w": torch.eye(3).to_sparse()}, "root": [torch.zeros(2)],
                        "key": {1: torch.zeros(2)}, "metadata": {"__metadata__": torch.zeros(2)},
                        "surrogate": {"\ud800": torch.zeros(2)}}.items():
        torch.save(state, tmp_path / "state.pt")
        driver.run("safetensors_write", tmp_path / "state.pt", tmp_path / "out.safetensors", status=1)
        assert not (tmp_path / "out.safetensors").exists(), name


def test_the_dtypes_are_all_of_the_reference():
    _, error = reference(file_of(one("X")))
    assert set(re.findall(r"`(\w+)`", error)) - {"X"} == set(DTYPES)
