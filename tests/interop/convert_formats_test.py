# SPDX-License-Identifier: Apache-2.0
"""`ingot convert` between any two formats: written by the program that owns one, read by the one that owns the other."""

import collections
import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
import safetensors.torch
import torch

# A small process of its own: a child's peak counts from its parent's size on, and torch is large.
PEAK_OF = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); " \
          "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)"


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(3, 2)
        self.norm = torch.nn.BatchNorm1d(2)

    def forward(self, x):
        return self.norm(self.fc(x))


def model():
    torch.manual_seed(0)
    return Net().eval()


def as_arrays(state):
    return {name: tensor.numpy() for name, tensor in state.items()}


def save_legacy(path):
    torch.save(model().state_dict(), path, _use_new_zipfile_serialization=False)


def save_module(path):
    torch.save(model(), path)


def save_torchscript(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(model()).save(str(path))


def save_exported(path):
    torch.export.save(torch.export.export(model(), (torch.randn(4, 3),)), path)


def save_shards(path, metadata=None):
    state = model().state_dict()
    names = list(state)
    parts = {"model-00001-of-00002.safetensors": names[:3], "model-00002-of-00002.safetensors": names[3:]}
    for file, some in parts.items():
        safetensors.torch.save_file({name: state[name] for name in some}, path.with_name(file), {"format": "pt"})
    path.write_text(json.dumps({"metadata": {"total_size": 0, **(metadata or {})},
                                "weight_map": {name: file for file, some in parts.items() for name in some}}))


SOURCES = {
    "in.pt": lambda path: torch.save(model().state_dict(), path),
    "legacy.pth": save_legacy,
    "module.pth": save_module,
    "scripted.pt": save_torchscript,
    "exported.pt2": save_exported,
    "in.safetensors": lambda path: safetensors.torch.save_file(model().state_dict(), path),
    "model.safetensors.index.json": save_shards,
    "in.npz": lambda path: np.savez_compressed(path, **as_arrays(model().state_dict())),
    "in.ingot": None,  # made from in.pt by the tool itself
}


def load_shards(path):
    weights = json.loads(path.read_text())["weight_map"]
    return {name: safetensors.torch.load_file(path.with_name(file))[name] for name, file in weights.items()}


def load_ingot(path, tool):
    tool.run("convert", path, path.with_suffix(".pt"))
    return torch.load(path.with_suffix(".pt"), weights_only=True)


TARGETS = {
    "out.pt": lambda path, tool: torch.load(path, weights_only=True),
    "out.safetensors": lambda path, tool: safetensors.torch.load_file(path),
    "out.npz": lambda path, tool: {name: torch.from_numpy(array) for name, array in np.load(path).items()},
    "out.ingot": load_ingot,
    "out.safetensors.index.json": lambda path, tool: load_shards(path),
}


def make_source(name, tmp_path, tool):
    path = tmp_path / name
    if SOURCES[name] is None:
        SOURCES["in.pt"](tmp_path / "in.pt")
        tool.run("convert", tmp_path / "in.pt", path)
    else:
        SOURCES[name](path)
    return path


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", SOURCES)
def test_any_to_any(tool, tmp_path, source, target):
    path = make_source(source, tmp_path, tool)
    out = tmp_path / "to" / target
    out.parent.mkdir()
    options = ["--max-shard-size", "40"] if target.endswith(".json") else []
    tool.run("convert", path, out, *options)
    found = TARGETS[target](out, tool)
    expected = model().state_dict()
    assert set(found) == set(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype and torch.equal(found[name], tensor), name


def metadata_of(path):
    with safetensors.safe_open(path, "pt") as file:
        return file.metadata()


@pytest.mark.parametrize("source", SOURCES)
def test_no_metadata_or_a_format_among_them_as_transformers_wants_it(tool, tmp_path, source):
    tool.run("convert", make_source(source, tmp_path, tool), tmp_path / "out.safetensors")
    metadata = metadata_of(tmp_path / "out.safetensors")
    assert metadata is None or "format" in metadata


def test_what_an_index_says_goes_along_with_the_format_that_its_shards_say(tool, tmp_path):
    index = tmp_path / "model.safetensors.index.json"
    for metadata in [{"total_parameters": 18}, {"total_parameters": 18, "format": "tf"}]:
        save_shards(index, metadata)
        tool.run("convert", index, tmp_path / "out.safetensors")
        expected = {"format": "pt", **metadata, "total_parameters": "18"}
        assert metadata_of(tmp_path / "out.safetensors") == expected


@pytest.mark.parametrize("target", ["out.pt", "out.safetensors", "out.npz", "out.ingot"])
@pytest.mark.parametrize("source", ["in.pt", "in.safetensors", "in.npz", "legacy.pth"])
def test_memory_does_not_grow_with_the_file(tool, tmp_path, source, target):
    tensor = 64 * 2**20
    state = collections.OrderedDict(w=torch.zeros(tensor // 4), v=torch.zeros(tensor // 4))
    if source == "in.safetensors":
        safetensors.torch.save_file(state, tmp_path / source)
    elif source == "in.npz":
        np.savez(tmp_path / source, **as_arrays(state))
    else:
        torch.save(state, tmp_path / source, _use_new_zipfile_serialization=source == "in.pt")
    done = subprocess.run([sys.executable, "-S", "-c", PEAK_OF, tool.path, "convert", tmp_path / source,
                           tmp_path / target], check=True, capture_output=True)
    assert int(done.stdout) < tensor // 2


def test_a_checkpoint_goes_into_a_flat_format_by_joined_names(tool, tmp_path):
    torch.save({"model": {"a.weight": torch.ones(2)}, "steps": [torch.zeros(1), torch.ones(1)], "epoch": 3},
               tmp_path / "in.pt")
    refused = tool.run("convert", tmp_path / "in.pt", tmp_path / "out.safetensors", status=1)
    assert "epoch" in refused.stderr and not (tmp_path / "out.safetensors").exists()
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out.safetensors", "--drop")
    assert set(safetensors.torch.load_file(tmp_path / "out.safetensors")) == {"model.a.weight", "steps.0", "steps.1"}
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out.npz")
    assert np.load(tmp_path / "out.npz")["epoch"] == 3


def test_metadata_goes_along_where_the_target_has_a_place_for_it(tool, tmp_path):
    safetensors.torch.save_file({"w": torch.ones(2)}, tmp_path / "in.safetensors", {"format": "pt", "by": "hand"})
    tool.run("convert", tmp_path / "in.safetensors", tmp_path / "out.ingot")
    tool.run("convert", tmp_path / "out.ingot", tmp_path / "out.safetensors")
    with safetensors.safe_open(tmp_path / "out.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt", "by": "hand"}


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(3, 2)
        self.head = torch.nn.Linear(2, 3, bias=False)
        self.head.weight = self.embed.weight


def test_a_name_that_was_left_out_comes_along(tool, tmp_path):
    model = Tied()
    safetensors.torch.save_model(model, str(tmp_path / "in.safetensors"))
    tool.run("convert", tmp_path / "in.safetensors", tmp_path / "out.pt")
    state = torch.load(tmp_path / "out.pt", weights_only=True)
    assert set(state) == {"embed.weight", "head.weight"}
    assert state["embed.weight"].data_ptr() == state["head.weight"].data_ptr()
    tool.run("convert", tmp_path / "in.safetensors", tmp_path / "out.safetensors", "--rename", "^=net.")
    other = torch.nn.ModuleDict({"net": Tied()})
    safetensors.torch.load_model(other, tmp_path / "out.safetensors")
    assert torch.equal(other["net"].head.weight, model.head.weight)


@pytest.mark.parametrize("out, format, lost", [
    ("out.safetensors", "safetensors", ["epoch: int 3", "coo: tensor float32 [2, 2] (sparse_coo)",
                                        "wide: tensor complex128 [1]", "other: an object of class"]),
    ("out.npz", "npz", ["coo: tensor float32 [2, 2] (sparse_coo)", "other: an object of class"]),
    ("out.pt", "torch-zip", ["other: an object of class"])])
def test_what_a_format_cant_hold_is_told_with_the_file_the_kind_and_the_way_out(tool, tmp_path, out, format, lost):
    state = {"w": torch.ones(2), "epoch": 3, "coo": torch.eye(2).to_sparse(),
             "wide": torch.zeros(1, dtype=torch.complex128), "other": collections.UserList()}
    torch.save(state, tmp_path / "in.pt")
    lines = tool.run("convert", tmp_path / "in.pt", tmp_path / out, status=1).stderr.splitlines()
    first = lost[0].split(":")[0] + (f" and {len(lost) - 1} more" if len(lost) > 1 else "")
    assert lines[0].startswith(f"error: {tmp_path / out}: {first}: expected what the format {format} holds: ")
    found = f"{len(lost)} other values in {tmp_path / 'in.pt'}" if len(lost) > 1 else lost[0].split(": ")[1]
    assert f", found {found}" in lines[0]
    assert lines[0].endswith("; --drop leaves them out, or --only 'REGEX' picks what to keep")
    assert len(lines) == 1 + len(lost)
    assert all(line.startswith(f"can't be held: {start}") for line, start in zip(lines[1:], lost))
    dropped = tool.run("convert", tmp_path / "in.pt", tmp_path / out, "--drop").stderr.splitlines()
    assert dropped == [line.replace("can't be held: ", "dropped: ") for line in lines[1:]]


@pytest.mark.parametrize("state, out, remedy", [
    ([torch.ones(2), 3], "out.safetensors", "--drop leaves them out"),
    ([torch.ones(2).bfloat16()], "out.npz", "--cast float32 converts all floating-point tensors; an .ingot file holds any value"),
    ({"epoch": 3}, "out.safetensors", "an .ingot file holds any value"),
    ([1, collections.UserList()], "out.pt", "an .ingot file holds any value")])
def test_the_way_out_is_one(tool, tmp_path, state, out, remedy):
    """--only wants names, and --drop something that is left."""
    torch.save(state, tmp_path / "in.pt")
    first = tool.run("convert", tmp_path / "in.pt", tmp_path / out, status=1).stderr.splitlines()[0]
    assert first.endswith(f"; {remedy}")
    options = ["--drop"] if "--drop" in remedy else ["--to", "ingot"]
    tool.run("convert", tmp_path / "in.pt", tmp_path / out, *options)


def test_dropping_every_entry_of_a_file_is_refused(tool, tmp_path):
    torch.save({"epoch": 3}, tmp_path / "in.pt")
    out = tmp_path / "out.safetensors"
    assert tool.run("convert", tmp_path / "in.pt", out, "--drop", status=1).stderr.startswith(f"error: {out}: epoch: ")
    assert not out.exists()


def test_dropping_all_of_a_file_is_refused(tool, tmp_path):
    torch.save(collections.UserList(), tmp_path / "in.pt")
    error = tool.run("convert", tmp_path / "in.pt", tmp_path / "out.pt", "--drop", status=1).stderr
    assert error.startswith(f"error: {tmp_path / 'out.pt'}: root: expected ") and not (tmp_path / "out.pt").exists()
