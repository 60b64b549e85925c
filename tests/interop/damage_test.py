# SPDX-License-Identifier: Apache-2.0
"""One small file of each format, by the program that owns it: cut at every length, and with every byte changed. Each
damaged file is refused, or read as the whole one, or, where the format protects nothing, read as its owner reads it."""

import io
import json
import pickle
import pickletools
import warnings

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

import tree
from arrays import as_numpy_writes, read_each
from legacy_test import Tar, legacy

STATE = {"w": torch.arange(6.0).reshape(2, 3), "n": torch.tensor(7)}


def content_of(save, value):
    out = io.BytesIO()
    save(value, out)
    return out.getvalue()


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, x):
        return x * self.scale


def exported(module):
    return torch.export.export(module, (torch.ones(2),))


def read_by_torch(path):
    try:
        return torch.load(path, weights_only=True)
    except Exception as refusal:
        if "magic number" in str(refusal):
            return read_by_pickle(path)  # any other number is a pickle's
        raise


def read_tar_by_torch(path):
    return torch.load(path, weights_only=False)  # there is no other way; a changed byte makes no code of a name


def read_by_pickle(path):
    """Only what calls nothing."""
    content = path.read_bytes()
    assert not any(code.name in ("GLOBAL", "REDUCE") for code, _, _ in pickletools.genops(content))
    return pickle.loads(content)


# What checks every byte that counts: the zip's CRC-32, our own, or the tensors' names in the shards.
PROTECTED = {
    "model.pt": lambda path: path.write_bytes(content_of(torch.save, STATE)),
    "scripted.pt": lambda path: path.write_bytes(content_of(torch.jit.save, torch.jit.script(Scaled()))),
    "model.pt2": lambda path: path.write_bytes(content_of(torch.export.save, exported(Scaled()))),
    "model.npz": lambda path: np.savez(path, w=np.arange(6.0).reshape(2, 3)),
    "packed.npz": lambda path: np.savez_compressed(path, w=np.zeros(40)),
    "model.safetensors.index.json": lambda path: path.write_bytes(index(path.parent)),
    "model.ingot": None,
}
UNPROTECTED = {
    "model.npy": (lambda path: path.write_bytes(as_numpy_writes(np.arange(3.0))), np.load),
    "model.safetensors": (lambda path: safetensors.torch.save_file(STATE, path), safetensors.torch.load_file),
    "model.pth": (lambda path: legacy({"w": torch.ones(2)}, path), read_by_torch),
    "model.tar": (lambda path: Tar().write({"w": torch.ones(2)}, path), read_tar_by_torch),
    "model.pkl": (lambda path: path.write_bytes(pickle.dumps({"n": [1, 2.5, "text"]}, protocol=2)), read_by_pickle),
}


def index(folder):
    safetensors.torch.save_file({"a": torch.ones(2)}, folder / "model-00001-of-00002.safetensors")
    safetensors.torch.save_file({"b": torch.ones(3)}, folder / "model-00002-of-00002.safetensors")
    names = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    return json.dumps({"metadata": {"total_size": 20}, "weight_map": names}, indent=2).encode()


def damaged(whole):
    """Every beginning of the file, and the file with each byte changed: all of its bits, and one of them."""
    for size in range(len(whole)):
        yield f"the first {size} bytes", whole[:size]
    for at in range(len(whole)):
        for mask in (0xFF, 1 << at % 8):
            yield f"byte {at} ^ {mask:#x}", whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1:]


def read_damaged(driver, path):
    """Yields how each file was damaged, its path and what Ingot says of it."""
    cases = list(damaged(path.read_bytes()))
    paths = [path.with_name(f"{number}{path.name.removeprefix('model')}") for number in range(len(cases))]
    for (_, content), each in zip(cases, paths):
        each.write_bytes(content)
    for (how, _), each, found in zip(cases, paths, read_each(driver, paths)):
        yield how, each, found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PROTECTED)
def test_what_is_protected_is_refused_or_read_as_it_was(tool, driver, tmp_path, name):
    path = tmp_path / name
    if name == "model.ingot":
        torch.save(STATE, tmp_path / "from.pt")
        tool.run("convert", tmp_path / "from.pt", path)
    else:
        PROTECTED[name](path)
    (whole,) = read_each(driver, [path])
    refused = 0
    for how, _, found in read_damaged(driver, path):
        refused += isinstance(found, str)
        assert isinstance(found, str) or found == whole, (how, found)
    assert refused > path.stat().st_size  # all cuts, but where the end says nothing, and many flips


def as_judged(judge, path):
    try:
        with warnings.catch_warnings(action="ignore"):
            return tree.python_tree(judge(path))
    except Exception:  # it has many ways to say that a file is damaged
        return None


def without_devices(node):
    """Ours keeps any location, torch refuses those that it doesn't know: the text decides nothing."""
    if isinstance(node, dict):
        return {key: without_devices(each) for key, each in node.items() if key != "device"}
    return [without_devices(each) for each in node] if isinstance(node, list) else node


def is_harmless(found, whole):
    """What the owner refuses: the same but for a location, or objects of names that mean nothing, which are inert."""
    return '"t": "object"' in json.dumps(found) or without_devices(found) == without_devices(whole)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", UNPROTECTED)
def test_what_is_not_protected_is_read_as_its_owner_reads_it(driver, tmp_path, name):
    path = tmp_path / name
    write, judge = UNPROTECTED[name]
    write(path)
    (whole,) = read_each(driver, [path])
    agreed = 0
    for how, each, found in read_damaged(driver, path):
        if isinstance(found, str) or found == whole:
            continue
        judged = as_judged(judge, each)
        if judged is None:
            assert is_harmless(found, whole), (how, found)
            continue
        tree.assert_same(found, judged, loaded=True)
        agreed += 1
    assert agreed > 0
