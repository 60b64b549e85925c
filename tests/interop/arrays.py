# SPDX-License-Identifier: Apache-2.0
"""What the tests of numpy's files share."""

import io
import json
import subprocess

import numpy as np


def numbers(dtype, shape, seed=0):
    """Random bits, whatever they mean: NaNs and infinities too."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=int))
    if dtype.kind == "b":
        return np.random.default_rng(seed).integers(0, 2, count).astype(dtype).reshape(shape)
    return np.frombuffer(np.random.default_rng(seed).bytes(count * dtype.itemsize), dtype).reshape(shape)


def as_numpy_writes(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def little(array):
    return array.astype(array.dtype.newbyteorder("<"), order="K")


def assert_equal(found, expected):
    assert found.dtype == expected.dtype and found.shape == expected.shape
    assert found.tobytes() == expected.tobytes()


def read_each(driver, paths):
    """What Ingot says of each file: a tree, or its refusal as text."""
    done = subprocess.run([driver.path, "read_each"], input="\n".join(map(str, paths)), capture_output=True,
                          text=True, errors="replace", check=True, timeout=300)
    lines = done.stdout.removesuffix("\n").split("\n")
    assert len(lines) == len(paths)
    return [line if line.startswith("refused: ") else json.loads(line) for line in lines]
