# SPDX-License-Identifier: Apache-2.0
"""Value trees drawn at random, 2,000 and more each way. INGOT_SEED repeats a run."""

import collections
import json
import os
import random

import pytest
import torch

import tree
from tensors_test import NUMBERS, PACKED, filled

SEED = int(os.environ.get("INGOT_SEED", random.SystemRandom().randrange(2**32)))
FILES, TREES = 42, 50


class Generator:
    """Random values with shared objects and shared storages."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        torch.manual_seed(seed)
        self.earlier = []
        self.storages = []
        self.expanded = 0

    def tree(self, depth=4):
        if self.earlier and self.random.random() < 0.1:
            return self.random.choice(self.earlier)
        value = self.leaf() if depth == 0 or self.random.random() < 0.4 else self.container(depth - 1)
        self.earlier.append(value)
        return value

    def leaf(self):
        pick = self.random.choice
        return pick([
            lambda: pick([None, True, False, 0, -1, 2**31, 2**63, -2**63]),
            lambda: self.random.getrandbits(self.random.randrange(1, 200)) * pick([1, -1]),
            lambda: pick([0.0, -0.0, 0.1, float("inf"), float("nan"), 1e-320, self.random.gauss(0, 1e9)]),
            lambda: complex(self.random.random(), pick([0.0, -0.0, float("-inf")])),
            self.text,
            lambda: self.random.randbytes(self.random.randrange(40)),
            lambda: bytearray(self.random.randbytes(self.random.randrange(40))),
            lambda: torch.Size(self.shape()),
            lambda: pick(NUMBERS + PACKED),
            lambda: torch.device(pick(["cpu", "cuda:0", "cuda:3", "meta"])),
            self.tensor, self.tensor, self.tensor, self.view, self.view, self.special,
        ])()

    def text(self):
        return "".join(self.random.choices(["a", "weight", ".", "\n", '"', "é", "語", "😀", "\ud800", "0", "/"],
                                           k=self.random.randrange(8)))

    def key(self):
        return self.random.choice([self.text, self.text, lambda: self.random.randrange(2, 1000), lambda: None,
                                   lambda: (self.text(), self.random.randrange(9)), lambda: 0.5])()

    def container(self, depth):
        count = self.random.randrange(5)
        items = [self.tree(depth) for _ in range(count)]
        pairs = {self.key(): item for item in items}
        ordered = collections.OrderedDict(pairs)
        if self.random.random() < 0.3:
            ordered._metadata = self.tree(depth)
        return self.random.choice([items, items, tuple(items), pairs, pairs, ordered,
                                   {self.key() for _ in items}, collections.Counter(dict.fromkeys(pairs, 3))])

    def shape(self):
        return tuple(self.random.randrange(5) for _ in range(self.random.randrange(4)))

    def tensor(self):
        shape = self.shape()
        count = torch.Size(shape).numel()
        tensor = filled(self.random.choice(NUMBERS + PACKED), count).as_strided(
            shape, torch.empty(shape, device="meta").stride())
        self.storages.append(tensor)
        if tensor.dtype in (torch.float32, torch.complex128) and self.random.random() < 0.5:
            tensor = tensor.clone().requires_grad_()
        if tensor.dtype == torch.float32 and self.random.random() < 0.3:
            tensor = torch.nn.Parameter(tensor.detach(), requires_grad=self.random.random() < 0.5)
        return tensor

    def view(self):
        if not self.storages:
            return self.tensor()
        base = self.random.choice(self.storages)
        count = base.numel()
        offset = self.random.randrange(count + 1)
        left, shape, strides = count - offset, [], []
        while left > 0 and self.random.random() < 0.6:
            strides.append(self.random.randrange(4))
            shape.append(self.random.randrange(1, (left - 1) // strides[-1] + 2 if strides[-1] else 4))
            left -= (shape[-1] - 1) * strides[-1]
        if left <= 0:
            shape, strides = shape + [0], strides + [1]
        view = base.as_strided(shape, strides, offset)
        if view.nbytes > base.nbytes:  # Ingot refuses files that expand to more than 64 MiB
            self.expanded += view.nbytes
            if self.expanded > 2**23:
                self.expanded -= view.nbytes
                return base
        if view.dtype in (torch.complex64, torch.complex128) and self.random.random() < 0.5:
            view = view.conj()
        return view

    def special(self):
        return self.random.choice([
            lambda: torch.randn(4, 4).relu().to_sparse(), lambda: torch.randn(3, 4).relu().to_sparse_csr(),
            lambda: torch.quantize_per_tensor(torch.randn(self.shape()), 0.25, 3, torch.quint8),
            lambda: torch.empty(self.shape(), device="meta"),
        ])()


@pytest.fixture(autouse=True)
def say_seed():
    print(f"INGOT_SEED={SEED}")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(FILES))
def test_what_torch_saves_ingot_reads(reads, tool, tmp_path, number):
    trees = Generator(SEED + number)
    value = [trees.tree() for _ in range(TREES)]
    path = reads(value)
    if number % 6 == 0:  # and what Ingot writes of it, torch reads
        tool.run("convert", path, tmp_path / "again.pt")
        again = torch.load(tmp_path / "again.pt", weights_only=True)
        tree.assert_same(tree.python_tree(again), tree.python_tree(value), loaded=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(FILES))
def test_what_ingot_saves_torch_reads(driver, tmp_path, number):
    path = tmp_path / "trees.pt"
    expected = json.loads(driver.out("random", SEED + number, TREES, path, "torch"))
    found = torch.load(path, weights_only=True)
    assert len(found) == TREES
    tree.assert_same(tree.python_tree(found), expected, loaded=True)
