# SPDX-License-Identifier: Apache-2.0
"""TorchScript archives: Ingot sees what torch.jit.load(...).state_dict() gives."""

import pathlib
import re
import zipfile

import pytest
import torch
from torch import nn

import scripted
import tree
from models_test import MODELS

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
          torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128, torch.complex32, torch.uint16,
          torch.uint32, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz,
          torch.float8_e5m2fnuz, torch.float8_e8m0fnu, torch.float4_e2m1fn_x2, torch.bits8, torch.bits16,
          torch.bits1x8, torch.bits2x4, torch.bits4x2]
DATA = pathlib.Path(__file__).parents[1] / "data"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def judged(path):
    return tree.python_tree(torch.jit.load(path).state_dict())


@pytest.fixture
def agrees(tool, tmp_path):
    """agrees(module): Ingot and PyTorch see the same in the file of a scripted or traced module."""

    def check(module):
        path = tmp_path / "module.pt"
        torch.jit.save(module, path)
        document = tool.document(path)
        assert document["format"] == "torchscript"
        tree.assert_same(document["root"], judged(path), loaded=True)
        return path

    return check


@pytest.mark.parametrize("make", [scripted.Leaf, scripted.Attributes, scripted.DeclaredBuffer, scripted.Interfaced,
                                  scripted.OddNames, scripted.Nested, scripted.Recurrent, scripted.Layouts])
def test_a_scripted_module(agrees, make):
    agrees(torch.jit.script(make()))


@pytest.mark.parametrize("kind", MODELS)
def test_a_scripted_model(agrees, kind):
    agrees(torch.jit.script(MODELS[kind][0]()))


@pytest.mark.parametrize("kind", MODELS)
def test_a_traced_model(agrees, kind):
    make, draw = MODELS[kind]
    agrees(torch.jit.trace(make().eval(), draw(), check_trace=False))


def test_a_traced_module_in_a_scripted_one(agrees):
    agrees(torch.jit.script(nn.Sequential(torch.jit.trace(nn.Linear(2, 2), torch.ones(1, 2)), nn.BatchNorm1d(2))))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_dtype(agrees, dtype):
    agrees(torch.jit.script(scripted.Dtype(dtype)))


def test_a_module_without_state(agrees):
    agrees(torch.jit.script(nn.ReLU()))


def test_a_function(tool, tmp_path):
    @torch.jit.script
    def twice(x):
        return 2 * x

    path = tmp_path / "function.pt"
    twice.save(str(path))
    tree.assert_same(tool.tree(path), judged(path))


def test_one_module_under_many_names(agrees):
    agrees(torch.jit.script(nn.Sequential(*[nn.Sequential(*[nn.Linear(2, 2)] * 12)] * 12)))


def test_modules_nested_deeply(agrees):
    module = nn.Linear(1, 1)
    for _ in range(60):
        module = nn.Sequential(module)
    agrees(torch.jit.script(module))


def test_a_quantized_module(agrees):
    from torch.ao import quantization

    model = nn.Sequential(quantization.QuantStub(), nn.Linear(4, 4), quantization.DeQuantStub()).eval()
    model.qconfig = quantization.get_default_qconfig("fbgemm")
    model = quantization.prepare(model)
    model(torch.randn(3, 4))
    agrees(torch.jit.script(quantization.convert(model)))


def test_a_module_for_mobile(tool, tmp_path):
    path = tmp_path / "module.ptl"
    torch.jit.script(scripted.Nested())._save_for_lite_interpreter(str(path))
    tree.assert_same(tool.tree(path), judged(path), loaded=True)


@pytest.mark.parametrize("name", ["module", "tensor", "tensors", "adam"])
def test_what_libtorch_saves(tool, name):
    path = DATA / f"libtorch_{name}.pt"
    document = tool.document(path)
    assert document["format"] == "torchscript"
    tree.assert_same(document["root"], judged(path), loaded=True)


def with_constants(path):
    """What PyTorch sees, and the constants that Ingot adds to it."""
    module = torch.jit.load(path)
    state = module.state_dict()
    constants = module.code_with_constants[1].const_mapping
    state.CONSTANTS = [constants[f"c{i}"] for i in range(len(constants))]
    assert state.CONSTANTS
    return tree.python_tree(state)


@pytest.mark.parametrize("freeze", [torch.jit.freeze, torch.jit.optimize_for_inference])
def test_a_frozen_module_keeps_its_weights_as_constants(tool, tmp_path, freeze):
    path = tmp_path / "frozen.pt"
    # (What optimize_for_inference makes of convolutions can't be loaded by torch.jit.load itself.)
    torch.jit.save(freeze(torch.jit.script(MODELS["mlp"][0]().eval())), path)
    assert len(torch.jit.load(path).state_dict()) == 0
    tree.assert_same(tool.tree(path), with_constants(path))


def test_a_frozen_module_isnt_converted_to_an_empty_file(tool, tmp_path):
    path = tmp_path / "frozen.pt"
    torch.jit.save(torch.jit.freeze(torch.jit.script(MODELS["mlp"][0]().eval())), path)
    assert "CONSTANTS.0" in tool.out("ls", path)
    assert "CONSTANTS.0" in tool.run("convert", path, tmp_path / "out.npz", status=1).stderr
    assert not (tmp_path / "out.npz").exists()
    tool.run("convert", path, tmp_path / "out.pt")
    state = torch.load(tmp_path / "out.pt", weights_only=True)
    assert len(state) == 0 and len(state.CONSTANTS) == 4


def test_a_frozen_module_with_a_parameter_left(tool, tmp_path):
    path = tmp_path / "frozen.pt"
    outer = nn.Sequential()
    outer.add_module("kept", scripted.Adder())
    outer.add_module("gone", nn.Linear(2, 2))
    torch.jit.save(torch.jit.freeze(torch.jit.script(outer.eval()), preserved_attrs=["kept.amount"]), path)
    assert len(torch.jit.load(path).state_dict()) == 1
    tree.assert_same(tool.tree(path), with_constants(path))


def test_a_strict_load_of_a_frozen_module_says_that_it_is_frozen(driver, tmp_path):
    path = tmp_path / "frozen.pt"
    torch.jit.save(torch.jit.freeze(torch.jit.script(MODELS["mlp"][0]().eval())), path)
    error = driver.run("model", "mlp", path, tmp_path / "out.pt", "plain", status=1).stderr
    assert "frozen TorchScript module" in error and '"fc1.weight"' in error


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_in_cpp_loads_a_scripted_module(driver, tmp_path, kind):
    model = MODELS[kind][0]()
    torch.jit.save(torch.jit.script(model), tmp_path / "in.pt")
    driver.run("model", kind, tmp_path / "in.pt", tmp_path / "out.pt", "plain")
    loaded = torch.load(tmp_path / "out.pt", weights_only=True)
    assert list(loaded) == list(model.state_dict())
    assert all(torch.equal(loaded[name], tensor) for name, tensor in model.state_dict().items())


def test_a_scripted_module_becomes_a_state_dict(tool, tmp_path):
    model = scripted.Nested()
    torch.jit.save(torch.jit.script(model), tmp_path / "in.pt")
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out.pt")
    state = torch.load(tmp_path / "out.pt", weights_only=True)
    tree.assert_same(tree.python_tree(state), judged(tmp_path / "in.pt"), loaded=True)
    missing, unexpected = scripted.Nested().load_state_dict(state, strict=False)
    assert not missing and set(unexpected) == {f"{leaf}.scratch" for leaf in ("leaf", "again", "listed.2")}


def test_a_module_whose_code_makes_its_state_is_refused(tool, tmp_path):
    path = tmp_path / "module.pt"
    torch.jit.save(torch.jit.script(nn.Sequential(scripted.FromCode())), path)
    assert list(torch.jit.load(path).state_dict()) == ["0.weight"]
    error = tool.run("ls", path, status=1).stderr
    assert '"0": expected a module whose attributes are in the file' in error and "__setstate__" in error


def rewritten(source, target, change):
    """Copies a zip file, each record as change(name below the top folder, bytes) or nothing."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for record in old.infolist():
            data = change(record.filename.split("/", 1)[1], old.read(record))
            if data is not None:
                new.writestr(record.filename, data)
    return target


@pytest.fixture
def sample(tmp_path):
    torch.jit.save(torch.jit.script(nn.Sequential(nn.Linear(2, 2))), tmp_path / "sample.pt")
    return tmp_path / "sample.pt"


def test_a_module_without_a_name(tool, tmp_path):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(2))
            self.zz = nn.Linear(2, 2, bias=False)

        def forward(self, x):
            return x

    torch.jit.save(torch.jit.script(Net()), tmp_path / "named.pt")

    def unname(name, data):
        if name.endswith(".py"):
            return data.replace(b"  zz : ", b'  __annotations__[""] = ')
        return data.replace(b"X\x02\0\0\0zz", b"X\0\0\0\0") if name == "data.pkl" else data

    path = rewritten(tmp_path / "named.pt", tmp_path / "unnamed.pt", unname)
    assert list(torch.jit.load(path).state_dict()) == ["weight", ".weight"]
    tree.assert_same(tool.tree(path), judged(path))


@pytest.mark.parametrize("missing", ["data.pkl", "linear", "container", "version"])
def test_an_archive_without_a_part_that_pytorch_needs(tool, sample, tmp_path, missing):
    path = rewritten(sample, tmp_path / "part.pt", lambda name, data: None if missing in name else data)
    with pytest.raises((RuntimeError, IndexError)):
        torch.jit.load(path)
    assert "expected" in tool.run("ls", path, status=1).stderr


def edited(source, target, old, new):
    """A copy with text in place of what the pattern matches in the code."""
    count = 0

    def change(name, data):
        nonlocal count
        if name.endswith(".py"):
            data, found = re.subn(old, lambda _: new, data)
            count += found
        return data

    rewritten(source, target, change)
    assert count > 0
    return target


@pytest.mark.parametrize("old, new", [
    (rb'\["weight", "bias", \]', b'["weight", "bias"'), (rb'\["weight", "bias", \]', b'["weight", bias]'),
    (b'"weight"', b'"weight'), (rb"class Linear\(Module\):", b"class Linear(Module)"),
    (b"class Linear", b"class Liner"),
    (b"  weight : Tensor", b"   weight : Tensor"), (b"  weight : Tensor", b"  weight Tensor"),
    (b"  weight : Tensor", b"  weight : Tensor\n  weight : Tensor"),
    (b"  weight : Tensor", b"  weight : Tensor\n  other : Tensor"), (rb"\(Module\)", b""),
    (rb"  __buffers__ = \[\]", b'  __buffers__ = ["bias"]'),
    (rb"= __torch__[.\w]*Linear", b"= __torch__.nowhere.Linear")])
def test_text_that_pytorch_refuses(tool, sample, tmp_path, old, new):
    path = edited(sample, tmp_path / "edited.pt", old, new)
    with pytest.raises((RuntimeError, IndexError)):
        torch.jit.load(path)
    assert "expected" in tool.run("ls", path, status=1).stderr


@pytest.mark.parametrize("old, new", [
    (b"class Linear", b"# a comment\n\nclass Linear"), (rb'\["weight", "bias", \]', b'["weight"]'),
    (rb'\["weight", "bias", \]', b"[\n\"bias\",'weight'  # why\n]"), (rb'\["weight", "bias", \]', b"[]"),
    (rb'\["weight", "bias", \]', b'["w\\145ight", "bias"]'),
    (rb'\["weight", "bias", \]\n  __buffers__ = \[\]', b'["weight"]\n  __buffers__ = ["bias"]'),
    (rb'\["weight", "bias", \]\n  __buffers__ = \[\]', b'["bias"]\n  __buffers__ = ["weight"]'),
    (b"  weight : Tensor\n  bias : Tensor", b'  bias : Tensor\n  __annotations__["weight"] = Tensor'),
    (b"  weight : Tensor\n  bias : Tensor", b"  bias : Tensor\n  weight : Tensor  # after the other")])
def test_text_written_in_another_way(tool, sample, tmp_path, old, new):
    path = edited(sample, tmp_path / "edited.pt", old, new)
    tree.assert_same(tool.tree(path), judged(path))
