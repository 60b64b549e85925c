# SPDX-License-Identifier: Apache-2.0
"""`ingot convert`, judged by torch.load."""

import collections
import pathlib
import shlex
import subprocess
import sys

import pytest
import torch

import tree

CHECKPOINT = {
    "model_state_dict": collections.OrderedDict(
        {"module.fc.weight": torch.randn(2, 3), "module.fc.bias": torch.randn(2), "module.count": torch.tensor(7)}),
    "optimizer": {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.randn(2, 3)}},
                  "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0]}]},
    "epoch": 4, "half": torch.randn(3).half(), "bytes": b"\0\xff",
}
CHECKPOINT["tied"] = CHECKPOINT["model_state_dict"]["module.fc.weight"]
CHECKPOINT["model_state_dict"]._metadata = collections.OrderedDict({"": {"version": 1}})


class Unknown:
    def __init__(self):
        self.x = 1


@pytest.fixture
def checkpoint(tmp_path):
    torch.save(CHECKPOINT, tmp_path / "in.pt")
    return tmp_path / "in.pt"


def converted(tool, path, *options):
    out = path.with_name("out.pt")
    tool.run("convert", path, out, *options)
    return torch.load(out, weights_only=True)


def test_everything_is_kept(tool, checkpoint):
    expected = tree.python_tree(CHECKPOINT)
    tree.assert_same(tree.python_tree(converted(tool, checkpoint)), expected)
    mapped = torch.load(checkpoint.with_name("out.pt"), weights_only=True, mmap=True)
    again = tree.python_tree(mapped)
    # mmap=True gives one storage to the whole file: aliases can't be told.
    strip = lambda text: "\n".join(line for line in text.splitlines() if '"alias"' not in line)
    assert strip(tree.canonical(again)) == strip(tree.canonical(expected))


def test_equal_states_are_equal_files(tool, checkpoint):
    other = checkpoint.with_name("another_name.pth")
    tool.run("convert", checkpoint, checkpoint.with_name("out.pt"))
    tool.run("convert", checkpoint.with_name("out.pt"), other)
    assert other.read_bytes() == checkpoint.with_name("out.pt").read_bytes()


def test_over_itself(tool, checkpoint):
    tool.run("convert", checkpoint, checkpoint)
    tree.assert_same(tree.python_tree(torch.load(checkpoint, weights_only=True)), tree.python_tree(CHECKPOINT))


def test_rename_and_only(tool, checkpoint):
    found = converted(tool, checkpoint, "--only", r"^model_state_dict\.", "--rename", r"^model_state_dict\.=",
                      "--rename", r"^module\.(\w+)=net.$1")
    assert list(found) == ["net.fc.weight", "net.fc.bias", "net.count"]
    assert torch.equal(found["net.fc.bias"], CHECKPOINT["model_state_dict"]["module.fc.bias"])


def test_rename_inside_a_checkpoint(tool, checkpoint):
    found = converted(tool, checkpoint, "--rename", r"module\.=")
    assert list(found) == list(CHECKPOINT)
    assert list(found["model_state_dict"]) == ["fc.weight", "fc.bias", "count"]
    assert found["tied"].data_ptr() == found["model_state_dict"]["fc.weight"].data_ptr()
    assert type(found["model_state_dict"]) is collections.OrderedDict


def test_a_rename_that_changes_no_name_is_told(tool, checkpoint):
    done = tool.run("convert", checkpoint, checkpoint.with_name("out.pt"), "--rename", r"^modul\.=",
                    "--rename", r"module\.=")
    assert done.stderr == "warning: --rename ^modul\\.= changed no name (ingot ls prints them)\n"


def test_names_that_collide_are_refused(tool, checkpoint):
    error = tool.run("convert", checkpoint, checkpoint.with_name("out.pt"), "--rename", "weight|bias=x", status=1)
    assert "model_state_dict.module.fc.x" in error.stderr
    assert not checkpoint.with_name("out.pt").exists()


@pytest.mark.parametrize("to", [torch.float64, torch.float16, torch.bfloat16, torch.float8_e4m3fn], ids=str)
def test_cast(tool, tmp_path, to):
    base = torch.randn(1000, dtype=torch.float64)
    state = {"f64": base, "view": base[10:40].view(5, 6).t(), "f32": torch.randn(100_000), "f16": torch.randn(9).half(),
             "int": torch.arange(3), "complex": torch.randn(2, dtype=torch.complex64), "empty": torch.zeros(0),
             "coo": torch.eye(3).to_sparse(), "half": torch.randn(7).bfloat16(), "scalar": torch.tensor(0.1)}
    torch.save(state, tmp_path / "in.pt")
    found = converted(tool, tmp_path / "in.pt", "--cast", str(to).removeprefix("torch."))
    for name, value in state.items():
        expected = value.to(to) if value.is_floating_point() else value
        assert found[name].dtype == expected.dtype and found[name].layout == expected.layout, name
        if name == "coo":
            found[name], expected = found[name]._values(), value._values().to(to)
        assert torch.equal(found[name].double() if to.itemsize == 1 and value.is_floating_point() else found[name],
                           expected.double() if to.itemsize == 1 and value.is_floating_point() else expected), name
    assert found["view"].untyped_storage()._cdata == found["f64"].untyped_storage()._cdata
    assert found["view"].stride() == state["view"].stride()


def test_cast_takes_the_name_that_torch_prints(tool, checkpoint):
    assert converted(tool, checkpoint, "--cast", str(torch.float16))["tied"].dtype == torch.float16


def test_what_cant_be_held(tool, tmp_path):
    state = {"w": torch.ones(2), "args": Unknown(), "deep": [{"keep": 1, "lose": (1, Unknown())}]}
    torch.save(state, tmp_path / "in.pt")
    refused = tool.run("convert", tmp_path / "in.pt", tmp_path / "out.pt", status=1)
    assert "args" in refused.stderr and "deep.0.lose.1" in refused.stderr
    assert not (tmp_path / "out.pt").exists()
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out.pt", "--drop")
    found = torch.load(tmp_path / "out.pt", weights_only=True)
    assert list(found) == ["w", "deep"] and found["deep"] == [{"keep": 1}]


# A small process of its own: a child's peak counts from its parent's size on, and torch is large.
PEAK_OF = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); " \
          "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)"


@pytest.mark.parametrize("options", [[], ["--cast", "float16"]], ids=["copy", "cast"])
def test_memory_does_not_grow_with_the_file(tool, tmp_path, options):
    tensor = 80 * 2**20
    torch.save({"w": torch.zeros(tensor // 4), "v": torch.zeros(tensor // 4)}, tmp_path / "big.pt")
    done = subprocess.run([sys.executable, "-S", "-c", PEAK_OF, tool.path, "convert", tmp_path / "big.pt",
                           tmp_path / "out.pt", *options], check=True, capture_output=True,
                          env={"ASAN_OPTIONS": "quarantine_size_mb=1"})
    assert int(done.stdout) < tensor * 3 // 4


def test_the_readmes_command_line_keeps_what_it_names(tool, tmp_path):
    state = {"module.encoder.w": torch.ones(2), "module.head.w": torch.zeros(3)}
    torch.save(state, tmp_path / "a.pt")
    readme = (pathlib.Path(__file__).parents[2] / "README.md").read_text()
    line = next(line for line in readme.splitlines() if line.startswith("ingot convert"))
    tool.run(*shlex.split(line)[1:2], *(str(tmp_path / name) for name in ("a.pt", "b.pt")),
             *shlex.split(line)[4:])
    found = torch.load(tmp_path / "b.pt", weights_only=True)
    assert list(found) == ["encoder.w"] and found["encoder.w"].dtype == torch.bfloat16


def test_only_what_no_name_has_is_refused(tool, tmp_path):
    torch.save({"w": torch.ones(2)}, tmp_path / "a.pt")
    refused = tool.run("convert", tmp_path / "a.pt", tmp_path / "b.pt", "--only", "nothing", status=1)
    assert "--only" in refused.stderr and not (tmp_path / "b.pt").exists()
