# SPDX-License-Identifier: Apache-2.0
"""Python objects as the JSON of `ingot ls --json --digest`, by torch's and numpy's own view of them."""

import collections
import ctypes
import difflib
import hashlib
import json
import math

import numpy as np
import torch

NUMPY_NAMES = {"bool": "bool", "float16": "float16", "float32": "float32", "float64": "float64",
               "complex64": "complex64", "complex128": "complex128",
               **{f"{sign}int{bits}": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}}
SPARSE_PARTS = {
    torch.sparse_coo: [("indices", "_indices"), ("values", "_values")],
    torch.sparse_csr: [("crow", "crow_indices"), ("col", "col_indices"), ("values", "values")],
    torch.sparse_bsr: [("crow", "crow_indices"), ("col", "col_indices"), ("values", "values")],
    torch.sparse_csc: [("ccol", "ccol_indices"), ("row", "row_indices"), ("values", "values")],
    torch.sparse_bsc: [("ccol", "ccol_indices"), ("row", "row_indices"), ("values", "values")],
}


def number(value):
    """A float as JSON has it: what JSON lacks becomes a string."""
    return value if math.isfinite(value) else str(value)


def name(thing):
    return str(thing).removeprefix("torch.")


def storage_bytes(tensor):
    storage = tensor.untyped_storage()
    return ctypes.string_at(storage.data_ptr(), storage.nbytes()) if storage.nbytes() else b""


def gathered(data, size, shape, strides, offset):
    """Elements of `size` bytes, picked out of a storage's bytes by shape, strides and offset."""
    if math.prod(shape) == 0:
        return b""
    elements = np.frombuffer(data[offset * size:len(data) - len(data) % size], f"V{size}")
    return np.lib.stride_tricks.as_strided(elements, shape, [step * size for step in strides]).tobytes()


class TreeBuilder:
    def __init__(self, digest=True):
        self.digest = digest
        self.aliases = {}
        self.kept = []  # an id is unique only while its object lives

    def alias(self, key):
        return self.aliases.setdefault(key, len(self.aliases))

    def node(self, value):
        self.kept.append(value)
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, (np.ndarray, np.generic)):
            return self.ndarray(np.asarray(value))
        if isinstance(value, dict):
            return self.mapping(value)
        kind = type(value)
        if kind in (list, tuple, set):
            return {"t": kind.__name__, "items": [self.node(each) for each in value]}
        return self.scalar(kind, value)

    def scalar(self, kind, value):
        if value is None:
            return {"t": "none"}
        if kind is int:
            fits = -2**63 <= value < 2**63
            return {"t": "int", "v": value if fits else str(value)}
        if kind is float:
            return {"t": "float", "v": number(value)}
        if kind is complex:
            return {"t": "complex", "v": [number(value.real), number(value.imag)]}
        if kind in (bytes, bytearray):
            return {"t": kind.__name__, "hex": value.hex()}
        if kind is torch.Size:
            return {"t": "Size", "v": list(value)}
        if kind is torch.dtype:
            return {"t": "dtype", "v": name(value)}
        if kind is torch.device:
            return {"t": "device", "v": str(value)}
        assert kind in (bool, str), f"no node for {kind}"
        return {"t": kind.__name__, "v": value}

    def mapping(self, value):
        kinds = {dict: "dict", collections.OrderedDict: "OrderedDict", collections.Counter: "Counter"}
        node = {"t": kinds[type(value)],
                "items": [[self.node(key), self.node(each)] for key, each in value.items()]}
        if getattr(value, "__dict__", {}):
            node["attrs"] = [[key, self.node(each)] for key, each in vars(value).items()]
        return node

    def tensor(self, value):
        value = value.detach().requires_grad_(value.requires_grad) if value.is_leaf else value
        node = {"t": "tensor", "dtype": name(value.dtype), "layout": name(value.layout),
                "shape": list(value.shape), "requires_grad": value.requires_grad,
                "device": str(value.device)}
        if value.layout in SPARSE_PARTS:
            for part, getter in SPARSE_PARTS[value.layout]:
                node[part] = self.node(getattr(value.detach(), getter)().detach())
            return node
        node["stride"] = list(value.stride())
        node["nbytes"] = value.numel() * value.element_size()
        if value.is_meta:
            node["alias"] = self.alias(("meta", len(self.aliases)))
            return node
        node["alias"] = self.alias(value.untyped_storage()._cdata)
        if self.digest:
            plain = value.detach().resolve_conj().resolve_neg()
            data = gathered(storage_bytes(plain), plain.element_size(), tuple(plain.shape),
                            plain.stride(), plain.storage_offset())
            node["sha256"] = hashlib.sha256(data).hexdigest()
        if value.is_quantized:
            self.add_quantizer(node, value)
        return node

    def add_quantizer(self, node, value):
        node["qscheme"] = name(value.qscheme())
        if value.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric):
            node["scale"] = value.q_scale()
            node["zero_point"] = value.q_zero_point()
        else:
            node["scales"] = self.node(value.q_per_channel_scales())
            node["zero_points"] = self.node(value.q_per_channel_zero_points())
            node["axis"] = value.q_per_channel_axis()

    def ndarray(self, value):
        if value.size == 0:  # numpy's strides of nothing differ from version to version
            value = np.lib.stride_tricks.as_strided(
                value, strides=[step * value.itemsize for step in torch.empty(value.shape).stride()])
        node = {"t": "ndarray", "dtype": NUMPY_NAMES[value.dtype.name], "layout": "strided",
                "shape": list(value.shape), "stride": [step // value.itemsize for step in value.strides],
                "requires_grad": False, "device": "cpu", "alias": self.alias(("array", len(self.aliases))),
                "nbytes": value.nbytes}
        if self.digest:
            little = value.astype(value.dtype.newbyteorder("<"))
            node["sha256"] = hashlib.sha256(little.tobytes()).hexdigest()
        return node


def python_tree(value, digest=True):
    return TreeBuilder(digest).node(value)


def canonical(tree, loaded=False):
    """A tree as text in which alias numbers count up as they come and sets are sorted.

    loaded: torch.load made one of the trees; it gives tensors of an empty storage one each.
    """
    numbers = {}

    def walk(node):
        if isinstance(node, list):
            return [walk(each) for each in node]
        if not isinstance(node, dict):
            return node
        result = {key: walk(node[key]) for key in sorted(node)}
        if "alias" in node and loaded and node["nbytes"] == 0:
            del result["alias"]
        elif "alias" in node:
            result["alias"] = numbers.setdefault(node["alias"], len(numbers))
        if node.get("t") == "set":
            result["items"].sort(key=lambda each: json.dumps(each, sort_keys=True))
        return result

    return json.dumps(walk(json.loads(json.dumps(tree))), indent=1)


def assert_same(found, expected, loaded=False):
    """Both are trees; a failure shows the lines that differ."""
    found, expected = canonical(found, loaded), canonical(expected, loaded)
    if found != expected:
        lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", n=6)
        raise AssertionError("\n" + "\n".join(list(lines)[:80]))
