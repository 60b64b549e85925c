# SPDX-License-Identifier: Apache-2.0
"""The table of dtypes says what torch, numpy, safetensors and torch.export say."""

import json
import typing

import numpy as np
import pytest
import safetensors.torch
import torch
from torch._export.serde import serialize


class Row(typing.NamedTuple):
    name: str
    size: str
    swap: str
    storage: str
    safetensors: str
    numpy: str
    pt2: str

    @property
    def dtype(self):
        return getattr(torch, self.name)


@pytest.fixture(scope="module")
def table(driver):
    return [Row(*line.split("\t")) for line in driver.out("dtypes").splitlines()]


def test_every_dtype_that_has_elements_is_there(table):
    of_torch = {each for each in vars(torch).values() if isinstance(each, torch.dtype)}
    # int1 to int7 and uint1 to uint7 are names for compilers: no tensor has them.
    shells = {getattr(torch, f"{sign}int{bits}") for sign in ("", "u") for bits in range(1, 8)}
    assert {row.dtype for row in table} == of_torch - shells
    assert all(int(row.size) == row.dtype.itemsize for row in table)


def test_storage_classes(table):
    expected = {dtype: name.removesuffix("Storage")
                for dtype, name in torch.storage._dtype_to_storage_type_map().items()}
    assert {row.dtype: row.storage for row in table if row.storage} == expected


def test_codes_of_torch_export(table):
    expected = {dtype: code.value for dtype, code in serialize._TORCH_TO_SERIALIZE_DTYPE.items()}
    assert {row.dtype: int(row.pt2) for row in table if row.pt2 != "-1"} == expected


def name_in_numpy(dtype):
    try:
        return torch.empty(1, dtype=dtype).numpy().dtype.str[1:]
    except (TypeError, RuntimeError):
        return ""


def name_in_safetensors(dtype):
    try:
        file = safetensors.torch.save({"t": torch.empty(2, dtype=dtype)})
    except Exception:  # it has no one error for what it can't save
        return ""
    size = int.from_bytes(file[:8], "little")
    return json.loads(file[8:8 + size])["t"]["dtype"]


def test_names_of_numpy(table):
    assert {row.name: row.numpy for row in table} == {
        row.name: name_in_numpy(row.dtype) for row in table}
    assert all(np.dtype(row.numpy).itemsize == int(row.size) for row in table if row.numpy)


def test_names_of_safetensors(table):
    assert {row.name: row.safetensors for row in table} == {
        row.name: name_in_safetensors(row.dtype) for row in table}
