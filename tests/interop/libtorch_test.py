# SPDX-License-Identifier: Apache-2.0
"""LibTorch's own C++ reader, torch::pickle_load, judges what Ingot writes.

Python reaches it as torch._C._pickle_load_obj; torch.load has nothing to do with it.
"""

from collections import OrderedDict

import pytest
import torch

import tree

# torch::pickle_load knows _rebuild_tensor_v2 alone, so only the dtypes with a storage class.
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
          torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128]


def pickle_load(path):
    return torch._C._pickle_load_obj(path.read_bytes())


@pytest.fixture
def converted(tool, tmp_path):
    """converted(object): the path of the file that Ingot writes of torch's file."""

    def convert(value):
        torch.save(value, tmp_path / "in.pt")
        tool.run("convert", tmp_path / "in.pt", tmp_path / "out.pt")
        return tmp_path / "out.pt"

    return convert


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_libtorch_reads_every_dtype_that_it_knows(converted, dtype):
    state = {"full": (torch.rand(3, 4) * 100).to(dtype), "scalar": torch.ones((), dtype=dtype),
             "empty": torch.empty(0, 2, dtype=dtype), "row": (torch.rand(4, 5) * 9).to(dtype)[1]}
    tree.assert_same(tree.python_tree(pickle_load(converted(state))), tree.python_tree(state))


def test_libtorch_reads_a_state_dict_that_python_saved_as_an_ordered_dict(converted):
    state = torch.nn.Linear(3, 2).state_dict()
    path = converted(dict(state))
    loaded = pickle_load(path)
    assert list(loaded) == ["weight", "bias"]
    assert all(torch.equal(loaded[name], state[name]) for name in state)
    with pytest.raises(RuntimeError):  # why the root that Ingot writes of a model is a plain dict
        pickle_load(converted(OrderedDict(state)))


def test_libtorch_reads_the_state_dict_of_a_model_in_cpp(driver, tmp_path):
    model = torch.nn.Sequential(OrderedDict(fc1=torch.nn.Linear(4, 8), fc2=torch.nn.Linear(8, 3)))
    torch.save(model.state_dict(), tmp_path / "in.pt")
    driver.run("model", "mlp", tmp_path / "in.pt", tmp_path / "out.pt", "plain")
    loaded = pickle_load(tmp_path / "out.pt")
    assert list(loaded) == list(model.state_dict())
    assert all(torch.equal(loaded[name], tensor) for name, tensor in model.state_dict().items())


def test_libtorch_reads_a_checkpoint_with_numbers_and_lists(converted):
    state = {"epoch": 3, "loss": 0.25, "name": "run", "model": {"w": torch.ones(2)},
             "history": [0.5, 0.25]}
    loaded = pickle_load(converted(state))
    assert loaded["epoch"] == 3 and loaded["loss"] == 0.25 and loaded["name"] == "run"
    assert torch.equal(loaded["model"]["w"], torch.ones(2)) and list(loaded["history"]) == [0.5, 0.25]
