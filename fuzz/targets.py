# SPDX-License-Identifier: Apache-2.0
"""The fuzz targets: which headers each one must cover, and how long its inputs may be."""

import argparse
import dataclasses
import os
import pathlib
import shutil
import subprocess
import zipfile

HERE = pathlib.Path(__file__).parent
BUILD = HERE.parent / "build"
SEEDS = BUILD / "fuzz-seeds"  # made by seeds.py
LEARNT = BUILD / "fuzz-corpus"  # what run.py added to them
CORPUS = HERE / "corpus"  # in the repository: what keep.py found to reach what the seeds don't
KEPT = BUILD / "fuzz-kept"  # the same, unpacked


@dataclasses.dataclass
class Target:
    headers: list[str]  # of the parser, below include/ingot/; globs
    longest: int = 1024


TARGETS = {
    "index": Target(["archive/sharded.hpp", "archive/detail/shards.hpp", "format/index/names.hpp",
                     "format/index/read.hpp", "format/index/recognize.hpp"]),
    "legacy": Target([
        "archive/legacy.hpp", "archive/detail/legacy_read.hpp", "container/tar.hpp",
        "format/pickle/measure.hpp", "format/torch/bare.hpp", "format/torch/legacy.hpp",
        "format/torch/pickle_part.hpp", "format/torch/tar.hpp"], longest=9216),
    "native": Target(["archive/binary.hpp", "format/native/cursor.hpp", "format/native/head.hpp",
                      "format/native/layout.hpp", "format/native/read*.hpp",
                      "format/native/sections.hpp", "format/native/stream.hpp"], longest=2048),
    "npy": Target([
        "format/npy/descr.hpp", "format/npy/header.hpp", "format/npy/parse_header.hpp",
        "format/npy/read.hpp", "archive/npy.hpp", "archive/npz.hpp",
        "archive/detail/npz_read.hpp"], longest=2048),
    "pickle": Target([
        "format/pickle/environment.hpp", "format/pickle/freeze.hpp", "format/pickle/graph.hpp",
        "format/pickle/keys.hpp", "format/pickle/machine.hpp", "format/pickle/memo.hpp",
        "format/pickle/mutate.hpp", "format/pickle/names.hpp", "format/pickle/opcodes.hpp",
        "format/pickle/reader.hpp", "format/pickle/stack.hpp", "format/pickle/text_index.hpp",
        "core/utf8.hpp", "format/torch/environment.hpp", "format/torch/globals.hpp",
        "format/torch/numpy.hpp", "format/torch/python.hpp", "format/torch/read.hpp",
        "format/torch/rebuild.hpp", "format/torch/sparse.hpp", "format/torch/storages.hpp"],
        longest=1280),
    "pt2": Target(["format/pt2/*.hpp", "format/json/number.hpp", "format/json/read.hpp"],
                  longest=2048),
    "safetensors": Target([
        "archive/mapped.hpp", "format/json/number.hpp", "format/json/read.hpp",
        "core/utf8.hpp", "format/safetensors/check*.hpp",
        "format/safetensors/header*.hpp", "format/safetensors/read.hpp",
        "format/safetensors/ties.hpp"]),
    "torch": Target([
        "archive/zip.hpp", "archive/detail/pt2_read.hpp", "archive/detail/torch_contents.hpp",
        "archive/detail/torch_records.hpp", "archive/detail/torchscript_read.hpp",
        "archive/detail/zip_contents.hpp", "archive/detail/zip_read.hpp"], longest=8192),
    "torchscript": Target(["format/torchscript/*.hpp"], longest=4096),
    "zip": Target([
        "container/zip_format.hpp", "container/zip_member.hpp", "container/zip_reader.hpp",
        "container/detail/inflate_source.hpp", "container/detail/rising_reader.hpp",
        "container/detail/zip_directory.hpp", "container/detail/zip_end.hpp",
        "container/detail/zip_names.hpp"], longest=4096),
}


def arguments(purpose):
    """What all scripts are told."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--programs", type=pathlib.Path, required=True,
                        help="where the targets were built")
    parser.add_argument("names", nargs="*", metavar="TARGET")
    return parser


def chosen(names):
    """The targets of these names; of none, all."""
    for name in names:
        if name not in TARGETS:
            raise SystemExit(f"no target {name}: there are {', '.join(TARGETS)}")
    return names or list(TARGETS)


def corpora(name):
    """The folders of a target's inputs: the seeds, and what is kept of earlier runs."""
    kept = KEPT / name
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    if (CORPUS / f"{name}.zip").exists():
        with zipfile.ZipFile(CORPUS / f"{name}.zip") as packed:
            packed.extractall(kept)
    return [folder for folder in [SEEDS / name, kept] if folder.exists()]


def run(program, name, *arguments, folders=(), **options):
    """Runs a fuzzer with the limits that every run has."""
    # Stacks of allocations and a long quarantine would cost half of the speed; a finding is
    # looked at with the sanitizer's defaults.
    fast = {**os.environ, "ASAN_OPTIONS": "malloc_context_size=0:quarantine_size_mb=8"}
    command = [program, "-seed=1", f"-max_len={TARGETS[name].longest}", "-timeout=10",
               "-rss_limit_mb=1024", "-malloc_limit_mb=64", *arguments, *folders]
    return subprocess.run(list(map(str, command)), env=fast, **options)
