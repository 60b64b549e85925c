# SPDX-License-Identifier: Apache-2.0
"""Modules that torch.jit scripts and traces, one for each thing that a state can hang on."""

from typing import Dict, List, Optional, Tuple

import torch
from torch import nn


class Leaf(nn.Module):
    """Own buffers declared before parameters, both kinds of buffers, absent ones, other tensors."""

    def __init__(self):
        super().__init__()
        self.register_buffer("before", torch.arange(3.0))
        self.register_buffer("scratch", torch.arange(4.0), persistent=False)
        self.first = nn.Parameter(torch.randn(2).half())
        self.register_buffer("no_buffer", None)
        self.register_parameter("no_parameter", None)
        self.second = nn.Parameter(torch.randn(2).bfloat16())
        self.plain = torch.ones(5)

    def forward(self, x):
        return x * self.first[0] + self.before[0] + self.scratch[0] + self.plain[0] + self.second[0]


class Attributes(nn.Module):
    """Everything that an attribute can be beside a tensor."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 3))
        self.tensors: List[torch.Tensor] = [torch.ones(2), torch.zeros(3)]
        self.by_name: Dict[str, torch.Tensor] = {"a": torch.ones(1)}
        self.ints: List[int] = [1, 2]
        self.floats: List[float] = [1.0, 2.0]
        self.flags: List[bool] = [True]
        self.texts: List[str] = ["# class X(Module):", "__parameters__ = [\"x\"]", "it's \\ \n \u00e9"]
        self.pair: Tuple[int, torch.Tensor] = (1, torch.ones(1))
        self.maybe: Optional[torch.Tensor] = torch.ones(1)
        self.nested: Dict[int, List[Tuple[str, float]]] = {1: [("a", 1.0)]}
        self.device = torch.device("cuda", 1)
        self.number, self.text, self.flag = 1.5, "text", False

    def forward(self, x):
        y = x + self.weight.sum() + self.tensors[0][0] + self.by_name["a"] + self.ints[0] + self.floats[0]
        if self.flags[0] and self.maybe is not None:
            y = y + self.pair[1] + self.number + len(self.text) + len(self.nested)
        if self.flag:
            print(self.device, self.texts[0])
        return y


class DeclaredBuffer(nn.Module):
    """PyTorch loses a buffer whose type isn't Tensor: torch.jit.load's state_dict lacks it."""

    optional: Optional[torch.Tensor]

    def __init__(self):
        super().__init__()
        self.register_buffer("optional", torch.ones(2))
        self.register_buffer("kept", torch.ones(3))

    def forward(self, x):
        optional = self.optional
        return x if optional is None else x + optional.sum() + self.kept.sum()


@torch.jit.interface
class Shape(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pass


class Adder(nn.Module):
    def __init__(self):
        super().__init__()
        self.amount = nn.Parameter(torch.ones(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.amount.sum()


class Interfaced(nn.Module):
    part: Shape

    def __init__(self):
        super().__init__()
        self.part = Adder()

    def forward(self, x):
        return self.part.forward(x)


class OddNames(nn.Module):
    """Names that aren't Python's come in __annotations__."""

    def __init__(self):
        super().__init__()
        for name in ("0", "1x", "a b", "caf\u00e9"):
            self.add_module(name, nn.Linear(1, 1))
            self.register_buffer(f"of {name}", torch.ones(1))

    def forward(self, x):
        return x


class Nested(nn.Module):
    """Containers, one module under two names, a tied weight, views of one storage."""

    def __init__(self):
        super().__init__()
        self.leaf = Leaf()
        self.own = nn.Parameter(torch.randn(1))
        self.norm = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.ReLU(),
                                  nn.Sequential(nn.Linear(3, 3, bias=False)))
        self.listed = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3), Leaf()])
        self.named = nn.ModuleDict({"x": nn.Linear(3, 3), "same": nn.Identity()})
        self.again = self.leaf
        self.tied = nn.Linear(3, 3)
        self.tied.weight = self.listed[0].weight
        whole = torch.randn(3, 4)
        self.rows = nn.Parameter(whole[1:])
        self.register_buffer("turned", whole.t())
        self.attributes = Attributes()

    def forward(self, x):
        x = self.norm(x)
        for module in self.listed:
            x = module(x)
        for module in self.named.values():
            x = module(x)
        x = self.leaf(x) + self.again(x) + self.tied(x) + self.own + self.rows[0, 0] + self.turned[0, 0]
        return self.attributes(x)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 4, num_layers=2, bidirectional=True)

    def forward(self, x: torch.Tensor):
        return self.rnn(x)[0]


class Layouts(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("q", torch.quantize_per_tensor(torch.randn(3), 0.1, 2, torch.quint8))
        self.register_buffer("channels", torch.quantize_per_channel(
            torch.randn(2, 3), torch.tensor([0.1, 0.2]), torch.tensor([1, 2]), 0, torch.qint8))
        self.register_buffer("coo", torch.eye(3).to_sparse())
        self.register_buffer("csr", torch.eye(3).to_sparse_csr())
        self.register_buffer("empty", torch.empty(0, 3))
        self.register_buffer("scalar", torch.tensor(7))
        self.register_buffer("conjugate", torch.randn(3, dtype=torch.complex64).conj())

    def forward(self, x):
        return x


class Dtype(nn.Module):
    def __init__(self, dtype):
        super().__init__()
        self.register_buffer("b", torch.arange(16, dtype=torch.uint8).view(dtype))

    def forward(self, x):
        return x


class FromCode(nn.Module):
    """Its state comes from its own code, which only a TorchScript interpreter can run."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.training = True

    def forward(self, x):
        return x + self.weight.sum()

    @torch.jit.export
    def __getstate__(self):
        return self.weight, self.training

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, bool]):
        self.weight = state[0]
        self.training = state[1]
