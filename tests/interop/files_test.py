# SPDX-License-Identifier: Apache-2.0
"""Zip files that other writers, machines and settings make, as Ingot reads them."""

import zipfile

import numpy as np
import pytest
import torch
import torch.serialization

import tree

SAMPLE = {
    "f64": torch.arange(3.0, dtype=torch.float64), "f32": torch.randn(4), "f16": torch.randn(4).half(),
    "bf16": torch.randn(4).bfloat16(), "i64": torch.arange(3) - 1, "i16": torch.arange(5).short(),
    "u8": torch.arange(4).byte(), "bool": torch.tensor([True, False]),
    "c64": torch.randn(3, dtype=torch.complex64), "c128": torch.randn(3, dtype=torch.complex128),
    "strided": torch.arange(12.0).view(3, 4).t()[1:], "conj": torch.randn(3, dtype=torch.complex64).conj(),
    "qint": torch.quantize_per_tensor(torch.randn(4), 0.1, 3, torch.qint32),
    "u16": torch.arange(4).to(torch.uint16), "empty": torch.zeros(0, 3), "text": "end",
}
# Bytes that belong together, by storage; v3 tensors (u16) are stored without a type of their own.
UNITS = {"f64": 8, "f32": 4, "f16": 2, "bf16": 2, "i64": 8, "i16": 2, "u8": 1, "bool": 1, "c64": 4, "c128": 8,
         "strided": 4, "conj": 4, "qint": 4, "u16": 2, "empty": 4}


def rewritten(source, target, change):
    """Copies a zip file, each record as change(name, bytes) -> (bytes, zip method)."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for record in old.infolist():
            data, method = change(record.filename, old.read(record))
            new.writestr(record.filename, data, method)
    return target


@pytest.fixture
def sample(tmp_path):
    torch.save(SAMPLE, tmp_path / "sample.pt")
    return tmp_path / "sample.pt"


def test_deflated_records(tool, sample, tmp_path):
    packed = rewritten(sample, tmp_path / "packed.pt", lambda name, data: (data, zipfile.ZIP_DEFLATED))
    tree.assert_same(tool.tree(packed), tree.python_tree(SAMPLE))
    tool.run("verify", packed)


def test_big_endian(tool, sample, tmp_path):
    units = list(UNITS.values())

    def swap(name, data):
        if name.endswith("/byteorder"):
            return b"big", zipfile.ZIP_STORED
        if "/data/" in name:
            unit = units[int(name.rsplit("/", 1)[1])]
            data = np.frombuffer(data, f"V{unit}").view("u1").reshape(-1, unit)[:, ::-1].tobytes()
        return data, zipfile.ZIP_STORED

    big = rewritten(sample, tmp_path / "big.pt", swap)
    expected = tree.python_tree(SAMPLE)
    tree.assert_same(tool.tree(big), expected)
    judged = torch.load(big, weights_only=True)
    # torch 2.13 leaves the bytes of storages without a type of their own as they are.
    del judged["u16"]
    tree.assert_same(tree.python_tree(judged),
                     tree.python_tree({name: each for name, each in SAMPLE.items() if name != "u16"}))
    tool.run("convert", big, tmp_path / "little.pt")
    tree.assert_same(tree.python_tree(torch.load(tmp_path / "little.pt", weights_only=True)), expected, loaded=True)


def test_files_without_checksums(tool, tmp_path):
    path = tmp_path / "plain.pt"
    before = torch.serialization.get_crc32_options()
    try:
        torch.serialization.set_crc32_options(False)
        torch.save(SAMPLE, path)
    finally:
        torch.serialization.set_crc32_options(before)
    tree.assert_same(tool.tree(path), tree.python_tree(SAMPLE))
    assert "no checksum: plain/data/0" in tool.out("verify", path)


def test_any_top_folder(tool, tmp_path):
    path = tmp_path / "weights.v2.pth"
    torch.save(SAMPLE, path)
    with open(tmp_path / "stream.pt", "wb") as stream:
        torch.save(SAMPLE, stream)
    for each in (path, tmp_path / "stream.pt"):
        tree.assert_same(tool.tree(each), tree.python_tree(SAMPLE))


def test_a_file_of_65536_tensors_and_more(tool, tmp_path):
    path = tmp_path / "many.pt"
    torch.save([torch.tensor(i) for i in range(66_000)], path)
    root = tool.tree(path)
    assert len(root["items"]) == 66_000
    again = tmp_path / "again.pt"
    tool.run("convert", path, again)
    # torch.load takes a quarter of a minute for so many; this is the reader below it.
    records = torch._C.PyTorchFileReader(str(again))
    assert len([name for name in records.get_all_records() if name.startswith("data/")]) == 66_000
    assert records.get_record("data/65999") == (65_999).to_bytes(8, "little")


@pytest.mark.parametrize("cut", [1, 100, 1000])
def test_a_truncated_file_is_refused(tool, sample, tmp_path, cut):
    short = tmp_path / "short.pt"
    short.write_bytes(sample.read_bytes()[:-cut])
    error = tool.run("ls", short, status=1).stderr
    assert error.startswith(f"error: {short}") and error.count("\n") == 1


def test_other_files_are_named(tool, tmp_path):
    (tmp_path / "page.pt").write_text("<!DOCTYPE html><html>")
    assert "HTML" in tool.run("ls", tmp_path / "page.pt", status=1).stderr
    (tmp_path / "empty.pt").write_bytes(b"")
    assert "empty" in tool.run("ls", tmp_path / "empty.pt", status=1).stderr
