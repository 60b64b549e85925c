# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of every fuzz target with the programs that own the formats: `seeds.py
--programs FOLDER OUT`. FOLDER has what was built here: our own format has no other writer.

Each seed is small: what a fuzzer learns from a file doesn't depend on how many elements it has.
"""

import argparse
import collections
import io
import json
import pathlib
import pickle
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile

import numpy as np
import safetensors.torch
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "interop"))

import legacy_test  # noqa: E402

import targets  # noqa: E402
from program_seeds import Tiny, class_texts, configurations, exported, scripted, with_records, without  # noqa: E402


class Plain:
    """An instance of a class that the reader doesn't know."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slots:
    __slots__ = ("first",)


class Appended(list):
    pass


def leaves():
    yield "scalars", {"n": None, "t": True, "i": 7, "j": -70000, "k": 300, "l": 2**40, "m": -(2**70),
                      "f": 0.1, "s": "text \u00e9", "b": b"\x00\xff", "a": bytearray(b"ab"),
                      "z": 1 + 2j, "d": torch.device("cuda", 1), "e": torch.float16,
                      "size": torch.Size([2, 3])}
    yield "containers", [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {1, 2}, frozenset([3]), [],
                         {1: 2, (1, "x"): 3, None: 4, 0.5: 5, True: 6, b"b": 7},
                         collections.OrderedDict(a=1), collections.Counter("aab"), set(), range(3)]
    shared = [1, 2]
    cyclic = [shared, shared]
    cyclic.append(cyclic)
    yield "shared", cyclic
    with_slots = Slots()
    with_slots.first = 1
    appended = Appended([1, 2])
    appended.more = 3
    yield "objects", {"p": Plain(a=1, b=[2]), "s": with_slots, "l": appended,
                      "dd": collections.defaultdict(list, a=[1])}


def tensors():
    base = torch.arange(12.0)
    yield "views", {"w": base.view(3, 4).t(), "tied": base[2:5], "same": base,
                    "expanded": torch.ones(1).expand(3), "empty": torch.empty(0, 3)}
    yield "parameters", {"p": nn.Parameter(torch.ones(2)),
                         "q": nn.Parameter(torch.ones(1), requires_grad=False),
                         "g": torch.ones(2, requires_grad=True)}
    yield "dtypes", {str(dtype): torch.ones(2).to(dtype)
                     for dtype in [torch.float64, torch.float16, torch.bfloat16, torch.int64,
                                   torch.int8, torch.uint8, torch.bool, torch.complex64,
                                   torch.uint16, torch.float8_e4m3fn]}
    yield "flags", {"c": torch.tensor([1 + 2j]).conj(), "n": torch.tensor([1 + 2j]).conj().imag}
    per_channel = torch.quantize_per_channel(
        torch.ones(2, 2), torch.tensor([0.5, 0.25], dtype=torch.float64), torch.tensor([0, 1]), 0,
        torch.qint8)
    yield "quantized", [torch.quantize_per_tensor(torch.ones(2), 0.5, 3, torch.quint8), per_channel]
    dense = torch.tensor([[0, 1.0], [0, 0]])
    yield "sparse", [dense.to_sparse(), dense.to_sparse_csr(), dense.to_sparse_csc(),
                     dense.to_sparse_bsr((1, 1))]
    yield "meta", [torch.empty(2, 3, device="meta"), torch.tensor(1.0).untyped_storage()]
    subclassed = torch.ones(2)
    subclassed.note = "python attribute"
    yield "attributes", [subclassed, nn.Buffer(torch.ones(1))]
    yield "numpy", {"f": np.asfortranarray(np.ones((2, 3))), "be": np.array([1, 2], dtype=">i4"),
                    "s": np.float32(2.5), "o": np.array([None, 1], dtype=object),
                    "r": np.zeros(1, dtype=[("a", "i4")])}


def models():
    yield "state_dict", nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1)).state_dict()
    model = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    yield "optimizer", optimizer.state_dict()
    yield "module", nn.Sequential(Tiny())


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def member(archive, suffix):
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return file.read(next(name for name in file.namelist() if name.endswith(suffix)))


def pickles():
    for name, value in [*leaves(), *tensors(), *models()]:
        for protocol in [2, 4, 5] if name in ("scalars", "containers", "objects", "numpy") else [2]:
            yield f"{name}.{protocol}", member(saved(value, pickle_protocol=protocol), "data.pkl")


class Unseekable(io.RawIOBase):
    """Makes zipfile write data descriptors, since it can't go back."""

    def __init__(self, out):
        self.out = out

    def writable(self):
        return True

    def write(self, content):
        return self.out.write(content)


def zipped(members, seekable=True, force_zip64=False, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out if seekable else Unseekable(out), "w") as file:
        file.comment = comment
        for name, content in members.items():
            with file.open(zipfile.ZipInfo(name), "w", force_zip64=force_zip64) as entry:
                entry.write(content)
    return out.getvalue()


def zips():
    two = {"a/one": b"1" * 40, "a/two": b"some text"}
    yield "empty", zipped({})
    yield "stored", zipped(two)
    yield "comment", zipped(two, comment=b"a comment")
    yield "zip64", zipped(two, force_zip64=True)
    yield "descriptors", zipped(two, seekable=False)
    yield "unicode", zipped({"\u00e9/\u4e2d": b"", "folder/": b""})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/deflated", b"a" * 1000 + bytes(range(100)))
        file.writestr("a/empty", b"")
    yield "deflated", out.getvalue()
    yield "torch", saved({"w": torch.ones(2), "e": torch.empty(0)})


def arrays():
    for dtype in ["<f8", ">i4", "<c8", "|b1", "<f2"]:
        yield dtype[1:], np.ones(3, dtype=dtype)
    yield "zero", np.array(1.5)
    yield "empty", np.empty((0, 2))
    yield "fortran", np.asfortranarray(np.arange(6.0).reshape(2, 3))
    yield "text", np.array(["a"])


def numpy_files():
    for name, array in arrays():
        out = io.BytesIO()
        np.save(out, array)
        yield f"{name}.npy", out.getvalue()
    for version in [(2, 0), (3, 0)]:
        out = io.BytesIO()
        np.lib.format.write_array(out, np.ones(2), version)
        yield f"version{version[0]}.npy", out.getvalue()
    header = b"{'descr': '<i8', 'fortran_order': False, 'shape': (2L,), }\n"
    yield "python2.npy", b"\x93NUMPY\x01\x00" + bytes([len(header), 0]) + header + bytes(16)
    members = {name: array for name, array in arrays() if name in ("f8", "zero", "empty")}
    for save in [np.savez, np.savez_compressed]:
        out = io.BytesIO()
        save(out, **members)
        yield f"{save.__name__}.npz", out.getvalue()


def safetensors_files():
    one = {"w": torch.ones(2)}
    yield "empty", safetensors.torch.save({})
    yield "metadata", safetensors.torch.save(one, {"format": "pt"})
    yield "state_dict", safetensors.torch.save(dict(models())["state_dict"])
    yield "dtypes", safetensors.torch.save({str(dtype): torch.ones(2).to(dtype) for dtype in [
        torch.float64, torch.bfloat16, torch.int8, torch.bool, torch.float8_e4m3fn]})
    yield "shapes", safetensors.torch.save({"zero": torch.tensor(1.0), "empty": torch.empty(0, 2)})
    # What the reference reads and doesn't write.
    for name, text in {
        "array": '{"a":["F32",[1],[0,4]]}',
        "variant": '{"a":{"dtype":{"F32":null},"shape":[1],"data_offsets":[0,4],"more":[{"x":1}]}}',
        "packed": '{"a":{"dtype":"F4","shape":[3,2,1],"data_offsets":[0,3]},'
                  '"b":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[3,6]}}',
        "odd": '{"\\u0061\\ud834\\udd1e":{"shape":[0],"data_offsets":[0,0],"dtype":"I64","x":1.5e3},'
               '"__metadata__":null} ',
        "twice": '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
                 '"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}',
    }.items():
        data = bytes(6 if name == "packed" else 0 if name == "odd" else 4)
        file = struct.pack("<Q", len(text)) + text.encode() + data
        safetensors.deserialize(file)
        yield name, file


def ties():
    base = torch.ones(2, 2)
    return {"w": base, "again": base, "part": base[0]}


def indexes():
    shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    whole = {"metadata": {"total_size": 24}, "weight_map": dict(zip("abc", shards[:1] + shards))}
    yield "whole", json.dumps(whole, indent=2).encode()
    yield "empty", b'{"weight_map": {}}'
    yield "more", json.dumps({"more": [1, {"x": None}], "metadata": {"tied": "a", "n": 1.5, "t": True},
                              "weight_map": {"a": shards[0]}}).encode()
    yield "wrong", json.dumps({"weight_map": {"a": shards[1], "c": "damaged.safetensors"}}).encode()
    yield "checkpoint", json.dumps({"weight_map": {"a": "checkpoint.bin", "b": "checkpoint.bin"}}).encode()
    yield "absent", json.dumps({"weight_map": {"a": "absent.safetensors"}}).encode()
    for number, name in enumerate(["model-00001-of-00002.safetensors", "model-g2-00001-of-00002.safetensors",
                                   "model.safetensors.index.json", "model.safetensors.index.fp16.json"]):
        yield f"name.{number}", name.encode()


def torch_files():
    for name, value in [*leaves(), *tensors(), *models()]:
        if name in ("scalars", "shared", "views", "quantized", "state_dict", "module", "numpy"):
            yield f"{name}.pt", saved(value)
    yield from scripted()
    # The program in it is never looked at, and would be nearly all of the seed.
    yield "exported", without(exported(), "models/model.json")
    yield "big.pt", saved_big({"w": torch.ones(2), "u": torch.ones(2).to(torch.uint16)})
    (_, nested), _ = scripted()
    yield "constants", with_records(nested, {"constants.pkl": pickle.dumps(7, protocol=2)})
    empty = {f"data/{kind}/{name}_{kind}_config.json": b'{"config":{}}'
             for kind in ("weights", "constants") for name in "ab"}
    programs = {"models/a.json": b"{}", "models/b.json": b"{}", **empty}
    common = {"archive_format": b"pt2", "version": b"3\n", "byteorder": b"little"}
    for name, version, records in [("two", b"0", programs), ("none", b"0", {}), ("new", b"9", programs),
                                   ("old", b"0", {**programs, "data/weights/a.pt": b""}),
                                   ("cut", b"0", {"models/a.json": b"{}"})]:
        yield f"{name}.pt2", with_records(None, {**common, "archive_version": version, **records})


def saved_big(value):
    """As a big-endian machine saves it."""
    from unittest import mock
    with mock.patch("sys.byteorder", "big"):
        return saved(value)


def legacy_files():
    old = {"_use_new_zipfile_serialization": False}
    # An entire nn.Sequential would come with its long source.
    for name, value in [*leaves(), *tensors(), *dict(models(), module=Tiny()).items()]:
        yield f"{name}.pth", saved(value, **old)
    yield "protocol4.pth", saved([torch.ones(2)], pickle_protocol=4, **old)
    yield "storage.pth", saved(torch.ones(2).untyped_storage(), **old)
    yield "part.pth", legacy_test.file_of_parts()
    yield "beyond.pth", legacy_test.file_of_parts(2**63 - 1)
    for protocol in [2, 4]:
        yield f"bare.{protocol}", pickle.dumps({"w": torch.ones(2), "n": 1}, protocol=protocol)
    for name, form in {"gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}.items():
        with tempfile.NamedTemporaryFile() as file:
            legacy_test.Tar().write({"w": torch.ones(2), "p": nn.Parameter(torch.ones(1))},
                                    file.name, form)
            content = pathlib.Path(file.name).read_bytes()
        yield f"{name}.tar", content.rstrip(b"\0") + bytes(1024)


SEEDS = {"index": indexes, "legacy": legacy_files, "npy": numpy_files, "pickle": pickles,
         "pt2": configurations, "safetensors": safetensors_files, "torch": torch_files,
         "torchscript": class_texts, "zip": zips}


def write(folder, files):
    folder.mkdir(parents=True)
    for name, content in files:
        (folder / name).write_bytes(content)


def check_sizes(out):
    """libFuzzer would cut off what is longer than the target takes."""
    for target, settings in targets.TARGETS.items():
        for path in (out / target).iterdir():
            if path.stat().st_size > settings.longest:
                raise SystemExit(f"{path}: {path.stat().st_size} bytes, more than {settings.longest}")


def write_own(out, programs):
    with tempfile.TemporaryDirectory() as scratch:
        for name, value in [*leaves(), *tensors(), *models(), ("ties", ties())]:
            torch.save(value, pathlib.Path(scratch) / f"{name}.pt")
        subprocess.run([programs / "own_seeds", out, *pathlib.Path(scratch).iterdir()], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("out", type=pathlib.Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    shutil.rmtree(given.out, ignore_errors=True)
    for target, make in SEEDS.items():
        write(given.out / target, make())
    write_own(given.out, given.programs.resolve())
    check_sizes(given.out)
    for folder in sorted(given.out.iterdir()):
        print(f"{folder.name}: {len(list(folder.iterdir()))} seeds")


if __name__ == "__main__":
    main()
