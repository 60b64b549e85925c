# SPDX-License-Identifier: Apache-2.0
"""The README's first program, compiled as it is printed, between two Pythons."""

import os
import pathlib
import re
import subprocess

import torch
from torch import nn

ROOT = pathlib.Path(__file__).parents[2]


class SimpleModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(2, 8)
        self.linear2 = nn.Linear(8, 1)


def test_the_readmes_program_does_what_it_says(tmp_path):
    code = re.search(r"```cpp\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    (tmp_path / "program.cpp").write_text(code)
    subprocess.run([os.environ["INGOT_CXX"], "-std=c++20", "-Wall", "-Wextra", "-Wpedantic",
                    "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Werror",
                    f"-I{ROOT / 'include'}", "program.cpp", "-o", "program", "-lz"], cwd=tmp_path, check=True)
    model = SimpleModel()
    torch.save(model.state_dict(), tmp_path / "model.pt")
    printed = subprocess.run(["./program"], cwd=tmp_path, check=True, capture_output=True,
                             text=True).stdout
    assert printed.splitlines()[0] == "linear1.weight   torch.Size([8, 2])"
    expected = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    expected["linear1.bias"][0] += 1
    model.load_state_dict(torch.load(tmp_path / "model2.pt"))
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, expected[name]), name
