# SPDX-License-Identifier: Apache-2.0
"""numpy's files, as numpy writes and reads them: .npy and .npz, both ways."""

import io
import json
import resource
import struct
import subprocess
import zipfile

import numpy as np
import pytest
import torch

import tree
from arrays import as_numpy_writes, assert_equal, little, numbers, read_each

NUMBERS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
SHAPES = [(), (0,), (1,), (7,), (2, 3), (0, 3), (3, 1, 2), (1, 5), (5, 1), (2, 1, 3, 2, 2), (1,) * 64]


def arrays():
    """Every dtype in both byte orders, every shape in both memory orders, and views."""
    for dtype in NUMBERS:
        for order in "<>":
            yield numbers(np.dtype(dtype).newbyteorder(order), (2, 3))
    for shape in SHAPES:
        yield numbers("<f4", shape)
        yield np.asfortranarray(numbers(">i2", shape))
    cube = numbers("<i4", (4, 5, 6))
    yield from (cube[::2, 1:, ::3], cube.transpose(1, 2, 0), cube.T, cube[:, :1], cube[2:2].T, cube[1, 2])
    yield np.broadcast_to(numbers("<f8", (3,)), (4, 3))


def test_arrays_that_numpy_saved_are_read(driver, tmp_path):
    given = list(arrays())
    for number, array in enumerate(given):
        np.save(tmp_path / f"{number}.npy", array)
    paths = [tmp_path / f"{number}.npy" for number in range(len(given))]
    for path, found in zip(paths, read_each(driver, paths)):
        tree.assert_same(found, tree.python_tree(np.load(path)))


def test_a_copied_npy_file_is_what_numpy_saves_byte_for_byte(driver, tmp_path):
    for array in arrays():
        np.save(tmp_path / "in.npy", array)
        driver.run("copy", tmp_path / "in.npy", tmp_path / "out.npy")
        expected = little(np.load(tmp_path / "in.npy"))
        assert (tmp_path / "out.npy").read_bytes() == as_numpy_writes(expected)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_that_numpy_saved_are_read_and_written(driver, tool, tmp_path, save):
    given = {f"layer.{number}/weight": array for number, array in enumerate(arrays())}
    given |= {"W": np.arange(3), "w": np.arange(4), "": np.array(True), "größe 重み 🧊": np.ones(2), "a.npy": np.array(1)}
    save(tmp_path / "in.npz", **given)
    loaded = dict(np.load(tmp_path / "in.npz"))
    assert list(loaded) == list(given)
    tree.assert_same(tool.tree(tmp_path / "in.npz"), tree.python_tree(loaded))
    driver.run("copy", tmp_path / "in.npz", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as written:
        assert written.files == list(given)
        for name, array in loaded.items():
            assert_equal(written[name], little(array))
            assert written.zip.read(name + ".npy") == as_numpy_writes(little(array))


def test_an_archive_of_nothing(driver, tool, tmp_path):
    np.savez(tmp_path / "in.npz")
    assert tool.tree(tmp_path / "in.npz") == {"t": "dict", "items": []}
    driver.run("copy", tmp_path / "in.npz", tmp_path / "out.npz")
    assert np.load(tmp_path / "out.npz").files == []


class Pipe(io.RawIOBase):
    """A stream that can't seek: zip files written to it have data descriptors."""

    def __init__(self):
        self.content = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.content += data
        return len(data)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_data_descriptors_and_a_comment(tool, tmp_path, save):
    given = {"a": numbers("<f4", (100,)), "b": np.zeros((50, 70)), "c": np.zeros((0, 2))}
    pipe = Pipe()
    save(pipe, **given)
    path = tmp_path / "piped.npz"
    path.write_bytes(pipe.content)
    with zipfile.ZipFile(path, "a") as archive:
        assert all(member.flag_bits & 8 for member in archive.infolist())
        archive.comment = b"made by a pipe"
    tree.assert_same(tool.tree(path), tree.python_tree(dict(np.load(path))))
    tool.run("verify", path)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_versions_of_the_header(tool, tmp_path, version):
    path = tmp_path / "a.npy"
    with open(path, "wb") as out:
        np.lib.format.write_array(out, np.arange(6).reshape(2, 3), version=version)
    tree.assert_same(tool.tree(path), tree.python_tree(np.load(path)))


def test_many_deflated_arrays_are_opened_in_little_memory(tool, tmp_path):
    """A zlib stream for each would be more than a gigabyte."""
    path = tmp_path / "many.npz"
    np.savez_compressed(path, **{str(number): np.array(number) for number in range(20_000)})
    limit = 400 << 20
    done = subprocess.run([tool.path, "ls", "--json", path], capture_output=True, text=True, check=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert len(json.loads(done.stdout)["root"]["items"]) == 20_000


@pytest.mark.parametrize("fortran_order", [False, True])
def test_an_array_larger_than_memory_is_copied(driver, tmp_path, fortran_order):
    path = tmp_path / "large.npy"
    with open(path, "wb") as out:
        np.lib.format.write_array_header_1_0(
            out, {"descr": "<f4", "fortran_order": fortran_order, "shape": (24, 1 << 20)})
        out.truncate(out.tell() + (96 << 20))
    limit = 64 << 20
    subprocess.run([driver.path, "copy", path, tmp_path / "copy.npy"], check=True,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    copy = np.load(tmp_path / "copy.npy", mmap_mode="r")
    assert copy.shape == (24, 1 << 20) and copy.flags.f_contiguous == fortran_order


def test_a_file_of_more_than_4_gib_is_opened(tool, tmp_path):
    path = tmp_path / "large.npy"
    with open(path, "wb") as out:
        np.lib.format.write_array_header_1_0(out, {"descr": "<f4", "fortran_order": False, "shape": (5, 1 << 28)})
        out.truncate(out.tell() + (5 << 30))
    assert tool.document(path, digest=False)["root"]["shape"] == [5, 1 << 28]


def tensors():
    generator = torch.Generator().manual_seed(0)
    real = torch.randn(3, 4, generator=generator)
    result = {str(dtype): (real * 9).to(dtype) for dtype in (
        torch.float64, torch.float32, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
        torch.bool, torch.complex64, torch.complex128, torch.uint16, torch.uint32, torch.uint64)}
    base = torch.complex(real, real + 1)
    result |= {"transposed": real.t(), "strided": real[:, ::2], "expanded": real[:1].expand(5, 4), "scalar": real[0, 0],
               "empty": real[:0], "conj": base.conj(), "slice": base[1:, 2], "negative": (base * 2).conj().imag,
               "parameter": torch.nn.Parameter(real), "large": torch.arange(1_000_000).view(1000, 1000).t()[5:]}
    return result


def test_tensors_become_the_arrays_that_torch_makes_of_them(driver, tmp_path):
    torch.save(tensors(), tmp_path / "in.pt")
    driver.run("copy", tmp_path / "in.pt", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as written:
        for name, tensor in tensors().items():
            assert_equal(written[name], tensor.detach().resolve_conj().resolve_neg().numpy())


def test_numbers_become_the_arrays_that_numpy_makes_of_them(driver, tmp_path):
    given = {"int": -3, "large": 2**64 - 1, "float": 0.1, "true": True, "complex": 1 - 2j, "nan": float("nan")}
    torch.save(given, tmp_path / "in.pt")
    driver.run("copy", tmp_path / "in.pt", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as written:
        for name, number in given.items():
            assert_equal(written[name], np.asarray(number))


def test_checkpoints_are_converted_to_arrays_and_back(tool, tmp_path):
    nested = {"model": {"W": torch.ones(2, 3), "w": torch.arange(4)}, "epoch": 3, "name": "text", "sizes": [1, 2.5]}
    torch.save(nested, tmp_path / "in.pt")
    assert "name" in tool.run("convert", tmp_path / "in.pt", tmp_path / "out.npz", status=1).stderr
    tool.run("convert", "--drop", tmp_path / "in.pt", tmp_path / "out.npz")
    tool.run("verify", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as written:
        assert written.files == ["model.W", "model.w", "epoch", "sizes.0", "sizes.1"]
        assert written["model.w"].tolist() == [0, 1, 2, 3] and written["sizes.1"] == 2.5
    np.savez_compressed(tmp_path / "arrays.npz", a=np.asfortranarray(numbers(">f4", (2, 3))), b=np.array(True))
    tool.run("convert", tmp_path / "arrays.npz", tmp_path / "out.pt")
    loaded = torch.load(tmp_path / "out.pt", weights_only=True)
    assert loaded["b"].dtype == torch.bool and loaded["b"].shape == () and loaded["a"].stride() == (1, 2)
    assert_equal(loaded["a"].numpy(), little(numbers(">f4", (2, 3))))
    tool.run("convert", "--to", "npz", tmp_path / "out.pt", tmp_path / "again.zip")
    assert np.load(tmp_path / "again.zip")["a"].flags.f_contiguous


def test_verify_names_the_damaged_array(tool, tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, **{"layer/weight": np.arange(5.0), "other": np.arange(2)})
    tool.run("verify", path)
    content = bytearray(path.read_bytes())
    content[content.index(np.arange(5.0).tobytes()) + 9] ^= 1
    path.write_bytes(content)
    assert "layer/weight.npy (tensor layer/weight)" in tool.run("verify", path, status=1).stderr


def test_written_arrays_can_be_mapped(driver, tmp_path):
    np.savez(tmp_path / "in.npz", a=np.arange(5), b=np.arange(7.0))
    driver.run("copy", tmp_path / "in.npz", tmp_path / "out.npz")
    with zipfile.ZipFile(tmp_path / "out.npz") as archive, open(tmp_path / "out.npz", "rb") as file:
        for member in archive.infolist():
            file.seek(member.header_offset + 26)
            file.seek(member.header_offset + 30 + sum(struct.unpack("<HH", file.read(4))))
            assert np.lib.format.read_magic(file) == (1, 0)
            np.lib.format.read_array_header_1_0(file)
            assert file.tell() % 64 == 0
    np.save(tmp_path / "a.npy", np.arange(5))
    driver.run("copy", tmp_path / "a.npy", tmp_path / "b.npy")
    assert np.load(tmp_path / "b.npy", mmap_mode="r")[4] == 4
