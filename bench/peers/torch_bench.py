# SPDX-License-Identifier: Apache-2.0
"""The same state by torch and by safetensors: `torch_bench.py FOLDER`; prints JSON as others."""

import ctypes
import json
import pathlib
import statistics
import sys
import time

import safetensors.torch
import torch

SHORTEST = 0.3  # seconds that a measurement takes at least, as in measure.hpp
SLOW = 2.0  # seconds from which the first call is as good as any


def timed(prepare, work):
    prepare()
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    del result
    return seconds


def measure(name, prepare, work):
    times = [timed(prepare, work)]
    if times[0] < SLOW:
        times = [timed(prepare, work) for _ in range(3)]
    while sum(times) < SHORTEST:
        times.append(timed(prepare, work))
    return {"name": name, "aggregate_name": "median", "real_time": statistics.median(times) * 1000}


def measure_format(column, own_file, save, load):
    """save(state, path) and load() of one format."""
    state = {name: tensor.clone() for name, tensor in load().items()}

    def load_warm():
        for name, tensor in load().items():
            state[name].copy_(tensor)

    trim = ctypes.CDLL(None).malloc_trim
    yield measure(f"save/{column}", lambda: own_file.unlink(missing_ok=True), lambda: save(state, own_file))
    yield measure(f"load/{column}", lambda: trim(0), load)
    yield measure(f"load warm/{column}", lambda: None, load_warm)


def main(folder):
    results = [
        *measure_format("torch", folder / "torch.pt", torch.save,
                        lambda: torch.load(folder / "state.pt", weights_only=True)),
        *measure_format("safetensors", folder / "torch.safetensors", safetensors.torch.save_file,
                        lambda: safetensors.torch.load_file(folder / "state.safetensors")),
    ]
    json.dump({"benchmarks": results}, sys.stdout)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
