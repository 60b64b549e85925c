# SPDX-License-Identifier: Apache-2.0
"""Optimizers after real steps, and training that goes from torch to C++ and back."""

import itertools

import pytest
import torch

import tree
from models_test import Mlp

OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.1}),
    "momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "dampening": ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.2, "weight_decay": 0.01}),
    "nesterov": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "adam": ("Adam", {"lr": 0.01}),
    "adam_decay": ("Adam", {"lr": 0.01, "weight_decay": 0.1, "betas": (0.8, 0.95)}),
    "amsgrad": ("Adam", {"lr": 0.01, "amsgrad": True}),
    "adamw": ("AdamW", {"lr": 0.01, "weight_decay": 0.1, "eps": 1e-6}),
    "adamw_amsgrad": ("AdamW", {"lr": 0.01, "amsgrad": True}),
}
HALF = 10


class Run:
    """An MLP, its optimizer and its data; with `split` each layer has a parameter group of its own."""

    def __init__(self, name, split):
        torch.manual_seed(1)
        self.kind, options = OPTIMIZERS[name]
        self.model = Mlp()
        self.x, self.y = torch.randn(16, 4), torch.randn(16, 3)
        groups = self.model.parameters()
        if split:
            groups = [{"params": self.model.fc1.parameters(), "lr": 0.02},
                      {"params": self.model.fc2.parameters()}]
        self.optimizer = getattr(torch.optim, self.kind)(groups, **options)

    def train(self, steps=HALF):
        for _ in range(steps):
            self.optimizer.zero_grad()
            torch.nn.functional.mse_loss(self.model(self.x), self.y).backward()
            self.optimizer.step()
        return self

    def checkpoint(self):
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "epoch": HALF,
                "x": self.x, "y": self.y}

    def restore(self, checkpoint):
        self.model.load_state_dict(checkpoint["model"])
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        return self


@pytest.fixture(params=itertools.product(OPTIMIZERS, [False, True]),
                ids=lambda pair: pair[0] + (".split" if pair[1] else ""))
def case(request):
    return request.param


def through_cpp(driver, tmp_path, run, split, steps):
    torch.save(run.checkpoint(), tmp_path / "half.pt")
    driver.run("resume", run.kind, tmp_path / "half.pt", tmp_path / "rest.pt", "split" if split else "one", steps)
    return torch.load(tmp_path / "rest.pt", weights_only=True)


def test_state_goes_through_unchanged(driver, tool, tmp_path, case):
    name, split = case
    run = Run(name, split).train()
    rest = through_cpp(driver, tmp_path, run, split, 0)
    assert rest["epoch"] == HALF
    saved, found = run.optimizer.state_dict(), rest["optimizer"]
    assert found["param_groups"] == saved["param_groups"]  # 0 == 0.0: a double has no int
    assert [list(group) for group in found["param_groups"]] == [list(group) for group in saved["param_groups"]]
    tree.assert_same(tree.python_tree(found["state"]), tree.python_tree(saved["state"]))
    Run(name, split).optimizer.load_state_dict(found)
    root = tool.tree(tmp_path / "half.pt")
    tree.assert_same(root, tree.python_tree(run.checkpoint()))


def test_a_run_goes_on_in_cpp_and_ends_where_python_would(driver, tmp_path, case):
    name, split = case
    whole = Run(name, split).train(3 * HALF)
    half = through_cpp(driver, tmp_path, Run(name, split).train(), split, HALF)
    assert half["epoch"] == 2 * HALF
    ended = Run(name, split).restore(half).train()
    for key, expected in whole.model.state_dict().items():
        torch.testing.assert_close(ended.model.state_dict()[key], expected, rtol=1e-4, atol=1e-5)
    started = Run(name, split).model.state_dict()["fc1.weight"]
    assert not torch.allclose(started, whole.model.fc1.weight, atol=1e-2)


def test_a_fresh_optimizer_has_no_state_to_lose(driver, tmp_path, case):
    name, split = case
    whole = Run(name, split).train(HALF)
    rest = through_cpp(driver, tmp_path, Run(name, split), split, HALF)
    for key, expected in whole.model.state_dict().items():
        torch.testing.assert_close(rest["model"][key], expected, rtol=1e-4, atol=1e-5)
