# SPDX-License-Identifier: Apache-2.0
"""The same state by torch.save and torch.load: `torch_bench.py FOLDER`; prints JSON as others."""

import ctypes
import json
import pathlib
import statistics
import sys
import time

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


def main(folder):
    state_file, own_file = folder / "state.pt", folder / "torch.pt"

    def load():
        return torch.load(state_file, weights_only=True)

    state = load()

    def load_warm():
        for name, tensor in load().items():
            state[name].copy_(tensor)

    def save():
        torch.save(state, own_file)

    trim = ctypes.CDLL(None).malloc_trim
    results = [
        measure("save/torch", lambda: own_file.unlink(missing_ok=True), save),
        measure("load/torch", lambda: trim(0), load),
        measure("load warm/torch", lambda: None, load_warm),
    ]
    json.dump({"benchmarks": results}, sys.stdout)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
