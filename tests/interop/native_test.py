# SPDX-License-Identifier: Apache-2.0
"""Ingot's own stream, judged by a reader that was made from docs/formats.md alone."""

import collections
import json
import os
import random
import resource
import subprocess

import numpy as np
import pytest
import safetensors.torch
import torch

import native_reader
import tree

SEED = int(os.environ.get("INGOT_SEED", random.SystemRandom().randrange(2**32)))
FILES, TREES = 42, 50


@pytest.fixture(autouse=True)
def say_seed():
    print(f"INGOT_SEED={SEED}")


def only(path):
    ((metadata, root),) = native_reader.read(path)
    return root


@pytest.mark.parametrize("number", range(FILES))
def test_random_trees_of_every_kind_are_what_the_page_says(driver, tool, tmp_path, number):
    path = tmp_path / "trees.ingot"
    expected = json.loads(driver.out("random", SEED + number, TREES, path, "all"))
    tree.assert_same(only(path), expected)
    tree.assert_same(tool.tree(path), expected)
    again = tmp_path / "again.ingot"
    tool.run("convert", path, again)
    assert again.read_bytes() == path.read_bytes()


CHECKPOINT = {
    "model": collections.OrderedDict(w=torch.nn.Parameter(torch.randn(3, 4)), n=torch.tensor(7)),
    "numbers": [0, -1, 2**63, -2**200, 0.1, float("nan"), 1 + 2j, True, None], "text": ["é", "\ud800", "x" * 300],
    "bytes": [b"\xff", bytearray(b"\0")], "set": {1, "a"}, "counter": collections.Counter("abca"), 3: (),
    "torch": [torch.Size([2, 3]), torch.bfloat16, torch.device("cuda:1")],
    "views": [torch.arange(12.0).view(3, 4).t()[1:], torch.randn(3, dtype=torch.complex64).conj(),
              torch._neg_view(torch.randn(3)), torch.randn(1).expand(5), torch.zeros(0, 3)],
    "u16": torch.arange(4).to(torch.uint16), "f8": torch.randn(4).to(torch.float8_e5m2), "meta": torch.empty(2, device="meta"),
    "coo": torch.randn(4, 4).relu().to_sparse().coalesce(), "csr": torch.randn(3, 4).relu().to_sparse_csr(),
    "q": torch.quantize_per_channel(torch.randn(2, 3), torch.tensor([0.5, 0.25]), torch.tensor([1, 2]), 0, torch.qint8),
}
CHECKPOINT["tied"] = [CHECKPOINT["model"]["w"], CHECKPOINT["model"]["w"].data[1:], CHECKPOINT["numbers"]]
CHECKPOINT["model"]._metadata = collections.OrderedDict({"": {"version": 1}})


@pytest.fixture
def checkpoint(tmp_path):
    torch.save(CHECKPOINT, tmp_path / "in.pt")
    return tmp_path / "in.pt"


@pytest.mark.filterwarnings("ignore")
def test_what_torch_saved_is_the_same_in_our_stream(tool, checkpoint, tmp_path):
    path = tmp_path / "out.ingot"
    tool.run("convert", checkpoint, path)
    tree.assert_same(only(path), tree.python_tree(CHECKPOINT))
    assert tool.document(path)["format"] == "ingot"


def test_through_our_stream_nothing_of_a_pt_is_lost(tool, checkpoint, tmp_path):
    tool.run("convert", checkpoint, tmp_path / "straight.pt")
    tool.run("convert", checkpoint, tmp_path / "way.bin", "--to", "binary")
    tool.run("convert", tmp_path / "way.bin", tmp_path / "round.pt")
    assert (tmp_path / "round.pt").read_bytes() == (tmp_path / "straight.pt").read_bytes()


def test_pickled_objects_and_arrays_keep_what_they_held(tool, tmp_path):
    torch.save({"array": np.arange(6, dtype=">i4").reshape(2, 3), "path": collections.deque([1, 2])}, tmp_path / "in.pt")
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out.ingot")
    tree.assert_same(only(tmp_path / "out.ingot"), tool.tree(tmp_path / "in.pt"))


def test_payloads_lie_at_multiples_of_64(tool, tmp_path):
    tensors = {str(i): torch.randint(256, (20 + 7 * i,), dtype=torch.uint8) for i in range(20)}
    torch.save(tensors, tmp_path / "in.pt")
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out.ingot")
    data = (tmp_path / "out.ingot").read_bytes()
    for tensor in tensors.values():
        assert data.index(tensor.numpy().tobytes()) % 64 == 0


def test_metadata_and_one_record_after_another(tool, tmp_path):
    texts = {"run": "a", "é": ""}
    safetensors.torch.save_file({"w": torch.arange(3.0)}, tmp_path / "in.safetensors", metadata=texts)
    tool.run("convert", tmp_path / "in.safetensors", tmp_path / "one.ingot")
    torch.save([1, "two"], tmp_path / "in.pt")
    tool.run("convert", tmp_path / "in.pt", tmp_path / "two.ingot")
    log = tmp_path / "log.ingot"
    log.write_bytes((tmp_path / "one.ingot").read_bytes() + (tmp_path / "two.ingot").read_bytes())
    (metadata, first), (nothing, second) = native_reader.read(log)
    assert (metadata, nothing) == (texts, {}) and tool.document(tmp_path / "one.ingot")["metadata"] == texts
    tree.assert_same(first, tree.python_tree({"w": torch.arange(3.0)}))
    tree.assert_same(second, tree.python_tree([1, "two"]))
    assert "several" in tool.run("ls", log, status=1).stderr


def test_through_a_pipe(tool, checkpoint, tmp_path):
    line = f"'{tool.path}' convert {checkpoint} /dev/stdout --to binary | cat | '{tool.path}' ls --json --digest /dev/stdin"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    tree.assert_same(json.loads(done.stdout)["root"], tool.tree(checkpoint))


def test_a_pipe_is_written_with_little_memory(tool, tmp_path):
    size = 400 * 2**20
    torch.save({"w": torch.zeros(size, dtype=torch.uint8), "end": torch.ones(3)}, tmp_path / "in.pt")

    def limit():
        resource.setrlimit(resource.RLIMIT_DATA, (100 * 2**20,) * 2)

    writer = subprocess.Popen([tool.path, "convert", tmp_path / "in.pt", "/dev/stdout", "--to", "binary"],
                              stdout=subprocess.PIPE, preexec_fn=limit)
    count = 0
    while piece := writer.stdout.read(2**20):
        count += len(piece)
    assert writer.wait() == 0 and count == size + 4 * 64  # head, structure, "end", checksums


def test_every_cut_and_every_flipped_bit_is_refused_by_the_command_line(tool, tmp_path):
    torch.save({"w": torch.arange(3.0)}, tmp_path / "in.pt")
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out.ingot")
    whole = (tmp_path / "out.ingot").read_bytes()
    damaged = tmp_path / "damaged.ingot"
    for at in range(0, len(whole), 7):
        damaged.write_bytes(whole[:at])
        assert tool.run("verify", damaged, status=1).stderr.startswith("error: ")
    padding = range(whole.index(np.arange(3, dtype="<f4").tobytes()) + 12, len(whole) - 64)
    for at in range(0, len(whole), 7):
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        tool.run("verify", damaged, status=0 if at in padding else 1)
