# SPDX-License-Identifier: Apache-2.0
"""safetensors files of the libraries that write them, and Ingot's own, which are theirs byte for byte."""

import json
import os
import random
import struct
import subprocess
import zlib

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

import tree
from program import limited
from safetensors_mutations import pack, reference, split

# The dtypes that torch can put into a file.
WRITTEN = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
           torch.int8, torch.uint8, torch.bool, torch.complex64, torch.uint16, torch.uint32, torch.uint64,
           torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz,
           torch.float8_e8m0fnu, torch.float4_e2m1fn_x2]


def sample(dtype, shape, seed=0):
    """Random bits: NaNs too."""
    generator = torch.Generator().manual_seed(seed)
    size = torch.empty(shape, dtype=dtype).nbytes
    if dtype == torch.bool:
        return torch.randint(0, 2, shape, dtype=torch.uint8, generator=generator).bool()
    bits = torch.randint(0, 256, (size,), dtype=torch.uint8, generator=generator)
    return bits.view(dtype).reshape(shape) if size else torch.empty(shape, dtype=dtype)


def bits(tensor):
    return tensor.flatten().view(torch.uint8)


def every_dtype():
    shapes = [(), (0,), (1,), (3, 4), (2, 0, 3), (2, 3, 4)]
    return {f"{dtype}.{number}": sample(dtype, shape, number) for dtype in WRITTEN
            for number, shape in enumerate(shapes) if shape or dtype != torch.float4_e2m1fn_x2}


def test_files_of_torch_are_read(tool, tmp_path):
    path = tmp_path / "model.safetensors"
    tensors = every_dtype()
    safetensors.torch.save_file(tensors, path, {"format": "pt"})
    document = tool.document(path)
    assert document["format"] == "safetensors" and document["metadata"] == {"format": "pt"}
    found = {key["v"]: content for key, content in document["root"]["items"]}
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        tree.assert_same({**found[name], "alias": 0}, {**tree.python_tree(tensor), "alias": 0})


def test_the_order_is_that_of_the_data(tool, tmp_path):
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(every_dtype(), path)
    with safetensors.safe_open(path, "pt") as opened:
        expected = opened.offset_keys()
    names = [key["v"] for key, _ in tool.document(path, digest=False)["root"]["items"]]
    sizes = {name: tensor.nbytes for name, tensor in every_dtype().items()}
    assert [name for name in names if sizes[name]] == [name for name in expected if sizes[name]]


def test_files_of_numpy_are_read_and_written(tool, driver, tmp_path):
    arrays = {str(np.dtype(kind)): np.arange(6).astype(kind).reshape(2, 3) for kind in
              ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8"]}
    safetensors.numpy.save_file(arrays, tmp_path / "in.safetensors")
    tool.run("convert", tmp_path / "in.safetensors", tmp_path / "x.npz")
    tool.run("convert", tmp_path / "x.npz", tmp_path / "out.safetensors")
    found = safetensors.numpy.load_file(tmp_path / "out.safetensors")
    assert {name: (a.dtype, a.tolist()) for name, a in found.items()} == {
        name: (a.dtype, a.tolist()) for name, a in arrays.items()}
    assert (tmp_path / "out.safetensors").read_bytes() == (tmp_path / "in.safetensors").read_bytes()


def any_name(generator):
    alphabet = 'ab.01/"\\\0\x1f\n\x7fé\u2028\U0001f600'
    return "".join(generator.choice(alphabet) for _ in range(generator.randrange(12)))


def any_state(generator):
    state = {}
    for _ in range(generator.randrange(12)):
        shape = [generator.choice([0, 1, 1, 2, 3, 5]) for _ in range(generator.randint(1, 4))]
        state[any_name(generator)] = sample(generator.choice(WRITTEN), shape, generator.randrange(1000))
    return state


def test_the_bytes_are_those_of_save_file(driver, tmp_path):
    seed = int(os.environ.get("INGOT_SEED", random.randrange(2**32)))
    print(f"INGOT_SEED={seed}")
    generator = random.Random(seed)
    for _ in range(150):
        state = any_state(generator)
        metadata = generator.choice([None, {"format": "pt"}, {"a\"é": "\\\n b"}])
        safetensors.torch.save_file(state, tmp_path / "expected.safetensors", metadata)
        torch.save(state, tmp_path / "state.pt")
        texts = [f"{key}:{text}" for key, text in (metadata or {}).items()]
        driver.run("safetensors_write", tmp_path / "state.pt", tmp_path / "found.safetensors", *texts)
        assert (tmp_path / "found.safetensors").read_bytes() == (tmp_path / "expected.safetensors").read_bytes()


def test_f6_is_written_as_it_was_read(driver, tmp_path):
    """Python's door to the reference's writer has no F6: this is the order of its enum."""
    header, data = {}, b""
    for name, dtype, shape, size in [("z", "U8", [5], 5), ("a", "F6_E3M2", [3, 8], 18), ("y", "F6_E2M3", [4], 3),
                                     ("b", "F4", [2, 2], 2), ("c", "BOOL", [], 1)]:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + size]}
        data += bytes(range(size))
    text = json.dumps(header, separators=(",", ":")).encode()
    file = pack(text + b" " * (-len(text) % 8), data)
    assert reference(file)[0] == "ok"
    (tmp_path / "in.safetensors").write_bytes(file)
    driver.run("safetensors_write", tmp_path / "in.safetensors", tmp_path / "out.safetensors")
    assert (tmp_path / "out.safetensors").read_bytes() == file


def test_metadata_of_many_keys_is_sorted_and_read(driver, tmp_path):
    torch.save({"w": torch.ones(2)}, tmp_path / "state.pt")
    metadata = {"zeta": "1", "alpha": "2", "é": "ü", "B": "3", "format": "pt"}
    paths = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    for path, order in zip(paths, (list(metadata), sorted(metadata))):
        driver.run("safetensors_write", tmp_path / "state.pt", path, *(f"{key}:{metadata[key]}" for key in order))
        with safetensors.safe_open(path, "pt") as opened:
            assert opened.metadata() == metadata
    assert paths[0].read_bytes() == paths[1].read_bytes()
    header = json.loads(split(paths[0].read_bytes())[0], object_pairs_hook=list)
    assert [key for key, _ in header[0][1]] == sorted(metadata, key=str.encode)


def test_views_are_written_as_their_elements(driver, tmp_path):
    base = sample(torch.float32, (4, 5, 6))
    complex_base = sample(torch.complex64, (3, 4))
    state = {"transposed": base.permute(2, 0, 1), "step": base[::2, 1:, ::3], "expanded": base[:1].expand(7, 5, 6),
             "inner": base[1:3], "conjugate": complex_base.conj(), "negative": sample(torch.complex64, (5,)).conj().imag,
             "conjugate part": complex_base.T.conj()[1:], "scalar": base[1, 2, 3], "none": base[2:2].mT}
    torch.save(state, tmp_path / "state.pt")
    driver.run("safetensors_write", tmp_path / "state.pt", tmp_path / "found.safetensors")
    found = safetensors.torch.load_file(tmp_path / "found.safetensors")
    assert found.keys() == state.keys()
    for name, tensor in state.items():
        expected = tensor.resolve_conj().resolve_neg().contiguous()
        assert found[name].shape == expected.shape and found[name].dtype == expected.dtype
        assert bits(found[name]).equal(bits(expected)), name


def test_big_endian_files_are_written_little_endian(driver, tmp_path):
    state = {"a": torch.arange(5, dtype=torch.int32), "b": torch.tensor([1.5, -2.0], dtype=torch.complex64)}
    torch.serialization.set_default_load_endianness(None)
    numbers = {name: tensor.numpy().astype(tensor.numpy().dtype.newbyteorder(">")) for name, tensor in state.items()}
    np.savez(tmp_path / "state.npz", **numbers)
    driver.run("safetensors_write", tmp_path / "state.npz", tmp_path / "found.safetensors")
    found = safetensors.torch.load_file(tmp_path / "found.safetensors")
    assert all(found[name].equal(tensor) for name, tensor in state.items())


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(5, 3)
        self.body = torch.nn.Linear(3, 3)
        self.head = torch.nn.Linear(3, 5, bias=False)
        self.head.weight = self.embed.weight


@pytest.fixture
def tied(tmp_path):
    torch.save(Tied().state_dict(), tmp_path / "tied.pt")
    return tmp_path / "tied.pt"


def test_a_tie_is_written_once_and_noted_as_save_model_does(driver, tied, tmp_path):
    path = tmp_path / "tied.safetensors"
    driver.run("safetensors_write", tied, path)
    with safetensors.safe_open(path, "pt") as opened:
        assert set(opened.keys()) == {"embed.weight", "body.weight", "body.bias"}
        assert opened.metadata() == {"head.weight": "embed.weight", "format": "pt"}
    model = Tied()
    missing, unexpected = safetensors.torch.load_model(model, path)
    assert not missing and not unexpected
    assert model.head.weight.equal(torch.load(tied)["head.weight"])


def test_a_tie_comes_back_where_it_is_wanted(driver, tied, tmp_path):
    driver.run("safetensors_write", tied, tmp_path / "once.safetensors")
    driver.run("safetensors_write", tmp_path / "once.safetensors", tmp_path / "twice.safetensors",
               "restore_ties", "repeat_tied")
    found = safetensors.torch.load_file(tmp_path / "twice.safetensors")
    state = torch.load(tied)
    assert found.keys() == state.keys() and all(found[name].equal(state[name]) for name in state)
    with safetensors.safe_open(tmp_path / "twice.safetensors", "pt") as opened:
        assert opened.metadata() is None


def test_ties_that_save_model_dropped_are_restored(driver, tmp_path):
    model = Tied()
    safetensors.torch.save_model(model, tmp_path / "model.safetensors")
    driver.run("safetensors_write", tmp_path / "model.safetensors", tmp_path / "all.safetensors",
               "restore_ties", "repeat_tied")
    found = safetensors.torch.load_file(tmp_path / "all.safetensors")
    assert found.keys() == model.state_dict().keys() and found["head.weight"].equal(model.embed.weight)


def test_alignment_places_tensors_and_stays_legal(driver, tmp_path):
    generator = random.Random(7)
    state = {f"t{number}": sample(generator.choice(WRITTEN[:-1]), (generator.choice([1, 3, 16, 64, 100, 1024]),))
             for number in range(60)}
    torch.save(state, tmp_path / "state.pt")
    for alignment in (8, 64, 4096):
        path = tmp_path / f"{alignment}.safetensors"
        driver.run("safetensors_write", tmp_path / "state.pt", path, f"alignment={alignment}")
        found = safetensors.torch.load_file(path)
        assert found.keys() == state.keys()
        header, _ = split(path.read_bytes())
        start = 8 + len(header)
        assert start % alignment == 0
        for name, entry in json.loads(header).items():
            begin, end = entry["data_offsets"]
            assert bits(found[name]).equal(bits(state[name]))
            # The largest power of two that divides the size, but no more than was asked for.
            granularity = min(alignment, (end - begin) & -(end - begin)) if alignment > 8 else 1
            assert (start + begin) % granularity == 0, name


def test_checksums_are_those_of_the_bytes_and_find_damage(driver, tool, tmp_path):
    path = tmp_path / "model.safetensors"
    state = {"a\"é": sample(torch.float32, (300,)), "b": sample(torch.uint8, (7,)), "empty": torch.empty(0)}
    torch.save(state, tmp_path / "state.pt")
    driver.run("safetensors_write", tmp_path / "state.pt", path, "checksums", "who:me")
    with safetensors.safe_open(path, "pt") as opened:
        metadata = opened.metadata()
    assert metadata.keys() == {"ingot.crc32", "format", "who"}
    assert json.loads(metadata["ingot.crc32"]) == {
        name: "%08x" % zlib.crc32(tensor.numpy().tobytes()) for name, tensor in state.items()}
    assert all(bits(tensor).equal(bits(state[name])) for name, tensor in safetensors.torch.load_file(path).items())
    assert "3 storages checked" in tool.out("verify", path)
    assert tool.document(path)["metadata"] == {"format": "pt", "who": "me"}
    content = bytearray(path.read_bytes())
    for at in (len(content) - 1, len(content) - 8, 8 + len(split(content)[0])):
        content[at] ^= 1
        path.write_bytes(content)
        assert "CRC-32" in tool.run("verify", path, status=1).stderr
        content[at] ^= 1


def test_a_large_file_is_converted_in_little_memory(tool, tmp_path):
    size = 600 << 20
    header = json.dumps({"w": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}).encode()
    with open(tmp_path / "large.safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(header)) + header)
        out.truncate(8 + len(header) + size)
    out = tmp_path / "out.safetensors"
    subprocess.run([tool.path, "convert", tmp_path / "large.safetensors", out], check=True, timeout=300,
                   preexec_fn=limited(100))
    assert out.stat().st_size > size
    out.unlink()


def test_what_the_format_cannot_hold_is_refused(driver, tmp_path):
    for name, state in {"complex128": {"w": torch.zeros(2, dtype=torch.complex128)},
                        "nested": {"model": {"w": torch.zeros(2)}}, "number": {"w": torch.zeros(2), "epoch": 3},
                        "sparse": {"w": torch.eye(3).to_sparse()}, "root": [torch.zeros(2)],
                        "key": {1: torch.zeros(2)}, "metadata": {"__metadata__": torch.zeros(2)},
                        "surrogate": {"\ud800": torch.zeros(2)}}.items():
        torch.save(state, tmp_path / "state.pt")
        driver.run("safetensors_write", tmp_path / "state.pt", tmp_path / "out.safetensors", status=1)
        assert not (tmp_path / "out.safetensors").exists(), name
