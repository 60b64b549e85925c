# SPDX-License-Identifier: Apache-2.0
"""torch.save(model): the state_dict of modules whose classes are defined nowhere in C++."""

import pytest
import torch
from torch import nn

import models_test
import tree


class Scaled(nn.Module):
    """One of everything that a module may hold."""

    def __init__(self):
        super().__init__()
        self.late = nn.Linear(2, 2)  # children come last in a state_dict
        self.weight = nn.Parameter(torch.randn(3))
        self.frozen = nn.Parameter(torch.randn(2), requires_grad=False)
        self.register_parameter("absent", None)
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("scratch", torch.ones(5), persistent=False)
        self.register_buffer("nothing", None)
        self.plain = torch.ones(7)  # an attribute: no state
        self.empty = nn.Identity()
        self.gone = nn.Linear(1, 1)
        self.gone = None
        self.half = nn.Linear(2, 2, bias=False).half()


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(5, 4)
        self.decoder = nn.Linear(4, 5, bias=False)
        self.decoder.weight = self.encoder.weight
        self.again = self.encoder


class Lists(nn.Module):
    def __init__(self):
        super().__init__()
        self.list = nn.ParameterList([nn.Parameter(torch.ones(i + 1)) for i in range(3)])
        self.dict = nn.ParameterDict({"b": torch.ones(1), "a": torch.ones(2)})
        self.layers = nn.ModuleList([nn.Linear(2, 2), Scaled()])
        self.named = nn.ModuleDict({"x": nn.Linear(1, 2), "y": nn.Sequential(nn.Linear(2, 1), nn.ReLU())})


class Child(nn.Module):
    def __init__(self, parent):
        super().__init__()
        self.parent = [parent]  # a list: no submodule
        self.layer = nn.Linear(2, 2)


class Parent(nn.Module):
    def __init__(self):
        super().__init__()
        self.before = torch.ones(1)
        self.child = Child(self)
        self.other = Child(self)
        object.__setattr__(self, "owner", self.child)


MODULES = {
    "nested": lambda: nn.Sequential(nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 1))), nn.ReLU(),
                                    nn.Linear(1, 1)),
    "everything": Scaled, "tied": Tied, "lists": Lists, "cycles": Parent,
    "batch_norm": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.InstanceNorm2d(4, affine=True)),
    "lstm": lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2),
    "attention": lambda: nn.TransformerEncoderLayer(8, 2, 16),
    "old_weight_norm": lambda: nn.utils.weight_norm(nn.Linear(3, 2)),
    "data_parallel": lambda: nn.DataParallel(nn.Linear(3, 2)),
    "fx": lambda: torch.fx.symbolic_trace(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))),
    "compiled": lambda: torch.compile(nn.Sequential(nn.Linear(2, 2))),
    "empty": nn.ReLU,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", ["zip", "legacy"])
@pytest.mark.parametrize("name", MODULES)
def test_the_state_is_that_of_torch(tool, driver, tmp_path, name, form):
    module = MODULES[name]()
    path = tmp_path / "model.pth"
    torch.save(module, path, _use_new_zipfile_serialization=form == "zip")
    assert tool.document(path)["format"] == "torch-module"
    judged = torch.load(path, weights_only=False).state_dict()
    assert list(judged) == list(module.state_dict())
    driver.run("state", path, tmp_path / "state.pt")
    tree.assert_same(tool.tree(tmp_path / "state.pt"), tree.python_tree(dict(judged)), loaded=True)


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.count = 3

    def get_extra_state(self):
        return {"count": self.count}

    def set_extra_state(self, state):
        self.count = state["count"]


def test_extra_state_is_made_by_code_and_is_not_there(tool, driver, tmp_path):
    torch.save(Stateful(), tmp_path / "model.pth")
    driver.run("state", tmp_path / "model.pth", tmp_path / "state.pt")
    found = torch.load(tmp_path / "state.pt", weights_only=True)
    judged = Stateful().state_dict()
    assert list(found) == [name for name in judged if name != "_extra_state"]


def test_an_uninitialized_parameter_stays_what_it_is(tool, tmp_path):
    module = nn.LazyLinear(3)
    torch.save(module, tmp_path / "model.pth")
    document = tool.document(tmp_path / "model.pth")
    assert document["format"] == "torch-module"
    assert "torch.nn.parameter.UninitializedParameter" in str(document)


@pytest.mark.parametrize("kind", ["mlp", "cnn", "transformer", "language_model"])
def test_a_model_loads_from_an_entire_module(driver, tmp_path, kind):
    make, draw = models_test.MODELS[kind]
    model, inputs = make(), draw()
    model(inputs)
    torch.save(model.eval(), tmp_path / "entire_model.pth")
    driver.run("model", kind, tmp_path / "entire_model.pth", tmp_path / "back.pt", "plain")
    again = make().eval()
    again.load_state_dict(torch.load(tmp_path / "back.pt", weights_only=True))
    assert torch.equal(again(inputs), model(inputs))


def test_a_module_inside_of_a_checkpoint(driver, tmp_path):
    """The owner, which refers to its parent, comes first: the parent must not lack it."""
    model = Parent()
    torch.save({"owner": model.child, "model": model, "epoch": 3}, tmp_path / "checkpoint.pth")
    driver.run("state", tmp_path / "checkpoint.pth", tmp_path / "state.pt", "model")
    found = torch.load(tmp_path / "state.pt", weights_only=True)
    assert list(found) == list(model.state_dict())
    assert all(torch.equal(found[name], each) for name, each in model.state_dict().items())


def test_a_mismatch_advises_the_module_within(driver, tmp_path):
    torch.save({"model": models_test.Mlp(), "epoch": 3}, tmp_path / "checkpoint.pth")
    error = driver.run("model", "mlp", tmp_path / "checkpoint.pth", tmp_path / "back.pt", "plain", status=1).stderr
    assert 'ingot::open(file)["model"]' in error
