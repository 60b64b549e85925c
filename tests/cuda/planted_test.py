# SPDX-License-Identifier: Apache-2.0
"""Bugs that are planted in the CUDA code are found by the stand-in: `planted.cpp` ends well without them only."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]

# What is planted: (file in include/ingot/cuda/, what is there, what takes its place).
BUGS = {
    "no wait before a buffer is filled again": ("detail/upload.hpp", "      ring_[now_].wait();\n", ""),
    "no wait at the end of an upload": (
        "detail/upload.hpp", "    for (std::size_t i = 0; i < ring_.size(); ++i) ring_[i].wait();\n", ""),
    "no wait before a buffer is handed out": (
        "detail/download.hpp", "      (*ring_)[full_.front().buffer].wait();\n", ""),
    "no wait after a copy": (
        "space.hpp", '  check(cudaStreamSynchronize(stream), "cudaStreamSynchronize", device);\n', ""),
    "no wait at the end of copies between devices": ("detail/upload.hpp", "    direct_.finish();\n", ""),
    "no wait where copies between devices are given up": (
        "detail/device_copies.hpp", "~device_copies() { streams_.wait(); }", "~device_copies() = default;"),
    "no wait for the other device": (
        "detail/device_copies.hpp", "    come_after(from_device, to_device);\n", ""),
    "a device waits for itself": (
        "detail/device_copies.hpp", "    const device_guard on(later);  // whose stream a default one is\n", ""),
    "the other device goes on too early": (
        "detail/device_copies.hpp", "    come_after(to_device, from_device);\n", ""),
    "a copy between devices that failed isn't told": (
        "detail/open_streams.hpp",
        '      check(cudaStreamSynchronize(stream), "cudaStreamSynchronize", device);\n',
        "      disregard(cudaStreamSynchronize(stream));\n"),
    "no wait where an upload is given up": ("detail/ring.hpp", "      streams_.wait();\n", ""),
    "the host reads a device's memory": (
        "space.hpp", "  copy(to, from, bytes, cudaMemcpyDeviceToHost, in.ordinal);\n",
        "  static_cast<void>(in);\n  std::copy_n(static_cast<const char*>(from), bytes, static_cast<char*>(to));\n"),
    "a buffer is not given back": ("detail/pinned_buffer.hpp", "disregard(cudaFreeHost(data_));", ";"),
    "an event is not given back": ("detail/event.hpp", "disregard(cudaEventDestroy(handle_));", ";"),
    "a device's block is not given back": ("space.hpp", "disregard(cudaFree(data));", ";"),
    "a copy is in another device's stream": (
        "space.hpp", "  const device_guard on(device);\n  const cudaStream_t stream", "  const cudaStream_t stream"),
    "a copy between devices is in another device's stream": (
        "detail/device_copies.hpp", "    const device_guard on(to_device);\n", ""),
    "a batch is in another device's stream": (
        "detail/copy_batch.hpp", "  const device_guard on(device);\n", ""),
    "an event is another device's": (
        "detail/event.hpp", "    const device_guard on(device);\n", ""),
    "devices are taken for one another": (
        "detail/device_copies.hpp", "to, to_device, from, from_device,", "to, from_device, from, to_device,"),
    "a block is given back to another device": (
        "allocator.hpp",
        "    const cuda::device_guard on(space_->ordinal, std::nothrow);  // whose stream a default one is\n", ""),
    "a piece goes to the wrong place": (
        "detail/upload.hpp", "static_cast<std::byte*>(tensor) + offset", "static_cast<std::byte*>(tensor)"),
}


def status_with(folder, bug=None):
    """Of planted.cpp; negative where a signal ended it."""
    include = folder / "include"
    shutil.copytree(ROOT / "include", include)
    if bug is not None:
        name, there, other = bug
        path = include / "ingot" / "cuda" / name
        text = path.read_text(encoding="utf-8")
        assert text.count(there) == 1, f"{name} has changed: plant the bug anew"
        path.write_text(text.replace(there, other), encoding="utf-8")
    program = folder / "planted"
    subprocess.run([os.environ["INGOT_CXX"], "-std=c++20", f"-I{include}",
                    f"-I{ROOT}/tests/cuda/stand_in", "-isystem", os.environ["INGOT_TOOLKIT"],
                    ROOT / "tests" / "cuda" / "planted.cpp", os.environ["INGOT_STAND_IN"], "-o", program],
                   check=True)
    return subprocess.run([program], check=False).returncode


def test_it_ends_well_without_a_bug(tmp_path):
    assert status_with(tmp_path) == 0


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(tmp_path, name):
    assert status_with(tmp_path, BUGS[name]) != 0
