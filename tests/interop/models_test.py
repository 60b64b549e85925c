# SPDX-License-Identifier: Apache-2.0
"""Models of torch and the same models in C++ (models.hpp), handed back and forth."""

import warnings

import pytest
import torch
from torch import nn

import tree


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3)
        self.bn1 = nn.BatchNorm2d(6)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(torch.relu(self.bn1(self.conv1(x))).mean((2, 3)))


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(11, 8)
        self.lm_head = nn.Linear(8, 11, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, x):
        return self.lm_head(self.wte(x))


def make_transformer():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


MODELS = {"mlp": (Mlp, lambda: torch.randn(5, 4)), "cnn": (Cnn, lambda: torch.randn(2, 3, 8, 8)),
          "sequential": (lambda: nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)),
                         lambda: torch.randn(5, 4)),
          "transformer": (make_transformer, lambda: torch.randn(2, 5, 8)),
          "language_model": (LanguageModel, lambda: torch.randint(0, 11, (2, 5)))}


@pytest.fixture(params=MODELS)
def trained(request, tmp_path):
    """A model's name, the model after a pass that fills its buffers, its inputs and its file."""
    make, draw = MODELS[request.param]
    model, inputs = make(), draw()
    model(inputs)
    torch.save(model.state_dict(), tmp_path / "torch.pt")
    return request.param, model.eval(), inputs, tmp_path / "torch.pt"


def test_the_tool_lists_what_torch_has(tool, trained):
    _, model, _, path = trained
    tree.assert_same(tool.tree(path), tree.python_tree(model.state_dict()))


@pytest.mark.parametrize("form", ["plain", "metadata"])
def test_there_and_back(driver, trained, tmp_path, form):
    kind, model, inputs, path = trained
    driver.run("model", kind, path, tmp_path / "back.pt", form)
    for options in ({}, {"mmap": True}):
        state = torch.load(tmp_path / "back.pt", weights_only=True, **options)
        assert list(state) == list(model.state_dict())
        again = MODELS[kind][0]().eval()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            again.load_state_dict(state, strict=True)
        assert torch.equal(again(inputs), model(inputs))
        for name, expected in model.state_dict().items():
            assert torch.equal(again.state_dict()[name], expected), name
    if form == "metadata":
        expected = dict(model.state_dict()._metadata)
        # Dropout holds nothing: the C++ model does without it.
        assert {path for path in expected if "dropout" not in path} == set(state._metadata)
        assert all(expected[path] == facts for path, facts in state._metadata.items())


def test_tied_weights_are_one_storage(driver, tmp_path):
    torch.save(LanguageModel().state_dict(), tmp_path / "torch.pt")
    driver.run("model", "language_model", tmp_path / "torch.pt", tmp_path / "back.pt", "plain")
    state = torch.load(tmp_path / "back.pt", weights_only=True)
    assert state["wte.weight"].data_ptr() == state["lm_head.weight"].data_ptr()


def test_one_name_of_a_tie_is_enough(driver, tmp_path):
    state = LanguageModel().state_dict()
    del state["lm_head.weight"]
    torch.save(state, tmp_path / "torch.pt")
    driver.run("model", "language_model", tmp_path / "torch.pt", tmp_path / "back.pt", "plain")
    back = torch.load(tmp_path / "back.pt", weights_only=True)
    assert torch.equal(back["lm_head.weight"], state["wte.weight"])


def test_metadata_spares_batch_norm_its_upgrade(driver, tmp_path):
    """Without the version a BatchNorm state is taken for an old one, to which torch adds a counter."""
    model = Cnn()
    torch.save(model.state_dict(), tmp_path / "torch.pt")
    for form, missing in (("plain", []), ("metadata", ["bn1.num_batches_tracked"])):
        driver.run("model", "cnn", tmp_path / "torch.pt", tmp_path / "back.pt", form)
        state = torch.load(tmp_path / "back.pt", weights_only=True)
        del state["bn1.num_batches_tracked"]
        assert Cnn().load_state_dict(state, strict=False).missing_keys == missing


def test_missing_unexpected_and_mismatched_keys_are_told(driver, tmp_path):
    state = Mlp().state_dict()
    state["fc1.weigth"] = state.pop("fc1.weight")
    state["fc2.bias"] = torch.zeros(7)
    torch.save(state, tmp_path / "torch.pt")
    strict = driver.run("model", "mlp", tmp_path / "torch.pt", tmp_path / "back.pt", "plain", status=1).stderr
    report = driver.out("report", "mlp", tmp_path / "torch.pt")
    for text in (strict, report):
        assert 'Missing key(s) in state_dict: "fc1.weight"' in text
        assert 'Unexpected key(s) in state_dict: "fc1.weigth"' in text
        assert "size mismatch for fc2.bias" in text and "[7]" in text and "[3]" in text
    with pytest.raises(RuntimeError, match='Missing key.*"fc1.weight"'):
        Mlp().load_state_dict(state)
