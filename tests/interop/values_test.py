# SPDX-License-Identifier: Apache-2.0
"""Python values that torch saves, as Ingot reads them."""

import collections
import math

import numpy as np
import pytest
import torch


def test_numbers(reads):
    reads([0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -2**31, 2**63 - 1, -2**63, 2**63, 2**64 - 1,
           -2**63 - 1, 2**200, -2**200, 10**300, True, False, None, 0.0, -0.0, 0.1, 1e300, 5e-324, 1e22,
           math.inf, -math.inf, math.nan, 1 + 2j, complex(math.nan, -math.inf)])


def test_text(reads):
    reads(["", "a", "é", "語", "😀", "\ud800", "a\udcffb", "\0", "\x7f\n\t\"\\/", "x" * 300, "y" * 70000])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_bytes(reads, protocol):
    octets = bytes(range(256))
    reads([b"", b"abc", octets, octets * 300, bytearray(), bytearray(octets)], pickle_protocol=protocol)


def test_containers(reads):
    deep = [1]
    for _ in range(200):
        deep = [deep, ()]
    reads({"list": [], "tuple": (), "one": (1,), "two": (1, 2), "three": (1, 2, 3), "four": (1, 2, 3, 4),
           "set": {1, "two", 3.0}, "empty": set(), "dict": {}, "ordered": collections.OrderedDict(a=1),
           "counter": collections.Counter("abracadabra"), "deep": deep, "long": list(range(2500)),
           "wide": {i: str(i) for i in range(2500)}, "shared": [deep[1], deep[1]]})


def test_keys(reads):
    reads({1: "int", True + 1: "two", "1": "str", (1, "a"): "tuple", None: "none", 1.5: "float",
           "a.b": {"c": 1}, "": "empty"})


def test_torch_values(reads):
    reads([torch.Size([2, 3]), torch.Size([]), torch.Size([2**40]), torch.float32, torch.bfloat16, torch.bool,
           torch.float8_e4m3fn, torch.device("cpu"), torch.device("cuda:1"), torch.device("meta")])


def test_attributes(reads):
    plain = torch.nn.BatchNorm1d(3).state_dict()
    reads(plain)
    plain.extra = [1, 2]
    reads({"nested": plain})


@pytest.mark.parametrize("order", "<>")
def test_arrays(reads, order):
    kinds = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "c8", "c16", "b1"]
    arrays = {kind: np.arange(6).astype(order + kind).reshape(2, 3) for kind in kinds}
    reads({**arrays, "scalar": np.float64(0.5), "bool": np.bool_(True), "zero": np.array(3),
           "empty": np.zeros((0, 2)), "fortran": np.asfortranarray(arrays["f4"])})


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol(reads, protocol):
    bundle = {"tensor": torch.randn(2, 3), "tied": [torch.ones(2)] * 2, "text": "é" * 300, "bytes": b"\xff\0",
              "big": 2**70, "set": {1, 2}, "tuple": (1, (2, (3, ())), [4]), "array": np.arange(3.0),
              "float8": torch.zeros(3).to(torch.float8_e5m2), "ordered": collections.OrderedDict(a={1: 2.0})}
    reads(bundle, pickle_protocol=protocol)


class Options:
    def __init__(self, **options):
        self.__dict__.update(options)


def test_instances_are_inert(tool, tmp_path):
    path = tmp_path / "options.pt"
    torch.save({"args": Options(lr=0.5, weight=torch.ones(2)), "after": 1}, path)
    root = tool.tree(path)
    args, after = (node for _, node in root["items"])
    assert args["t"] == "object" and args["class"].endswith(".Options")
    assert after == {"t": "int", "v": 1}
    assert '"float32"' in str(args).replace("'", '"') and "0.5" in str(args)


def test_cycles(tool, tmp_path):
    path = tmp_path / "cycle.pt"
    loop = {"x": 1, "inner": []}
    loop["inner"].append(loop)
    torch.save(loop, path)
    items = {key["v"]: node for key, node in tool.tree(path)["items"]}
    assert items["x"] == {"t": "int", "v": 1}
    assert items["inner"] == {"t": "list", "items": [{"t": "cycle"}]}


def test_an_entire_module_is_told_apart(tool, tmp_path):
    path = tmp_path / "module.pt"
    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 3)), path)
    document = tool.document(path)
    assert document["format"] == "torch-module"
    assert document["root"]["t"] == "object"
    assert document["root"]["class"] == "torch.nn.modules.container.Sequential"
