# SPDX-License-Identifier: Apache-2.0
"""Compares a file as `ingot ls --json --digest` shows it with the Python objects that a library loads from it.

What Ingot shows of an unknown class is inert: its name, and its attributes by their names. Values of classes
that are data are compared as such; of others the attributes that both have.
"""

import collections
import enum
import pickle
import zipfile

import numpy as np
import torch

import tree

DATA = (bool, int, float, complex, str, bytes, bytearray, type(None), torch.Size, torch.dtype, torch.device)
CONTAINERS = {dict: "dict", collections.OrderedDict: "OrderedDict", collections.Counter: "Counter", list: "list",
              tuple: "tuple", set: "set"}


def torch_load(path):
    return torch.load(path, weights_only=False, map_location="cpu")


def pickle_load(path):
    with open(path, "rb") as file:
        return pickle.load(file)


def tensors_in(node, found):
    """The tensors and arrays of a JSON tree, without recursion: files nest deeply."""
    stack = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, list):
            stack.extend(here)
        elif isinstance(here, dict):
            if here.get("t") in ("tensor", "ndarray"):
                found.append(here)
            stack.extend(each for each in here.values() if isinstance(each, (list, dict)))
    return found


class Comparison:
    def __init__(self):
        self.tensors = self.values = self.objects = 0
        self.seen = set()
        self.kept = []  # an id is unique only while its object lives

    def run(self, node, value):
        stack = [(node, value, "root")]
        while stack:
            self.step(stack, *stack.pop())
        return self

    def step(self, stack, node, value, where):
        if node["t"] == "cycle" or (node["t"] in ("object", "dict", "list") and id(value) in self.seen):
            return
        self.seen.add(id(value))
        self.kept.append(value)
        if isinstance(value, torch.Tensor) and node["t"] == "tensor":
            self.tensor(node, value, where)
        elif isinstance(value, (np.ndarray, np.generic)) and node["t"] == "ndarray":
            expected = tree.TreeBuilder().ndarray(np.asarray(value))
            self.same(node["sha256"] == expected["sha256"] and node["shape"] == expected["shape"], where, node, value)
            self.tensors += 1
        elif type(value) in CONTAINERS and node["t"] == CONTAINERS[type(value)]:
            self.container(stack, node, value, where)
        elif type(value) in DATA:
            self.same(node["t"] == "object" or node == tree.TreeBuilder().node(value), where, node, value)
            self.values += 1
        elif node["t"] == "object":
            self.instance(stack, node, value, where)
        else:
            # A class that is rebuilt from data of a plain kind: a tensor subclass, an enum of str.
            rebuilt = (torch.Tensor, torch.storage.TypedStorage, torch.UntypedStorage, dict, enum.Enum)
            self.same(isinstance(value, rebuilt), where, node, value)

    def tensor(self, node, value, where):
        expected = tree.TreeBuilder().tensor(value)
        for key in ("dtype", "shape", "layout", "sha256"):
            self.same(node.get(key) == expected.get(key), f"{where} ({key})", node, value)
        self.tensors += 1

    def container(self, stack, node, value, where):
        self.same(len(node["items"]) == len(value), where, node, value)
        if isinstance(value, dict):
            for i, ((key, content), (own_key, own)) in enumerate(zip(node["items"], value.items())):
                name = key["v"] if "v" in key else i
                stack.append((key, own_key, f"{where} key {i}"))
                stack.append((content, own, f"{where}.{name}"))
        elif not isinstance(value, set):
            stack.extend((each, own, f"{where}.{i}") for i, (each, own) in enumerate(zip(node["items"], value)))

    def instance(self, stack, node, value, where):
        attributes = getattr(value, "__dict__", None)
        self.objects += 1
        if not isinstance(attributes, dict):
            return
        for key, content in node["items"]:
            if key["t"] == "str" and key["v"] in attributes:
                stack.append((content, attributes[key["v"]], f"{where}.{key['v']}"))

    @staticmethod
    def same(holds, where, node, value):
        text = str(node)
        assert holds, f"{where}: found {text[:300]}, expected {type(value)} {str(value)[:300]}"


def same(tool, path, load):
    """Reads the file in both ways and compares; every storage of the file must be in Ingot's tree."""
    document = tool.document(path)
    result = Comparison().run(document["root"], load(path))
    tool.run("verify", path)
    if zipfile.is_zipfile(path):
        records = [name for name in zipfile.ZipFile(path).namelist() if "/data/" in name]
        tensors = [each for each in tensors_in(document["root"], []) if each["t"] == "tensor"]
        storages = {each["alias"] for each in tensors if "alias" in each}
        assert len(storages) >= len(records), f"{len(records)} storages in the file, {len(storages)} in the tree"
    assert result.tensors + result.values > 0 or document["root"]["items"] == []
    return document, result


def same_state(tool, driver, folder, name, expected, *keys):
    """The C++ library makes the state_dict of a module or a checkpoint's part, which torch takes by name."""
    driver.run("state", folder / name, folder / "state-of.pt", *keys)
    found = torch.load(folder / "state-of.pt", weights_only=True)
    assert list(found) == [key for key in expected if not key.endswith("_extra_state")]
    for key, tensor in found.items():
        assert torch.equal(tensor, expected[key]) and tensor.dtype == expected[key].dtype, key
