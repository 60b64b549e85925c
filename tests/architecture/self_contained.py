# SPDX-License-Identifier: Apache-2.0
"""Compiles each header alone: `self_contained.py FOLDER COMPILER [FLAG...]`, no code made.

(CMake's VERIFY_INTERFACE_HEADER_SETS makes objects, for a quarter more time.)
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys


def errors_of(header, folder, command):
    done = subprocess.run([*command, f"-I{folder}", "-fsyntax-only", "-include", header, "-x", "c++", os.devnull],
                          capture_output=True, text=True)
    return done.stderr or (f"the compiler ended with {done.returncode}" if done.returncode else "")


def main():
    folder, *command = sys.argv[1:]
    headers = sorted(pathlib.Path(folder).rglob("*.hpp"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as beside:
        errors = list(beside.map(lambda header: errors_of(header, folder, command), headers))
    for header, text in zip(headers, errors):
        if text:
            print(f"{header} doesn't compile alone:\n{text}")
    sys.exit(not headers or any(errors))


if __name__ == "__main__":
    main()
