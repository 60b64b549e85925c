# SPDX-License-Identifier: Apache-2.0
"""Reads Ingot's own stream, from docs/formats.md alone, as the JSON of `ingot ls --json --digest`."""

import hashlib
import itertools
import json
import struct
import zlib

import numpy as np
import torch

from tree import gathered, number as json_number

MAGIC = b"\x89INGOT\r\n"
FLOAT6 = {"float6_e2m3fn_x4": 3, "float6_e3m2fn_x4": 3}  # PyTorch has none
PARTS = {"sparse_coo": ["indices", "values"],
         "sparse_csr": ["crow", "col", "values"], "sparse_bsr": ["crow", "col", "values"],
         "sparse_csc": ["ccol", "row", "values"], "sparse_bsc": ["ccol", "row", "values"]}


def aligned(size):
    return (size + 63) // 64 * 64


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        assert self.at + size <= len(self.data), "the end comes too early"
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self):
        result, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                assert result < 2**64
                return result

    def int(self):
        folded = self.number()
        return folded // 2 if folded % 2 == 0 else -(folded + 1) // 2

    def octets(self):
        return self.take(self.number())

    def text(self):
        return self.octets().decode("utf-8", "surrogatepass")

    def float(self):
        return struct.unpack("<d", self.take(8))[0]

    def numbers(self, count):
        return [self.number() for _ in range(count)]


class Tree:
    """The nodes of one record."""

    def __init__(self, names, storages):
        self.names, self.storages = names, storages

    def read(self, data):
        self.stack, nodes = [], {}
        source = Reader(data)
        while source.at < len(data):
            position = source.at
            tag = source.take(1)[0]
            if tag & 0x3F == 23:
                node = nodes[source.number()]
            else:
                node = self.node(tag & 0x3F, source)
            if tag & 0x80:
                source.octets()
            if tag & 0x40:
                nodes[position] = node
            self.stack.append(node)
        (root,) = self.stack
        return root

    def pop(self, count):
        assert count <= len(self.stack)
        taken = self.stack[len(self.stack) - count:]
        del self.stack[len(self.stack) - count:]
        return taken

    def pairs(self, count):
        flat = self.pop(2 * count)
        return [list(pair) for pair in zip(flat[::2], flat[1::2])]

    def name(self, source):
        return self.names[source.number()]

    def node(self, kind, source):
        if kind in (0, 1, 2, 22):
            return [{"t": "none"}, {"t": "bool", "v": False}, {"t": "bool", "v": True}, {"t": "cycle"}][min(kind, 3)]
        if kind in (3, 4):
            value = source.int() if kind == 3 else int.from_bytes(source.octets(), "little", signed=True)
            return {"t": "int", "v": value if -2**63 <= value < 2**63 else str(value)}
        if kind == 5:
            return {"t": "float", "v": json_number(source.float())}
        if kind == 6:
            return {"t": "complex", "v": [json_number(source.float()), json_number(source.float())]}
        if kind == 7:
            return {"t": "str", "v": source.text()}
        if kind in (8, 9):
            return {"t": ["bytes", "bytearray"][kind - 8], "hex": source.octets().hex()}
        if kind in (10, 11, 12):
            return {"t": ["list", "tuple", "set"][kind - 10], "items": self.pop(source.number())}
        if kind in (13, 14, 15):
            return self.mapping(["dict", "OrderedDict", "Counter"][kind - 13], source)
        if kind == 16:
            return {"t": "Size", "v": [source.int() for _ in range(source.number())]}
        if kind in (17, 18):
            return {"t": ["dtype", "device"][kind - 17], "v": self.name(source)}
        if kind in (19, 20):
            return self.tensor(["tensor", "ndarray"][kind - 19], source)
        assert kind == 21, f"no kind {kind} in version 1.0"
        count = source.number()
        return {"t": "object", "class": self.name(source), "items": self.pairs(count)}

    def mapping(self, kind, source):
        count, attributes = source.number(), source.number()
        names = [self.name(source) for _ in range(attributes)]
        contents = self.pop(attributes)
        node = {"t": kind, "items": self.pairs(count)}
        if names:
            node["attrs"] = [list(pair) for pair in zip(names, contents)]
        return node

    def tensor(self, kind, source):
        flags = source.number()
        dtype = self.name(source)
        shape = source.numbers(source.number())
        node = {"t": kind, "dtype": dtype, "shape": shape, "requires_grad": bool(flags & 0x8)}
        strides = source.numbers(len(shape)) if flags & 0x1 else row_major(shape)
        offset = source.number() if flags & 0x2 else 0
        node["device"] = self.name(source) if flags & 0x4 else "cpu"
        layout = self.name(source) if flags & 0x100 else "strided"
        node["layout"] = "strided" if layout == "meta" else layout
        if flags & 0x200:
            node |= {"qscheme": self.name(source), "scale": source.float(), "zero_point": source.int()}
        if flags & 0x400:
            node |= {"qscheme": self.name(source), "axis": source.int()}
            node["scales"], node["zero_points"] = self.pop(2)
        if layout in PARTS:
            return node | dict(zip(PARTS[layout], self.pop(len(PARTS[layout]))))
        size = element_size(dtype)
        node |= {"stride": strides, "nbytes": int(np.prod(shape, dtype=object)) * size}
        if layout == "meta":
            return node | {"device": "meta", "alias": None}
        place = source.number()
        data = gathered(self.storages[place], size, shape, strides, offset)
        data = resolved(data, dtype, bool(flags & 0x20), bool(flags & 0x40))
        return node | {"alias": place, "sha256": hashlib.sha256(data).hexdigest()}


def row_major(shape):
    strides, step = [], 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step *= extent or 1
    return strides


def element_size(dtype):
    return FLOAT6[dtype] if dtype in FLOAT6 else getattr(torch, dtype).itemsize


def resolved(data, dtype, conjugate, negative):
    """What the elements of a lazy view mean."""
    if not data or not (conjugate or negative):
        return data
    view = torch.frombuffer(bytearray(data), dtype=getattr(torch, dtype))
    if conjugate and view.is_complex():
        view = view.conj().resolve_conj()
    if negative:
        view = torch.neg(view)
    return view.numpy().tobytes() if view.dtype != torch.bfloat16 else view.view(torch.int16).numpy().tobytes()


def read_record(data):
    """(metadata, root, length) of the record that `data` begins with."""
    head = data[:64]
    assert head[:8] == MAGIC
    major, _, structure_crc, structure_size, size = struct.unpack_from("<HHIQQ", head, 8)
    assert zlib.crc32(head[:60]) == struct.unpack_from("<I", head, 60)[0]
    assert major == 1 and size % 64 == 0 and size <= len(data)
    structure = data[64:64 + aligned(structure_size)]
    assert zlib.crc32(structure) == structure_crc and not any(structure[structure_size:])
    source, sections = Reader(structure[:structure_size]), {}
    while source.at < structure_size:
        number = source.number()
        assert number > max(sections, default=0)
        sections[number] = source.octets()
    metadata = Reader(sections.get(1, b"\0"))
    metadata = {metadata.text(): metadata.text() for _ in range(metadata.number())}
    names = Reader(sections.get(2, b"\0"))
    names = [names.text() for _ in range(names.number())]
    sizes = Reader(sections.get(3, b"\0"))
    sizes = sizes.numbers(sizes.number())
    at = 64 + len(structure)
    end = data[size - aligned(4 * len(sizes) + 4):size]
    assert zlib.crc32(end[:-4]) == struct.unpack("<I", end[-4:])[0]
    storages = []
    for index, length in enumerate(sizes):
        storages.append(data[at:at + length])
        assert zlib.crc32(storages[-1]) == struct.unpack_from("<I", end, 4 * index)[0]
        assert not any(data[at + length:at + aligned(length)])
        at += aligned(length)
    assert at == size - len(end) and not any(end[4 * len(sizes):-4])
    return metadata, Tree(names, storages).read(sections[4]), size


def printed(root):
    """Shared nodes each time they occur; a meta tensor, which has no storage, with a number of its own."""
    tree, fresh = json.loads(json.dumps(root)), itertools.count(10**6)
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and node.get("alias", 0) is None:
            node["alias"] = next(fresh)
        if isinstance(node, (dict, list)):
            waiting += node.values() if isinstance(node, dict) else node
    return tree


def read(path):
    """[(metadata, root), ...] of a file."""
    data, records = path.read_bytes(), []
    while data:
        metadata, root, size = read_record(data)
        records.append((metadata, printed(root)))
        data = data[size:]
    return records
