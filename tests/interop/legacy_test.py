# SPDX-License-Identifier: Apache-2.0
"""Files as PyTorch wrote them before 1.6, and as pickle.dump writes them: PyTorch reads them too."""

import collections
import io
import pickle
import struct
import tarfile
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import tree

BASE = torch.arange(12.0)
SAMPLE = {
    "f64": torch.randn(3, dtype=torch.float64), "f32": torch.randn(4), "f16": torch.randn(4).half(),
    "bf16": torch.randn(4).bfloat16(), "i64": torch.arange(3) - 1, "i32": torch.arange(3).int(),
    "i16": torch.arange(5).short(), "i8": torch.arange(5).char(), "u8": torch.arange(4).byte(),
    "bool": torch.tensor([True, False]), "c64": torch.randn(3, dtype=torch.complex64),
    "c128": torch.randn(3, dtype=torch.complex128), "strided": BASE.view(3, 4).t()[1:], "tied": BASE[2:5],
    "conj": torch.randn(3, dtype=torch.complex64).conj(), "empty": torch.zeros(0, 3), "zero": torch.tensor(1.5),
    "qint": torch.quantize_per_tensor(torch.randn(4), 0.1, 3, torch.qint32), "grad": torch.ones(2, requires_grad=True),
    "sparse": torch.eye(3).to_sparse(), "parameter": nn.Parameter(torch.ones(2)), "meta": torch.empty(2, device="meta"),
    "nested": [1, (2.5, "é"), {"a": b"\xff\0", 3: None}, 2**70], "ordered": collections.OrderedDict(a=1),
    "array": np.arange(6.0).reshape(2, 3),
}


def legacy(value, path, **options):
    torch.save(value, path, _use_new_zipfile_serialization=False, **options)
    return path


def assert_as_torch(tool, path):
    """Ours and torch's own reader find the same in a file."""
    judged = torch.load(path, weights_only=False)
    tree.assert_same(tool.tree(path), tree.python_tree(judged), loaded=True)
    return judged


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_legacy_files_of_every_protocol(tool, tmp_path, protocol):
    path = legacy(SAMPLE, tmp_path / "legacy.pth", pickle_protocol=protocol)
    assert tool.document(path)["format"] == "torch-legacy"
    tree.assert_same(tool.tree(path), tree.python_tree(SAMPLE))
    assert_as_torch(tool, path)
    tool.run("verify", path)


def test_dtypes_that_torch_writes_to_a_legacy_file_and_cannot_read(tool, tmp_path):
    value = {"u16": torch.arange(5).to(torch.uint16), "f8": torch.ones(3).to(torch.float8_e5m2)}
    path = legacy(value, tmp_path / "legacy.pth")
    tree.assert_same(tool.tree(path), tree.python_tree(value))
    with pytest.raises(AttributeError):
        torch.load(path, weights_only=False)


def test_many_tensors_and_a_model(tool, driver, tmp_path):
    legacy([torch.full((3,), float(i)) for i in range(2000)], tmp_path / "many.pth")
    assert_as_torch(tool, tmp_path / "many.pth")
    model = nn.Sequential(collections.OrderedDict(fc1=nn.Linear(4, 8), fc2=nn.Linear(8, 3)))
    legacy(model.state_dict(), tmp_path / "model.pth")
    driver.run("model", "mlp", tmp_path / "model.pth", tmp_path / "back.pt", "plain")
    back = torch.load(tmp_path / "back.pt", weights_only=True)
    assert all(torch.equal(back[name], each) for name, each in model.state_dict().items())


def test_convert_makes_a_file_of_today(tool, tmp_path):
    plain = {name: each for name, each in SAMPLE.items() if name != "array"}
    tool.run("convert", legacy(plain, tmp_path / "old.pth"), tmp_path / "new.pt")
    tree.assert_same(tree.python_tree(torch.load(tmp_path / "new.pt", weights_only=True)), tree.python_tree(plain),
                     loaded=True)


@pytest.mark.parametrize("little", [True, False])
def test_the_machine_that_wrote_a_file_decides_nothing(tool, tmp_path, little):
    path = legacy(SAMPLE["f32"], tmp_path / "legacy.pth")
    data = path.read_bytes()
    mark = b"X\r\0\0\0little_endianq\x02\x88"
    assert mark in data
    if not little:
        path.write_bytes(data.replace(mark, mark[:-1] + b"\x89"))
    assert torch.equal(assert_as_torch(tool, path), SAMPLE["f32"])


def file_of_parts(offset=3, size=5):
    """Parts of a storage, as PyTorch 0.1.10 to 0.4 wrote them."""

    class Part:
        def __init__(self, key, offset, size):
            self.view = (key, offset, size)

    class Pickler(pickle._Pickler):
        def persistent_id(self, value):
            if isinstance(value, Part):
                return ("storage", torch.DoubleStorage, "7", "cpu", 10, value.view)
            return ("storage", torch.DoubleStorage, "7", "cpu", 10, None) if value is WHOLE else None

    def rebuilt(storage, offset, size, stride):
        class Rebuilt:
            def __reduce__(self):
                return torch._utils._rebuild_tensor, (storage, offset, size, stride)
        return Rebuilt()

    WHOLE, part = object(), Part("8", offset, size)
    out = io.BytesIO()
    for each in (torch.serialization.MAGIC_NUMBER, 1001, {"little_endian": True}):
        pickle.dump(each, out, protocol=2)
    Pickler(out, 2).dump([rebuilt(part, 1, (4,), (1,)), rebuilt(WHOLE, 0, (10,), (1,)),
                          rebuilt(part, 0, (2, 2), (1, 2)), rebuilt(Part("9", 0, 2), 0, (2,), (1,))])
    pickle.dump(["7"], out, protocol=2)
    out.write(struct.pack("<q", 10) + np.arange(10.0).tobytes())
    return out.getvalue()


def test_views_of_storages(tool, tmp_path):
    """The reader of today has kept them."""
    path = tmp_path / "views.pth"
    path.write_bytes(file_of_parts())
    judged = torch.load(path, weights_only=False)
    # Three names of one storage; torch has a storage for each part, over the same memory.
    assert judged[0].data_ptr() == judged[1].data_ptr() + 4 * 8
    found, expected = tool.tree(path), tree.python_tree(judged)
    assert {each.pop("alias") for each in found["items"]} == {0}
    for each in expected["items"]:
        del each["alias"]
    tree.assert_same(found, expected)
    assert judged[0].tolist() == [4, 5, 6, 7] and judged[2].tolist() == [[3, 5], [4, 6]]


class Variable:
    """What a tensor with a gradient was before 0.4: a class around it."""

    def __init__(self, data, requires_grad):
        self.data, self.requires_grad = data, requires_grad

    def __reduce__(self):
        return (torch.autograd.variable.Variable, (self.data,), (self.requires_grad, False, collections.OrderedDict()))


class Parameter(Variable):
    def __reduce__(self):
        return torch.nn.parameter.Parameter, *super().__reduce__()[1:]


def test_variables_and_parameters_of_before_0_4(tool, tmp_path):
    tied = Variable(torch.ones(2), True)
    path = legacy([tied, Variable(torch.zeros(3), False), Parameter(torch.ones(1), False), tied], tmp_path / "old.pth")
    judged = assert_as_torch(tool, path)
    assert [each.requires_grad for each in judged] == [True, False, False, True]


class Tar:
    """Writes as PyTorch before 0.1.10 did (torch/serialization.py of v0.1.9)."""

    def __init__(self, views=()):
        self.storages, self.tensors, self.views, self.classes = {}, {}, views, set()

    def tensor(self, value):
        key = value.untyped_storage()._cdata
        self.storages.setdefault(key, value)
        self.tensors[id(value)] = (id(value), key, value)
        return str(id(value))

    def pickled(self, value):
        outer = self

        class Pickler(pickle.Pickler):
            def persistent_id(self, value):
                if type(value) is torch.Tensor:
                    return outer.tensor(value)
                if isinstance(value, type) and issubclass(value, nn.Module) and value not in outer.classes:
                    outer.classes.add(value)
                    return value, "module.py", "class Module: ..."
                return None

            def reducer_override(self, value):
                if isinstance(value, nn.Parameter):
                    return nn.Parameter, (value.data,), (value.requires_grad, False, collections.OrderedDict())
                return NotImplemented

        out = io.BytesIO()
        Pickler(out, 2).dump(value)
        return out.getvalue()

    def write(self, value, path, form=tarfile.GNU_FORMAT):
        members = {"pickle": self.pickled(value)}
        out = io.BytesIO()
        pickle.dump(len(self.tensors), out, protocol=2)
        for key, storage, tensor in self.tensors.values():
            pickle.dump((key, storage, torch.FloatTensor), out, protocol=2)
            out.write(struct.pack("<i", tensor.dim()) + b"\0" * 4)
            out.write(struct.pack(f"<{2 * tensor.dim() + 1}q", *tensor.shape, *tensor.stride(),
                                  tensor.storage_offset()))
        members["tensors"] = out.getvalue()
        out = io.BytesIO()
        pickle.dump(len(self.storages), out, protocol=2)
        for key, tensor in self.storages.items():
            data = tree.storage_bytes(tensor)
            with warnings.catch_warnings(action="ignore"):
                kind = tensor.storage()._pickle_storage_type()
            pickle.dump((key, "cpu", getattr(torch, kind)), out, protocol=2)
            out.write(struct.pack("<q", len(data) // tensor.element_size()) + data)
        pickle.dump(list(self.views), out, protocol=2)
        members["storages"] = out.getvalue()
        members["sys_info"] = pickle.dumps({"little_endian": True}, protocol=2)
        with tarfile.open(path, "w:", format=form) as tar:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                if form == tarfile.PAX_FORMAT:
                    info.mtime = 1.5  # which makes an extended header
                tar.addfile(info, io.BytesIO(data))
        return path


OLD_DTYPES = ["f64", "f32", "f16", "i64", "i32", "i16", "i8", "u8", "strided", "tied", "empty", "zero"]


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT])
def test_tar_files(tool, tmp_path, form):
    value = {name: SAMPLE[name] for name in OLD_DTYPES}
    value |= {"again": [value["f32"], {"deep": value["tied"]}], "parameter": nn.Parameter(torch.ones(2)), "epoch": 7}
    path = Tar().write(value, tmp_path / "old.pth", form)
    assert tool.document(path)["format"] == "torch-legacy"
    assert_as_torch(tool, path)
    tool.run("verify", path)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::torch.serialization.SourceChangeWarning")
def test_a_module_in_a_tar_file(tool, driver, tmp_path):
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    path = Tar().write(model, tmp_path / "old.pth")
    assert tool.document(path)["format"] == "torch-module"
    state = torch.load(path, weights_only=False).state_dict()
    assert all(torch.equal(each, state[name]) for name, each in model.state_dict().items())
    driver.run("state", path, tmp_path / "state.pt")
    tree.assert_same(tool.tree(tmp_path / "state.pt"), tree.python_tree(dict(state)), loaded=True)


def test_views_in_tar_files(tool, tmp_path):
    tar = Tar()
    whole = torch.arange(10.0)
    tar.tensor(whole)
    (key,) = tar.storages
    tar.views = [(77, key, 3, 5)]

    class View(pickle.Pickler):
        def persistent_id(self, value):
            return "77" if value == "the view" else None

    out = io.BytesIO()
    View(out, 2).dump(["the view"])
    tar.pickled = lambda value: out.getvalue()
    path = tar.write(None, tmp_path / "views.pth")
    (view,) = torch.load(path, weights_only=False)
    (found,) = tool.tree(path)["items"]
    assert found["shape"] == [5] and list(view) == [3, 4, 5, 6, 7]
    expected = tree.python_tree(torch.tensor(list(view)))
    assert found["sha256"] == expected["sha256"]


def test_a_tar_file_of_files_says_what_to_open(tool, tmp_path):
    with tarfile.open(tmp_path / "model.pth", "w:") as tar:
        for name in ("README.md", "weights/model.pt"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    error = tool.run("ls", tmp_path / "model.pth", status=1).stderr
    assert "a tar file of other files" in error and 'open "weights/model.pt" in it' in error


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_bare_pickles(tool, tmp_path, protocol):
    """pickle.dump of tensors: each storage is a legacy file inside of bytes."""
    path = tmp_path / "bare.pkl"
    value = {name: each for name, each in SAMPLE.items() if name != "meta"}
    with open(path, "wb") as out:
        pickle.dump(value, out, protocol=protocol)
    with open(path, "rb") as file:
        judged = pickle.load(file)
    assert tool.document(path)["format"] == "torch-legacy"
    tree.assert_same(tool.tree(path), tree.python_tree(judged), loaded=True)


def test_a_bare_pickle_of_numbers_only(tool, tmp_path):
    path = tmp_path / "metrics.pkl"
    path.write_bytes(pickle.dumps({"loss": [0.5, 0.25], "array": np.arange(3)}) + b"what follows is ignored")
    tree.assert_same(tool.tree(path), tree.python_tree(pickle.loads(path.read_bytes())))


def test_a_file_that_is_cut_off_is_refused(tool, tmp_path):
    whole = {"legacy": legacy(SAMPLE, tmp_path / "legacy.pth").read_bytes(),
             "tar": Tar().write({"w": torch.ones(100)}, tmp_path / "tar.pth").read_bytes()}
    for name, data in whole.items():
        end = len(data) if name == "legacy" else data.rindex(b"\0\0\x80?") + 4  # the last element that is 1.0
        for length in (end // 3, end // 2, end - 1):
            (tmp_path / "cut.pth").write_bytes(data[:length])
            error = tool.run("ls", tmp_path / "cut.pth", status=1).stderr
            assert error.startswith("error: ") and error.count("\n") == 1
