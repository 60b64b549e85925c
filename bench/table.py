# SPDX-License-Identifier: Apache-2.0
"""Runs Ingot and its peers in turns and prints one table: `table.py --programs BUILD_FOLDER`."""

import argparse
import collections
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

WORKLOADS = {
    "demo": "demo, 10 tensors, 248 kB",
    "resnet50": "ResNet-50, 320 tensors, 102 MB",
    "tensors": "100,000 tensors, 25.6 MB",
}
ROWS = ["save", "save, durable", "load", "load warm"]
PEERS = ["binary", "mapped", "raw", "torch", "safetensors", "LibTorch", "cereal"]
NOTE = """
Each cell: median milliseconds; in brackets, how many times Ingot's.
save: to a file that isn't there yet, left to the page cache. durable: Ingot's default for a path,
fsync and an atomic rename; raw beside it is write and fsync; the other peers have no such thing.
load: into new tensors, in memory that the process must get from the system first. load warm: into
tensors that are there. Files are in the page cache. Ingot checks each CRC-32 as it loads; torch and
LibTorch write CRCs and don't check them; mapped, safetensors, raw and cereal have none.
binary: Ingot's own stream, checked too. mapped: Ingot's safetensors files. raw: one write or read of
the tensors' bytes alone. torch: torch.save, torch.load(weights_only=True). safetensors: save_file,
load_file, which maps: until the elements are used (load warm) nothing is read. LibTorch:
pickle_save, pickle_load. cereal: binary, (name, shape, bytes) a tensor. All with one thread."""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, required=True,
                        help="where the benchmark programs were built")
    parser.add_argument("--folder", default="/dev/shm",
                        help="where the files are written (default: %(default)s, which is memory)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS))
    return parser.parse_args()


def commands(programs, folder, workload):
    """Ingot's comes first: it writes the file that the readers of PyTorch's format read."""
    here = pathlib.Path(__file__).parent
    for name in ["ingot_bench", "ingot_bench_peers", "ingot_bench_libtorch"]:
        if (programs / name).exists():
            yield [programs / name, folder, workload, "--benchmark_format=json"]
    yield [sys.executable, here / "peers" / "torch_bench.py", folder]


def run(command):
    # Two threads copy no faster here, and they stall where another program has the processor.
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, env=one_thread, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    for result in json.loads(done.stdout)["benchmarks"]:
        if result["aggregate_name"] == "median":
            row, column = result["name"].split("/")[:2]
            yield (row, column), result["real_time"]


def measure(arguments, folder):
    """{(workload, row, column): the milliseconds of each round}"""
    times = collections.defaultdict(list)
    for number in range(arguments.rounds):
        for workload in arguments.workloads:
            print(f"round {number + 1} of {arguments.rounds}: {workload}", file=sys.stderr)
            for command in commands(arguments.programs, folder, workload):
                for place, milliseconds in run(command):
                    times[workload, *place].append(milliseconds)
    return {place: statistics.median(rounds) for place, rounds in times.items()}


def number(milliseconds):
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.3g}"


def table(medians, workloads):
    yield "| | ingot | " + " | ".join(PEERS) + " |"
    yield "|---|--:|" + "--:|" * len(PEERS)
    for workload in workloads:
        for row in ROWS:
            ingot = medians[workload, row, "ingot"]
            cells = [number(ingot)]
            for peer in PEERS:
                time = medians.get((workload, row, peer))
                cells.append("-" if time is None else f"{number(time)} ({time / ingot:.2f})")
            yield f"| {WORKLOADS[workload]}: {row} | " + " | ".join(cells) + " |"


def machine(folder):
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    model = names[0] if names else "unknown processor"
    kind = subprocess.run(["stat", "-f", "-c", "%T", folder], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()
    return f"{datetime.date.today()}, {model}, {os.cpu_count()} cores, files on {kind}"


def main():
    arguments = parse_arguments()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="ingot-bench-", dir=arguments.folder) as folder:
        medians = measure(arguments, pathlib.Path(folder))
    print(f"{machine(arguments.folder)}, {arguments.rounds} rounds, "
          f"load average {before:.1f} before and {os.getloadavg()[0]:.1f} after\n")
    print("\n".join(table(medians, arguments.workloads)))
    print(NOTE)


if __name__ == "__main__":
    main()
