# SPDX-License-Identifier: Apache-2.0
"""Compiles each header alone: `self_contained.py FOLDER TOOLKIT COMPILER [FLAG...]`, no code made.

TOOLKIT is where CUDA's headers are, for those in cuda/; where it is empty, these are left out.

Declarations and bodies (impl/) are compiled apart: a header that has what it needs without them has
it with them, and each is parsed once, not again for every header above it.

(CMake's VERIFY_INTERFACE_HEADER_SETS makes objects, for a quarter more time.)
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys


def errors_of(header, folder, command):
    done = subprocess.run([*command, "-DINGOT_SEPARATE_COMPILATION", f"-I{folder}", "-fsyntax-only", "-include", header, "-x", "c++", os.devnull],
                          capture_output=True, text=True)
    return done.stderr or (f"the compiler ended with {done.returncode}" if done.returncode else "")


def main():
    folder, toolkit, *command = sys.argv[1:]
    of_cuda = pathlib.Path(folder) / "ingot" / "cuda"
    headers = [path for path in sorted(pathlib.Path(folder).rglob("*.hpp"))
               if toolkit or of_cuda not in path.parents]
    with_toolkit = [*command, "-isystem", toolkit, "-isystem", f"{toolkit}/cccl"]

    def check(header):
        return errors_of(header, folder, with_toolkit if of_cuda in header.parents else command)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as beside:
        errors = list(beside.map(check, headers))
    for header, text in zip(headers, errors):
        if text:
            print(f"{header} doesn't compile alone:\n{text}")
    sys.exit(not headers or any(errors))


if __name__ == "__main__":
    main()
