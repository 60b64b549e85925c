# SPDX-License-Identifier: Apache-2.0
"""The command line sees an entire module, wherever it lies in a file, as the state_dict that it is loaded from."""

import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.norm = nn.BatchNorm1d(2)
        self.register_buffer("scratch", torch.ones(5), persistent=False)


class Trainer:
    def __init__(self, net):
        self.net = net


def named(prefix, module):
    return {prefix + name: tensor for name, tensor in module.state_dict().items()}


def lines_of(text):
    return [line.split() for line in text.splitlines()]


@pytest.mark.parametrize("target, read", [("out.safetensors", safetensors.torch.load_file),
                                          ("out.npz", lambda path: {name: torch.from_numpy(array) for name, array
                                                                    in np.load(path).items()})])
def test_modules_anywhere_are_converted_as_their_state(tool, tmp_path, target, read):
    a, b = Net(), Net()
    torch.save({"model": a, "stages": [(b, torch.ones(1))]}, tmp_path / "in.pt")
    tool.run("convert", tmp_path / "in.pt", tmp_path / target)
    expected = {**named("model.", a), **named("stages.0.0.", b), "stages.0.1": torch.ones(1)}
    found = read(tmp_path / target)
    assert set(found) == set(expected)
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_a_module_within_stays_a_dict_where_the_target_nests(tool, tmp_path):
    net = Net()
    torch.save({"model": net, "again": net, "epoch": 3}, tmp_path / "in.pt")
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out.pt")
    found = torch.load(tmp_path / "out.pt", weights_only=True)
    assert list(found["model"]) == list(net.state_dict()) and found["epoch"] == 3
    assert found["again"] is found["model"]
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out.pt", "--only", r"^model\.fc", "--rename", r"^model\.=")
    assert list(torch.load(tmp_path / "out.pt", weights_only=True)) == ["fc.weight", "fc.bias"]


def test_ls_names_a_modules_tensors_as_its_state_dict(tool, tmp_path):
    torch.save(Net(), tmp_path / "net.pt")
    found = lines_of(tool.out("ls", tmp_path / "net.pt"))
    assert [line[0] for line in found[1:8]] == list(Net().state_dict())
    assert "_parameters" not in str(found) and "scratch" not in str(found) and "training" not in str(found)
    assert ["format:", "torch-module"] in found
    assert ["entire", "module:", "class", f"{Net.__module__}.Net;"] in [line[:4] for line in found]
    assert "_parameters" in tool.out("ls", "--json", tmp_path / "net.pt")


def test_ls_names_the_modules_within(tool, tmp_path):
    torch.save({"model": Net(), "trainer": Trainer(Net())}, tmp_path / "checkpoint.pt")
    found = lines_of(tool.out("ls", tmp_path / "checkpoint.pt"))
    names = [line[0] for line in found[1:15]]
    assert names == [*named("model.", Net()), *named("trainer.net.", Net())]
    assert ["entire", "module", "model:", "class", f"{Net.__module__}.Net;"] in [line[:5] for line in found]


def test_diff_of_a_module_and_its_state(tool, tmp_path):
    net = Net()
    torch.save(net, tmp_path / "net.pt")
    torch.save(net.state_dict(), tmp_path / "state.pt")
    assert tool.out("diff", tmp_path / "net.pt", tmp_path / "state.pt") == ""
    torch.save({"model": net, "epoch": 3}, tmp_path / "nets.pt")
    torch.save({"model": net.state_dict(), "epoch": 3}, tmp_path / "states.pt")
    assert tool.out("diff", tmp_path / "states.pt", tmp_path / "nets.pt") == ""
    net.fc.bias.data += 1
    torch.save(net, tmp_path / "other.pt")
    assert tool.out("diff", tmp_path / "net.pt", tmp_path / "other.pt", status=1).startswith("fc.bias: 2 of 2 ")


def test_a_module_that_has_no_state_stays_what_it_is(tool, tmp_path):
    odd = Net()
    odd._modules["odd"] = Trainer(None)
    torch.save({"good": Net(), "bad": odd}, tmp_path / "odd.pt")
    out = tool.out("ls", tmp_path / "odd.pt")
    assert "\ngood.fc.weight " in out and "\nbad._modules.fc._parameters.weight " in out
    tool.run("diff", tmp_path / "odd.pt", tmp_path / "odd.pt")
    error = tool.run("convert", tmp_path / "odd.pt", tmp_path / "out.pt", status=1).stderr
    assert f"bad: an object of class {Net.__module__}.Net, without a state_dict: odd: expected" in error
    tool.run("convert", tmp_path / "odd.pt", tmp_path / "out.pt", "--drop")
    assert list(torch.load(tmp_path / "out.pt", weights_only=True)) == ["good"]


def text(of):
    return b"X" + len(of).to_bytes(4, "little") + of.encode()


def an_object(name, items):
    """The opcodes for an instance of a class that is in no file: Python's own pickler recurses."""
    return b"c" + name.replace(".", "\n").encode() + b"\n)\x81}(" + b"".join(
        text(key) + content for key, content in items.items()) + b"ub"


def module_of(parameters=b"}", modules=b"}"):
    return an_object("m.Net", {"_parameters": parameters, "_buffers": b"}", "_modules": modules})


def write_pickle(path, opcodes):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + opcodes + b".")
        archive.writestr("archive/version", "3\n")


def test_a_module_lies_as_deep_as_it_likes(tool, tmp_path):
    depth = 50_000
    write_pickle(tmp_path / "deep.pt", b"]" * depth + module_of(b"}" + text("w") + b"K\x07s") + b"a" * depth)
    tool.run("convert", tmp_path / "deep.pt", tmp_path / "again.pt", timeout=20)
    assert tool.out("ls", "--json", tmp_path / "again.pt").count('"list"') == depth
    assert '{"t":"str","v":"w"},{"t":"int","v":7}' in tool.out("ls", "--json", tmp_path / "again.pt")
    tool.run("diff", tmp_path / "deep.pt", tmp_path / "again.pt", timeout=20)


def test_modules_that_share_one_to_death_are_refused(tool, tmp_path):
    """Each of many small modules holds the same large one."""
    large = module_of(b"}(" + b"".join(text(str(i)) + b"K\x00" for i in range(10_000)) + b"u")
    small = module_of(modules=b"}" + text("m") + b"h\x01s")
    write_pickle(tmp_path / "bomb.pt", b"](" + large + b"q\x01" + small * 10_000 + b"e")
    for arguments in (["ls"], ["diff", tmp_path / "bomb.pt"], ["convert", "--to", "zip", "--drop"]):
        out = [tmp_path / "out.pt"] if "convert" in arguments else []
        error = tool.run(*arguments, tmp_path / "bomb.pt", *out, status=1, timeout=10).stderr
        assert error.startswith("error: ") and "shared" in error and error.count("\n") == 1


def test_a_chain_of_wrappers_is_looked_through_once(tool, tmp_path):
    depth = 20_000
    start = b"ctorch._dynamo.eval_frame\nOptimizedModule\n)\x81}" + text("__args__")
    write_pickle(tmp_path / "chain.pt", start * depth + b"K\x01" + b"\x85sb" * depth)
    tool.run("diff", tmp_path / "chain.pt", tmp_path / "chain.pt", timeout=30)


def test_each_wrapper_of_a_chain_is_looked_through_once(tool, tmp_path):
    wrap = b"ctorch._dynamo.eval_frame\nOptimizedModule\n)\x81}" + text("__args__")
    # Each holds the one before, which is kept under the number 0.
    links = wrap + b"K\x01\x85sbq\x00" + (wrap + b"h\x00\x85sbq\x00") * 8_000
    write_pickle(tmp_path / "list.pt", b"](" + links + b"e")
    tool.run("convert", tmp_path / "list.pt", tmp_path / "out.pt", status=1, timeout=15)
