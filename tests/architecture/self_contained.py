# SPDX-License-Identifier: Apache-2.0
"""Compiles each public header alone: `self_contained.py FOLDER TOOLKIT COMPILER [FLAG...]`, no code made.

TOOLKIT is where CUDA's headers are, for those in cuda/; where it is empty, these are left out.

Declarations and bodies (impl/) are compiled apart, so that bodies aren't parsed again for every
header above theirs; and those headers that bring bodies, and the umbrella, header-only too.

(CMake's VERIFY_INTERFACE_HEADER_SETS makes objects, for a quarter more time.)
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys


def brings_bodies(header):
    return "/impl/" in header.read_text(encoding="utf-8")


def errors_of(header, folder, command):
    done = subprocess.run([*command, f"-I{folder}", "-fsyntax-only", "-include", header, "-x", "c++", os.devnull],
                          capture_output=True, text=True)
    return done.stderr or (f"the compiler ended with {done.returncode}" if done.returncode else "")


def main():
    folder, toolkit, *command = sys.argv[1:]
    of_cuda = pathlib.Path(folder) / "ingot" / "cuda"
    headers = [path for path in sorted(pathlib.Path(folder).rglob("*.hpp"))
               if (toolkit or of_cuda not in path.parents) and not {"detail", "impl"} & set(path.parts)]
    with_toolkit = [*command, "-isystem", toolkit, "-isystem", f"{toolkit}/cccl"]

    def check(header, *flags):
        chosen = with_toolkit if of_cuda in header.parents else command
        return errors_of(header, folder, [*chosen, *flags])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as beside:
        apart = {path: beside.submit(check, path, "-DINGOT_SEPARATE_COMPILATION") for path in headers}
        whole = {path: beside.submit(check, path) for path in headers
                 if (brings_bodies(path) or path.name == "ingot.hpp") and path.name != "implementation.hpp"}
    errors = [(path, done.result()) for each in (apart, whole) for path, done in each.items()]
    for header, text in errors:
        if text:
            print(f"{header} doesn't compile alone:\n{text}")
    sys.exit(not whole or any(text for _, text in errors))


if __name__ == "__main__":
    main()
