# SPDX-License-Identifier: Apache-2.0
"""Files that attack who opens them: Python runs what they say, as each test proves first; Ingot only reads it."""

import io
import logging
import pickle
import subprocess
import time
import timeit
import zipfile

import numpy as np
import pytest
import torch
from torch import nn

from legacy_test import Tar, legacy


class Call:
    """Unpickled, it calls."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


# Each makes the file `mark`. Block lists know the first ones; the others are of the endless rest.
GADGETS = {
    "os.system": lambda mark: Call(__import__("os").system, f"touch {mark}"),
    "builtins.exec": lambda mark: Call(exec, f"open({str(mark)!r}, 'w')"),
    "builtins.open": lambda mark: Call(open, str(mark), "w"),
    "subprocess.check_call": lambda mark: Call(subprocess.check_call, ["touch", str(mark)]),
    "timeit.timeit": lambda mark: Call(timeit.timeit, f"open({str(mark)!r}, 'w')", "pass", time.perf_counter, 1),
    "logging.FileHandler": lambda mark: Call(logging.FileHandler, str(mark)),
    "torch.save": lambda mark: Call(torch.save, {}, str(mark)),
    "numpy.savetxt": lambda mark: Call(np.savetxt, str(mark), [1.0]),
}


def saved(value):
    out = io.BytesIO()
    torch.save(value, out)
    return out.getvalue()


def deflated(value):
    """A zip file that a program other than PyTorch packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(value))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return out.getvalue()


def arrays(value):
    out = io.BytesIO()
    np.savez(out, a=np.array([value], dtype=object))
    return out.getvalue()


def as_bytes(write):
    def content(value, path):
        write(value, path)
        return path.read_bytes()
    return content


# How a pickle is carried, and what runs it in Python.
CARRIERS = {
    "model.pt": (lambda value, _: saved({"w": torch.ones(1), "x": value}), torch.load),
    "deflated.pt": (lambda value, _: deflated([value]), torch.load),
    "legacy.pth": (as_bytes(legacy), torch.load),
    "old.tar": (as_bytes(Tar().write), torch.load),
    "plain.pkl": (lambda value, _: pickle.dumps(value, protocol=4), lambda path, **_: np.load(path, allow_pickle=True)),
    ".metadata": (lambda value, _: pickle.dumps({"planner_data": value}), lambda path, **_: pickle.load(path.open("rb"))),
    "arrays.npz": (lambda value, _: arrays(value), lambda path, **_: np.load(path, allow_pickle=True)["a"]),
}


def check_inert(tool, path, mark):
    """Nothing that Ingot does with the file makes the mark: it refuses the file, or lists what is in it."""
    for command in (["ls"], ["ls", "--json", "--digest"], ["verify"], ["convert", path, path.with_name("copy.ingot")]):
        arguments = [*command, path] if command[0] != "convert" else command
        done = subprocess.run([tool.path, *map(str, arguments)], capture_output=True, text=True, timeout=60)
        assert done.returncode in (0, 1), (command, done.returncode, done.stderr)
        assert not mark.exists(), command


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("gadget", GADGETS)
def test_what_a_pickle_calls_is_never_called(tool, tmp_path, carrier, gadget):
    mark = tmp_path / "mark"
    path = tmp_path / carrier
    write, run = CARRIERS[carrier]
    path.write_bytes(write(GADGETS[gadget](mark), path))
    try:
        run(path, weights_only=False)
    except Exception:  # what the call gives isn't what the reader wants
        pass
    assert mark.exists(), "no attack: the judge didn't run it"
    mark.unlink()
    check_inert(tool, path, mark)


class Scripted(nn.Module):
    """Loading it runs its code, which writes a file."""

    def __init__(self, mark: str):
        super().__init__()
        self.w = torch.ones(1)
        self.mark = mark

    @torch.jit.export
    def __getstate__(self):
        return self.w, self.mark, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[torch.Tensor, str, bool]) -> None:
        self.w, self.mark, self.training = state
        torch.save(self.w, self.mark)

    def forward(self, x):
        return x


@pytest.mark.filterwarnings("ignore")
def test_the_code_of_a_torchscript_archive_is_never_run(tool, tmp_path):
    mark = tmp_path / "mark"
    path = tmp_path / "scripted.pt"
    torch.jit.save(torch.jit.script(Scripted(str(mark))), path)
    assert not mark.exists()
    torch.jit.load(path)
    assert mark.exists(), "no attack: the judge didn't run it"
    mark.unlink()
    check_inert(tool, path, mark)


def with_record(archive, ending, content):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name.endswith(ending) else old.read(name))
    return out.getvalue()


@pytest.mark.filterwarnings("ignore")
def test_pickles_in_an_exported_program_are_never_opened(tool, tmp_path):
    """CVE-2026-4538. Sample inputs and constants in it are files by torch.save."""
    mark = tmp_path / "mark"
    out = io.BytesIO()
    program = torch.export.export(nn.Linear(1, 1), (torch.ones(1),))
    torch.export.save(program, out)
    attack = saved(GADGETS["os.system"](mark))
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as archive:
        (inputs,) = [name for name in archive.namelist() if name.endswith("sample_inputs/model.pt")]
    path = tmp_path / "model.pt2"
    path.write_bytes(with_record(out.getvalue(), inputs, attack))
    with zipfile.ZipFile(path) as archive:
        torch.load(io.BytesIO(archive.read(inputs)), weights_only=False)
    assert mark.exists(), "no attack: the judge didn't run it"
    mark.unlink()
    check_inert(tool, path, mark)
    assert {name["v"] for name, _ in tool.tree(path)["items"]} == {"weight", "bias"}
