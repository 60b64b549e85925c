# SPDX-License-Identifier: Apache-2.0
"""torch.export archives: Ingot sees the state_dict of the program that torch.export.load gives."""

import collections
import copy
import json
import zipfile

import pytest
import torch
from torch import nn
from torch.export import pt2_archive
from torch.export.pt2_archive import _package

import tree
from models_test import MODELS

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
          torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128, torch.complex32, torch.uint16,
          torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz]
WEIGHTS = "data/weights/model_weights_config.json"


class Everything(nn.Module):
    """A tied weight, views of one storage, both kinds of buffers, a constant, odd shapes."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.norm = nn.BatchNorm1d(3)
        self.frozen = nn.Parameter(torch.randn(3), requires_grad=False)
        whole = torch.randn(3, 4)
        # (Of a view with a gradient PyTorch says that all views of its storage have one.)
        self.rows = nn.Parameter(whole[1:], requires_grad=False)
        self.register_buffer("turned", whole.t())
        self.register_buffer("scratch", torch.arange(3.0), persistent=False)
        self.constant = torch.ones(3)
        self.register_buffer("empty", torch.empty(0, 3))
        self.register_buffer("scalar", torch.tensor(7.0))

    def forward(self, x):
        x = self.norm(self.first(x) + self.second(x)) + self.frozen + self.rows.sum() + self.turned.sum()
        return x + self.scratch + self.constant + self.empty.sum() + self.scalar


def program_of(module, *inputs):
    return torch.export.export(module.eval(), inputs)


def expected_state(program):
    state = collections.OrderedDict(program.state_dict)
    if program.constants:
        state.constants = dict(program.constants)
    return state


def expected(path):
    return tree.python_tree(expected_state(torch.export.load(path)))


@pytest.fixture
def agrees(tool, tmp_path):
    def check(program):
        path = tmp_path / "program.pt2"
        torch.export.save(program, path)
        document = tool.document(path)
        assert document["format"] == "torch-export"
        tree.assert_same(document["root"], expected(path), loaded=True)
        tool.run("verify", path)
        return path

    return check


@pytest.mark.parametrize("kind", MODELS)
def test_an_exported_model(agrees, kind):
    make, draw = MODELS[kind]
    agrees(program_of(make(), draw()))


def test_ties_views_buffers_and_constants(agrees):
    agrees(program_of(Everything(), torch.randn(2, 3)))


def test_every_dtype(agrees):
    module = nn.Module()
    for dtype in DTYPES:
        module.register_buffer("of_" + str(dtype).removeprefix("torch."),
                               torch.arange(1, 17, dtype=torch.uint8).view(dtype) if dtype is not torch.bool
                               else torch.tensor([True, False]))
    module.forward = lambda x: x
    path = agrees(program_of(module, torch.ones(1)))
    assert len(torch.export.load(path).state_dict) == len(DTYPES)


def test_several_programs_in_one_file(tool, tmp_path):
    path = tmp_path / "programs.pt2"
    _package.package_pt2(str(path), exported_programs={"one": program_of(nn.Linear(2, 2), torch.ones(1, 2)),
                                                       "two": program_of(nn.Linear(3, 3), torch.ones(1, 3))})
    programs = _package.load_pt2(str(path)).exported_programs
    tree.assert_same(tool.tree(path), tree.python_tree({name: expected_state(each)
                                                        for name, each in programs.items()}))


def test_a_model_in_cpp_loads_an_exported_program(driver, tmp_path):
    model = MODELS["mlp"][0]()
    torch.export.save(program_of(model, torch.randn(5, 4)), tmp_path / "in.pt2")
    driver.run("model", "mlp", tmp_path / "in.pt2", tmp_path / "out.pt", "plain")
    loaded = torch.load(tmp_path / "out.pt", weights_only=True)
    assert list(loaded) == list(model.state_dict())
    assert all(torch.equal(loaded[name], tensor) for name, tensor in model.state_dict().items())


def test_an_exported_program_becomes_a_state_dict(tool, tmp_path):
    torch.export.save(program_of(Everything(), torch.randn(2, 3)), tmp_path / "in.pt2")
    tool.run("convert", tmp_path / "in.pt2", tmp_path / "out.pt")
    Everything().load_state_dict(torch.load(tmp_path / "out.pt", weights_only=True))


@pytest.fixture
def sample(tmp_path):
    torch.export.save(program_of(nn.Linear(3, 2), torch.ones(1, 3)), tmp_path / "sample.pt2")
    return tmp_path / "sample.pt2"


def rewritten(source, target, record, change):
    """Copies a zip file; `change` makes the new text of one record, or nothing to leave it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for each in old.infolist():
            data = old.read(each)
            if each.filename.split("/", 1)[1] == record:
                data = change(data.decode(errors="replace"))
            if data is not None:
                new.writestr(each.filename, data)
    return target


def reconfigured(sample, target, change):
    """A copy in which change(configuration, its weight) edited the JSON."""

    def edit(text):
        config = json.loads(text)
        change(config["config"], config["config"]["weight"])
        return json.dumps(config)

    return rewritten(sample, target, WEIGHTS, edit)


def set_meta(**fields):
    def change(config, weight):
        weight["tensor_meta"].update(fields)

    change.__name__ = str(fields)
    return change


@pytest.mark.parametrize("change", [
    set_meta(dtype=0), set_meta(dtype=99), set_meta(storage_offset={"as_int": 1}),
    set_meta(storage_offset={"as_int": -1}), set_meta(sizes=[{"as_int": 7}], strides=[{"as_int": 1}]),
    set_meta(sizes=[{"as_int": -1}, {"as_int": 3}]), set_meta(sizes=[{"as_int": 2}]),
    set_meta(strides=[{"as_int": 2**62}, {"as_int": 1}]), set_meta(sizes=[{"as_expr": {"expr_str": "s0"}}]),
    set_meta(sizes=[{}]), set_meta(sizes=[6]), set_meta(sizes=None), set_meta(dtype="float32"),
    set_meta(sizes=[{"as_int": 2, "as_expr": 3}, {"as_int": 3}]), set_meta(device=None), set_meta(sizes=6),
    lambda config, weight: weight.pop("tensor_meta"), lambda config, weight: weight.update(tensor_meta=None),
    lambda config, weight: weight["tensor_meta"].pop("strides"), lambda config, weight: weight.pop("path_name"),
    lambda config, weight: weight.pop("use_pickle"), lambda config, weight: weight.update(path_name="weight_9"),
    lambda config, weight: weight.update(path_name="../../models/nothing"), lambda config, weight: config.update(x=[])],
    ids=lambda change: change.__name__)
def test_a_configuration_that_pytorch_refuses(tool, sample, tmp_path, change):
    path = reconfigured(sample, tmp_path / "changed.pt2", change)
    with pytest.raises(Exception), pt2_archive.PT2ArchiveReader(str(path)) as archive:
        _package._load_state_dict(archive, "model")
    error = tool.run("ls", path, status=1).stderr
    assert error.startswith(f"error: {path}: {WEIGHTS}") and error.count("\n") == 1


def reverse(config, weight):
    for name in list(config):
        config[name] = dict(reversed(config.pop(name).items()))


@pytest.mark.parametrize("change", [
    lambda config, weight: weight.update(new={"deep": [{"x": None}, 1.5, True, "text"]}),
    lambda config, weight: weight["tensor_meta"].update(new=[[]]), reverse,
    set_meta(sizes=[{"as_int": 3}, {"as_int": 2}], strides=[{"as_int": 1}, {"as_int": 3}]),
    set_meta(sizes=[{"as_int": 2}], strides=[{"as_int": 2}], storage_offset={"as_int": 1}),
    set_meta(dtype=4, requires_grad=False), set_meta(sizes=[], strides=[]),
    set_meta(sizes=[{"as_int": 1000}], strides=[{"as_int": 0}]),
    lambda config, weight: config.update(again=copy.deepcopy(weight))],
    ids=lambda change: change.__name__)
def test_a_configuration_that_pytorch_takes(tool, sample, tmp_path, change):
    path = reconfigured(sample, tmp_path / "changed.pt2", change)
    with pt2_archive.PT2ArchiveReader(str(path)) as archive:
        state = _package._load_state_dict(archive, "model")
    tree.assert_same(tool.tree(path), tree.python_tree(collections.OrderedDict(state)))


@pytest.mark.parametrize("record, change", [
    (WEIGHTS, lambda text: None), (WEIGHTS, lambda text: text[:-1]), (WEIGHTS, lambda text: "{}"),
    (WEIGHTS, lambda text: "[]"), ("archive_version", lambda text: "1"), ("archive_format", lambda text: "pt3"),
    ("data/weights/weight_0", lambda text: None), ("data/constants/model_constants_config.json", lambda text: None)])
def test_an_archive_that_pytorch_refuses(tool, sample, tmp_path, record, change):
    path = rewritten(sample, tmp_path / "changed.pt2", record, change)
    with pytest.raises(Exception):
        torch.export.load(path)
    assert "expected" in tool.run("ls", path, status=1).stderr


def test_a_layout_that_isnt_strided_is_refused(tool, sample, tmp_path):
    # PyTorch never reads the layout.
    path = reconfigured(sample, tmp_path / "changed.pt2", set_meta(layout=1))
    assert '"weight": expected layout 7, strided, found 1' in tool.run("ls", path, status=1).stderr


def test_a_pickled_weight_is_refused_and_named(tool, sample, tmp_path):
    path = reconfigured(sample, tmp_path / "changed.pt2", lambda config, weight: weight.update(use_pickle=True))
    error = tool.run("ls", path, status=1).stderr
    assert f'{WEIGHTS}, "weight": expected the elements of a tensor, found a pickle' in error


def test_weights_of_fake_tensors_are_refused(tool, tmp_path):
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        program = program_of(nn.Linear(3, 2), torch.ones(1, 3))
        torch.export.save(program, tmp_path / "fake.pt2")
    assert "past its end" in tool.run("ls", tmp_path / "fake.pt2", status=1).stderr


@pytest.mark.parametrize("records, message", [
    (["models/model.json", "data/weights/model.pt"], "data/weights/model.pt: expected weights beside a configuration"),
    (["data/aotinductor/model/model.so"], "models: expected an exported program, found none")])
def test_archives_of_other_forms_are_named(tool, tmp_path, records, message):
    path = tmp_path / "other.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {"archive_format": "pt2", "archive_version": "0", ".data/version": "6",
                           **dict.fromkeys(records, "")}.items():
            archive.writestr(f"other/{name}", text)
    assert message in tool.run("ls", path, status=1).stderr
