# SPDX-License-Identifier: Apache-2.0
"""The bugs that `./dev fuzz --planted` plants still fit the code, three for each fuzz target."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TARGETS = sorted(path.name.removesuffix("_fuzzer.cpp") for path in (ROOT / "fuzz").glob("*_fuzzer.cpp"))


@pytest.mark.parametrize("target", TARGETS)
def test_the_planted_bugs_apply(target):
    patches = sorted((ROOT / "fuzz" / "planted" / target).glob("*.patch"))
    assert len(patches) >= 3
    for patch in patches:
        subprocess.run(["git", "apply", "--check", "--unidiff-zero", patch], cwd=ROOT, check=True)
