# SPDX-License-Identifier: Apache-2.0
"""Prints the lines of each parser that its inputs reach: `coverage.py --programs FOLDER
[--missing] [TARGET...]`. The inputs are the seeds and what the repository keeps."""

import fnmatch
import json
import os
import pathlib
import subprocess

import targets

LEAST = 90
INCLUDE = targets.HERE.parent / "include" / "ingot"


def tool(*command):
    return subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE).stdout


def measure(programs, name, folders):
    """Lines and those reached by file, as llvm-cov counts them, and which aren't."""
    program = programs / f"{name}_fuzzer"
    raw = programs / f"{name}.profraw"
    os.environ["LLVM_PROFILE_FILE"] = str(raw)
    targets.run(program, name, "-runs=0", folders=folders, check=True, stderr=subprocess.DEVNULL)
    merged = raw.with_suffix(".profdata")
    tool("llvm-profdata-19", "merge", "-sparse", raw, "-o", merged)
    shown = json.loads(tool("llvm-cov-19", "export", f"-instr-profile={merged}", program))
    for file in shown["data"][0]["files"]:
        path = pathlib.Path(file["filename"]).resolve()
        if not path.is_relative_to(INCLUDE):
            continue
        below = path.relative_to(INCLUDE).as_posix()
        if any(fnmatch.fnmatchcase(below, glob) for glob in targets.TARGETS[name].headers):
            lines = file["summary"]["lines"]
            yield below, lines["count"], lines["covered"], unreached(file["segments"])


def unreached(segments):
    """The lines where code begins that never ran."""
    return sorted({line for line, _, count, has_count, is_entry, _ in segments
                   if has_count and is_entry and count == 0})


def main():
    parser = targets.arguments(__doc__)
    parser.add_argument("--missing", action="store_true", help="show the lines that aren't reached")
    given = parser.parse_args()
    good = []
    for name in targets.chosen(given.names):
        folders = targets.corpora(name)
        rows = sorted(measure(given.programs, name, folders))
        total = sum(row[1] for row in rows)
        covered = sum(row[2] for row in rows)
        percent = 100 * covered / total
        good.append(percent >= LEAST)
        print(f"{name}: {covered} of {total} lines, {percent:.1f} %")
        for path, count, reached, missing in rows if given.missing else []:
            print(f"  {path}: {reached} of {count} {missing or ''}")
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    raise SystemExit(not all(good))


if __name__ == "__main__":
    main()
