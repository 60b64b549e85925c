# SPDX-License-Identifier: Apache-2.0
"""The programs that CMake built, as the tests run them."""

import json
import os
import resource
import subprocess


class Program:
    """An executable that CMake built; its path is in an environment variable."""

    def __init__(self, variable):
        self.path = os.environ[variable]  # a missing judge is an error, not a reason to skip

    def run(self, *arguments, status=0, timeout=120):
        done = subprocess.run([self.path, *map(str, arguments)], capture_output=True, text=True,
                              timeout=timeout)
        assert done.returncode == status, (
            f"{arguments} gave {done.returncode}, expected {status}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done

    def out(self, *arguments, **options):
        return self.run(*arguments, **options).stdout


class Tool(Program):
    def document(self, path, digest=True):
        return json.loads(self.out("ls", "--json", *(["--digest"] if digest else []), path))

    def tree(self, path):
        return self.document(path)["root"]


def limited(megabytes):
    """For preexec_fn: no process gets more memory than that."""
    size = megabytes << 20
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))
