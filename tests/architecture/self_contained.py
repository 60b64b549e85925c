# SPDX-License-Identifier: Apache-2.0
"""Compiles each header alone: `self_contained.py FOLDER TOOLKIT COMPILER [FLAG...]`, no code made.

TOOLKIT is where CUDA's headers are, for those in cuda/; where it is empty, these are left out.

Declarations and bodies (impl/) are compiled apart, so that bodies aren't parsed again for every
header above theirs; and those headers that bring bodies, and the umbrella, header-only too.

Most of the time would go into the same headers over and over. A header that includes one of PIVOTS
is the same after all that it includes, whichever of that came first: the pivot, compiled once.

(CMake's VERIFY_INTERFACE_HEADER_SETS makes objects, for a quarter more time, and has no pivots.)
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PIVOTS = ["ingot/state/value.hpp", "ingot/core/tensor_view.hpp", "ingot/core/error.hpp"]  # largest first
APART = "-DINGOT_SEPARATE_COMPILATION"


def brings_bodies(header):
    return "/impl/" in header.read_text(encoding="utf-8")


def all_includes(header, folder, found):
    """Adds those of ours that a header includes, and what they include, without bodies."""
    for name in re.findall(r"^#include <(ingot/[^>]+)>", header.read_text(encoding="utf-8"), re.MULTILINE):
        if name not in found and "/impl/" not in name:
            found.add(name)
            all_includes(folder / name, folder, found)
    return found


def precompile(name, folder, command, into):
    """A pivot, in a file for -include; the compiler finds what was compiled of it beside it."""
    wrapper = into / name.replace("/", "_")
    wrapper.write_text(f"#include <{name}>\n", encoding="utf-8")
    subprocess.run([*command, APART, f"-I{folder}", "-x", "c++-header", wrapper, "-o", f"{wrapper}.gch"],
                   check=True)
    return wrapper


def errors_of(header, folder, command):
    done = subprocess.run([*command, f"-I{folder}", "-fsyntax-only", "-include", header, "-x", "c++", os.devnull],
                          capture_output=True, text=True)
    return done.stderr or (f"the compiler ended with {done.returncode}" if done.returncode else "")


def main():
    folder, toolkit, *command = sys.argv[1:]
    folder = pathlib.Path(folder)
    of_cuda = folder / "ingot" / "cuda"
    headers = [path for path in sorted(folder.rglob("*.hpp"))
               if (toolkit or of_cuda not in path.parents) and "impl" not in path.parts]
    with_toolkit = [*command, "-isystem", toolkit, "-isystem", f"{toolkit}/cccl"]

    def check(header, *flags):
        chosen = with_toolkit if of_cuda in header.parents else command
        return errors_of(header, folder, [*chosen, *flags])

    with (tempfile.TemporaryDirectory() as into,
          concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as beside):
        pivots = dict(zip(PIVOTS, beside.map(
            lambda name: precompile(name, folder, command, pathlib.Path(into)), PIVOTS)))

        def check_apart(header):
            includes = all_includes(header, folder, set())
            pivot = next((["-Winvalid-pch", "-include", pivots[name]] for name in PIVOTS if name in includes), [])
            return check(header, APART, *pivot)

        apart = {path: beside.submit(check_apart, path) for path in headers}
        whole = {path: beside.submit(check, path) for path in headers
                 if (brings_bodies(path) or path.name == "ingot.hpp") and path.name != "implementation.hpp"}
    errors = [(path, done.result()) for each in (apart, whole) for path, done in each.items()]
    for header, text in errors:
        if text:
            print(f"{header} doesn't compile alone:\n{text}")
    sys.exit(not whole or any(text for _, text in errors))


if __name__ == "__main__":
    main()
