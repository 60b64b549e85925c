# SPDX-License-Identifier: Apache-2.0
"""What torch's own parts leave in checkpoints, beyond state_dicts of plain tensors."""

import collections
import dataclasses
import datetime
import enum
import functools
import operator
import pathlib
import random
import types

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Replicate, Shard

import judge


class Color(enum.Enum):
    RED = 1


class Mode(str, enum.Enum):
    FAST = "fast"


class Flags(enum.IntFlag):
    A = 1
    B = 2


@dataclasses.dataclass
class Settings:
    lr: float = 0.1
    shape: tuple = (1, 2)
    weight: torch.Tensor = None


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, torch.ones(2)


class Attributes(dict):
    """As omegaconf's and mmcv's configurations: a dict that is also an object."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.extra = 3


class Numbers(list):
    pass


class Marked(torch.Tensor):
    pass


Point = collections.namedtuple("Point", "x y")


def function(x, scale):
    return x * scale


VALUES = {
    "enum": lambda: [Color.RED, Mode.FAST, Flags.A | Flags.B],
    "partial": lambda: functools.partial(function, scale=torch.ones(2)),
    "dataclass": lambda: Settings(weight=torch.ones(3)),
    "slots": Slots,
    "subclasses": lambda: [Attributes(a=1), Numbers([1, 2]), Point(1, torch.ones(1))],
    "namespace": lambda: types.SimpleNamespace(lr=1, path=pathlib.Path("a/b"), when=datetime.datetime(2024, 5, 6, 7)),
    "python": lambda: {"range": range(3), "slice": slice(1, 2), "frozenset": frozenset([1]), "complex": 1j,
                       "deque": collections.deque([1, 2], maxlen=3), "default": collections.defaultdict(list, a=[1]),
                       "chain": collections.ChainMap({"a": 1}), "type": int, "ellipsis": ...,
                       "getter": operator.itemgetter(1), "method": "abc".upper, "builtin": len},
    "keys": lambda: {(1, "a"): 1, None: 2, 1.5: 3, True: 4, nn.Parameter(torch.ones(1)): 5, frozenset([1]): 6,
                     Color.RED: 7},
    "numpy": lambda: {"rng": np.random.get_state(), "generator": np.random.default_rng(1), "scalar": np.float64(1.5),
                      "text": np.array(["a", "b"]), "objects": np.array([None, {}], dtype=object),
                      "dtype": np.dtype("f4"),
                      "record": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), "masked": np.ma.array([1, 2]),
                      "date": np.datetime64("2024-01-01"), "big": np.arange(3, dtype=">i4")},
    "rng": lambda: {"torch": torch.get_rng_state(), "python": random.getstate(), "numpy": np.random.get_state(),
                    "generator": torch.Generator()},
    "optimizer": lambda: torch.optim.Adam([nn.Parameter(torch.ones(2))]),
    "scheduler": lambda: torch.optim.lr_scheduler.LambdaLR(torch.optim.SGD([nn.Parameter(torch.ones(2))], 0.1),
                                                           functools.partial(function, 0.5)).state_dict(),
    "scaler": lambda: torch.amp.GradScaler("cpu", enabled=True).state_dict(),
    "storages": lambda: [torch.ones(3).untyped_storage(), torch.ones(2).storage()],
    "devices": lambda: [torch.device("cuda", 1), torch.float8_e5m2, torch.Size([1]), torch.strided],
    "distribution": lambda: torch.distributions.Normal(torch.zeros(2), torch.ones(2)),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "jagged": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged),
    "quantized": lambda: torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(2, 2)), {nn.Linear}),
    "fx": lambda: torch.fx.symbolic_trace(nn.Sequential(nn.Linear(2, 2), nn.ReLU())),
}


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("name", VALUES)
def test_values(reads, tmp_path, name, protocol):
    torch.save({"value": VALUES[name](), "after": torch.arange(3)}, tmp_path / "value.pt", pickle_protocol=protocol)
    reads(tmp_path / "value.pt")


def test_tensors_with_attributes_and_subclasses(reads, tool, tmp_path):
    marked, noted = torch.arange(6.0).as_subclass(Marked), torch.arange(3.0)
    noted.note = {"mean": torch.ones(1)}
    parameter = nn.Parameter(torch.ones(4))
    parameter.tag = "frozen"
    torch.save({"marked": marked, "noted": noted, "parameter": parameter, "buffer": nn.Buffer(torch.ones(2))},
               tmp_path / "tensors.pt")
    document = tool.document(tmp_path / "tensors.pt")
    found = {key["v"]: node for key, node in document["root"]["items"]}
    assert [found[name]["t"] for name in ("noted", "parameter", "buffer")] == ["tensor"] * 3
    assert found["marked"]["t"] == "object"  # what a subclass means by its elements, only it knows
    assert any(each["shape"] == [6] for each in judge.tensors_in(found["marked"], []))


@pytest.fixture
def mesh(tmp_path):
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/rendezvous", rank=0, world_size=1)
    yield init_device_mesh("cpu", (1,))
    torch.distributed.destroy_process_group()


def test_distributed_tensors(tool, mesh, tmp_path):
    sharded = DTensor.from_local(torch.arange(6.0).view(3, 2), mesh, [Shard(0)])
    torch.save({"w": sharded, "b": DTensor.from_local(torch.ones(2), mesh, [Replicate()])}, tmp_path / "dtensor.pt")
    document = tool.document(tmp_path / "dtensor.pt")
    (_, w), _ = document["root"]["items"]
    assert w["t"] == "object"
    assert [3, 2] in [each["shape"] for each in judge.tensors_in(w, [])]
