# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import subprocess
import sys

import pytest
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import tree  # noqa: E402


class Program:
    """An executable that CMake built; its path is in an environment variable."""

    def __init__(self, variable):
        self.path = os.environ[variable]  # a missing judge is an error, not a reason to skip

    def run(self, *arguments, status=0, timeout=120):
        done = subprocess.run([self.path, *map(str, arguments)], capture_output=True, text=True,
                              timeout=timeout)
        assert done.returncode == status, (
            f"{arguments} gave {done.returncode}, expected {status}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done

    def out(self, *arguments, **options):
        return self.run(*arguments, **options).stdout


class Tool(Program):
    def document(self, path, digest=True):
        return json.loads(self.out("ls", "--json", *(["--digest"] if digest else []), path))

    def tree(self, path):
        return self.document(path)["root"]


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
