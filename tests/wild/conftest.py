# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import sys
import warnings

import pytest
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "interop"))
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

try:
    import torchvision
except RuntimeError:
    # torchvision's compiled operators are made for another build of torch than the CPU's, and don't load
    # beside it. It gives two of them fake kernels all the same, without which it isn't imported.
    operators = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        operators.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision  # noqa: F401

from program import Program, Tool  # noqa: E402
import judge  # noqa: E402


@pytest.fixture(scope="session")
def tool():
    return Tool("INGOT_TOOL")


@pytest.fixture(scope="session")
def driver():
    return Program("INGOT_DRIVER")


@pytest.fixture
def reads(tool, tmp_path):
    """reads(path): Ingot sees in a file, wholly, what the libraries' own loader sees."""
    return lambda path, load=judge.torch_load: judge.same(tool, path, load)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
