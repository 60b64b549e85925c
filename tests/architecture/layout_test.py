# SPDX-License-Identifier: Apache-2.0
"""The headers keep the rules of layout.py, and a planted breach of each rule is found."""

import pathlib

import pytest

import layout

HEAD = "// SPDX-License-Identifier: Apache-2.0\n#pragma once\n"


def check(folder, path, text):
    """The breaches of a header tree that holds just this file."""
    file = folder / "ingot" / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return [found.removeprefix(f"{file}:") for found in layout.breaches(folder)]


def test_our_headers_keep_the_rules():
    include = pathlib.Path(__file__).parents[2] / "include"
    found = "\n".join(layout.breaches(include))
    assert not found, found


@pytest.mark.parametrize("folder", ["tests", "tools", "fuzz", "bench", "examples", "scripts", "cmake"])
def test_no_other_source_is_longer_than_a_header_may_be(folder):
    root = pathlib.Path(__file__).parents[2] / folder
    files = [path for path in root.rglob("*") if path.suffix in (".hpp", ".cpp", ".cu", ".py", ".cmake")]
    assert files
    assert not [path for path in files if len(path.read_text(encoding="utf-8").splitlines()) > layout.MOST_LINES]


@pytest.mark.parametrize("path, include", [
    ("io/source.hpp", "<ingot/core/error.hpp>"),
    ("io/file.hpp", "<ingot/io/detail/handle.hpp>"),
    ("io/detail/handle.hpp", "<ingot/io/detail/other.hpp>"),
    ("ingot.hpp", "<ingot/archive/zip.hpp>"),
    ("archive/zip.hpp", "<ingot/core/error.hpp>"),
    ("core/error.hpp", "<string>"),
    ("archive/zip.hpp", "<ingot/archive/impl/zip.hpp>"),
    ("state/detail/plan.hpp", "<ingot/state/impl/plan.hpp>"),
    ("implementation.hpp", "<ingot/state/impl/plan.hpp>"),
    ("cuda/thrust.hpp", "<thrust/device_vector.h>"),
    ("cuda/thrust.hpp", "<ingot/storage/tensor.hpp>"),
])
def test_what_the_house_allows_is_no_breach(tmp_path, path, include):
    assert check(tmp_path, path, f"{HEAD}#include {include}\n") == []


@pytest.mark.parametrize("path, include, expected", [
    ("core/error.hpp", "<ingot/io/source.hpp>", "core may not include io"),
    ("storage/tensor.hpp", "<ingot/model/walk.hpp>", "storage may not include model"),
    ("ingot.hpp", "<ingot/attic/old.hpp>", "the umbrella may not include attic"),
    ("core/error.hpp", "<ingot/ingot.hpp>", "a folder includes no umbrella"),
    ("core/error.hpp", "<ingot/attic/old.hpp>", "core may not include attic"),
    ("format/a.hpp", "<ingot/io/detail/handle.hpp>", "detail/ is private to io/"),
    ("format/npy/a.hpp", "<ingot/format/torch/detail/b.hpp>", "detail/ is private to format/torch/"),
    ("archive/a.hpp", "<ingot/state/impl/a.hpp>", "included by the header that declares them"),
    ("state/impl/a.hpp", "<ingot/state/impl/b.hpp>", "included by the header that declares them"),
    ("storage/a.hpp", "<thrust/device_vector.h>", "no header outside cuda/ includes the CUDA toolkit"),
    ("cuda/a.hpp", "<ingot/state/value.hpp>", "cuda may not include state"),
    ("ingot.hpp", "<ingot/cuda/space.hpp>", "the umbrella may not include cuda"),
    ("core/a.hpp", "<cuda_fp16.h>", "no header outside cuda/ includes the CUDA toolkit"),
    ("core/a.hpp", '"b.hpp"', '"b.hpp" must be written <ingot/...>'),
])
def test_a_planted_include_is_found_at_its_line(tmp_path, path, include, expected):
    found = check(tmp_path, path, f"{HEAD}\n#  include {include}\n")
    assert len(found) == 1
    assert found[0].startswith("4: ") and expected in found[0]


def test_a_long_file_is_found(tmp_path):
    assert check(tmp_path, "core/a.hpp", HEAD + "\n" * 398) == []
    (tmp_path / "two").mkdir()
    assert check(tmp_path / "two", "core/a.hpp", HEAD + "\n" * 399) == [
        "401: has 401 lines, more than 400"]


def test_an_unknown_folder_a_missing_head_and_an_empty_tree_are_found(tmp_path):
    for name in ("one", "two", "four"):
        (tmp_path / name).mkdir()
    assert "has no place" in check(tmp_path / "one", "attic/a.hpp", HEAD)[0]
    assert "must begin" in check(tmp_path / "two", "core/a.hpp", "#pragma once\n")[0]
    assert "must begin" in check(tmp_path / "four", "core/a.hpp", HEAD.splitlines()[0] + "\n")[0]
    assert "no header found" in list(layout.breaches(tmp_path / "three"))[0]
