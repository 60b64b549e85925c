# SPDX-License-Identifier: Apache-2.0
"""Runs the fuzz targets, each from its seeds: `run.py --programs FOLDER [--seconds N] [TARGET...]`.

What they find lies in build/fuzz-found/, what they learn in build/fuzz-corpus/.
"""

import concurrent.futures
import os
import re
import subprocess

import targets

FOUND = targets.BUILD / "fuzz-found"


def fuzz(programs, name, limit):
    """Whether the target keeps its promises for a time or a number of executions."""
    grown = targets.LEARNT / name
    found = FOUND / name
    grown.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    done = targets.run(programs / f"{name}_fuzzer", name, *limit, "-print_final_stats=1",
                       f"-artifact_prefix={found}/", folders=[grown, *targets.corpora(name)],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       errors="replace")
    if done.returncode != 0:
        print(done.stdout[-6000:])
        print(f"{name}: FAILED; see {found}")
        return False
    executions = re.search(r"number_of_executed_units: (\d+)", done.stdout).group(1)
    speed = re.search(r"average_exec_per_sec: +(\d+)", done.stdout).group(1)
    print(f"{name}: {executions} executions, {speed} a second", flush=True)
    return True


def main():
    parser = targets.arguments(__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each target")
    parser.add_argument("--executions", type=int, help="of each target, instead of seconds")
    given = parser.parse_args()
    limit = ([f"-runs={given.executions}"] if given.executions
             else [f"-max_total_time={given.seconds}"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as beside:
        results = list(beside.map(lambda name: fuzz(given.programs, name, limit),
                                  targets.chosen(given.names)))
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    raise SystemExit(not all(results))


if __name__ == "__main__":
    main()
