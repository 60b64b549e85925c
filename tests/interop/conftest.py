# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import tree  # noqa: E402
from program import Program, Tool  # noqa: E402


@pytest.fixture(scope="session")
def tool():
    return Tool("INGOT_TOOL")


@pytest.fixture(scope="session")
def driver():
    return Program("INGOT_DRIVER")


@pytest.fixture
def reads(tool, tmp_path):
    """reads(object, **save_options): Ingot sees in torch's file what torch put into it."""

    def check(value, **options):
        path = tmp_path / "value.pt"
        torch.save(value, path, **options)
        tree.assert_same(tool.tree(path), tree.python_tree(value))
        return path

    return check


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.fixture(autouse=True, scope="session")
def few_threads():
    torch.set_num_threads(1)
