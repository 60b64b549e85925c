# SPDX-License-Identifier: Apache-2.0
"""What the examples write, in PyTorch's hands."""

import os
import pathlib
import subprocess

import torch
from torch import nn

DATA = pathlib.Path(__file__).parents[2] / "examples" / "data"


def run_example(name, folder):
    program = pathlib.Path(os.environ["INGOT_EXAMPLES"]) / f"example_{name}"
    subprocess.run([program, DATA], cwd=folder, check=True, capture_output=True)


def test_several_models_and_optimizers_in_one_file_load_in_pytorch(tmp_path):
    run_example("05_several_models_in_one_file", tmp_path)
    found = torch.load(tmp_path / "models.tar", weights_only=True)
    assert list(found) == ["modelA_state_dict", "modelB_state_dict", "optimizerA_state_dict",
                           "optimizerB_state_dict"]
    a = nn.ModuleDict({"fc1": nn.Linear(4, 8), "fc2": nn.Linear(8, 3)})
    b = nn.ModuleDict({"fc": nn.Linear(3, 1)})
    a.load_state_dict(found["modelA_state_dict"])
    b.load_state_dict(found["modelB_state_dict"])
    assert torch.equal(b["fc"].weight, torch.full((1, 3), 3.0))
    for model, key, lr in ((a, "optimizerA_state_dict", 0.01), (b, "optimizerB_state_dict", 0.02)):
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.5)
        optimizer.load_state_dict(found[key])
        assert optimizer.param_groups[0]["lr"] == lr
        assert optimizer.param_groups[0]["momentum"] == 0.9
        sum(parameter.sum() for parameter in model.parameters()).backward()
        optimizer.step()
    momentum = optimizer.state[b["fc"].weight]["momentum_buffer"]
    torch.testing.assert_close(momentum, torch.full((1, 3), 0.9 * 3.0 + 1.0))
