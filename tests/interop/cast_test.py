# SPDX-License-Identifier: Apache-2.0
"""Every pair of dtypes, as torch.Tensor.to() converts them."""

import math

import pytest
import torch

from tensors_test import NUMBERS

COMPLEX = [torch.complex32, torch.complex64, torch.complex128]
WHOLE = [0, 1, -1, 2, 3, 7, 100, 127, 128, -128, -129, 255, 256, 257, 32767, 32768, 65535, 65536, 2**24 + 1,
         2**31 - 1, 2**31, -2**31, 2**32, 2**53 + 1, 2**63 - 1, -2**63]
REAL = [0.0, -0.0, 0.5, 1.5, 2.5, -0.1, 0.1, 1 / 3, 448.0, 449.0, 464.0, 465.0, 480.0, 57344.0, 61440.0, 65504.0,
        65519.0, 65520.0, 240.0, 248.0, 2.0**-9, 2.0**-10, 2.0**-14, 2.0**-16, 2.0**-17, 2.0**-24, 2.0**-25,
        2.0**-26, 1e-40, 1e-45, 3.0e38, 3.4e38, 1e300, 1e-300, math.inf, -math.inf, math.nan, 127.9, -127.9]


def interesting(dtype):
    """Values of every binade and both sides of each limit; of the 8-bit types, every bit pattern."""
    if dtype.itemsize == 1 and dtype != torch.bool:
        return torch.arange(256, dtype=torch.uint8).view(dtype)
    if dtype == torch.bool:
        return torch.tensor([False, True])
    if dtype == torch.float16:
        return torch.arange(-2**15, 2**15, 3, dtype=torch.int32).to(torch.int16).view(dtype)
    if dtype == torch.bfloat16:
        return torch.arange(-2**15, 2**15, 5, dtype=torch.int32).to(torch.int16).view(dtype)
    if dtype in COMPLEX:
        real = interesting({torch.complex32: torch.float16, torch.complex64: torch.float32}.get(dtype, torch.float64))
        return torch.stack([real, real.flip(0)], -1).view(dtype).squeeze(-1)
    if dtype.is_floating_point:
        spread = torch.randn(3000, dtype=torch.float64) * 2.0 ** torch.randint(-30, 30, (3000,))
        return torch.cat([torch.tensor(REAL + WHOLE, dtype=torch.float64), spread]).to(dtype)
    wide = torch.tensor(WHOLE + [each ^ 0x5A5A for each in WHOLE], dtype=torch.int64)
    return torch.cat([wide, torch.randint(-2**63, 2**63 - 1, (500,))]).to(dtype)


def name(dtype):
    return str(dtype).removeprefix("torch.")


@pytest.fixture(scope="module")
def casts(driver, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cast")
    torch.manual_seed(0)
    given = {name(dtype): interesting(dtype) for dtype in NUMBERS}
    torch.save(given, folder / "in.pt")
    driver.run("cast", folder / "in.pt", folder / "out.pt")
    return given, torch.load(folder / "out.pt", weights_only=True)


def defined(values, to):
    """Where torch promises a result: a float beyond an integer's range has any, on any machine."""
    if not values.dtype.is_floating_point or to.is_floating_point or to.is_complex or to == torch.bool:
        return torch.ones(values.shape, dtype=torch.bool)
    wide = values.double()
    limits = torch.iinfo(to)
    return (wide.trunc() >= limits.min) & (wide.trunc() < float(limits.max) + 1)


def same(found, expected):
    both = [torch.view_as_real(each.to(torch.complex128)) if each.is_complex() else each.to(torch.float64)
            if each.dtype.is_floating_point else each for each in (found, expected)]
    equal = both[0] == both[1]
    if both[0].is_floating_point():
        equal |= both[0].isnan() & both[1].isnan()
        equal &= both[0].isnan() | (both[0].signbit() == both[1].signbit())
    return equal.view(len(found), -1).all(-1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("to", NUMBERS, ids=name)
@pytest.mark.parametrize("start", NUMBERS, ids=name)
def test_casts_as_torch_does(casts, start, to):
    given, results = casts
    values = given[name(start)]
    if start.is_complex and not to.is_complex:
        assert f"{name(start)}>{name(to)}" not in results
        return
    found = results[f"{name(start)}>{name(to)}"]
    expected = values.to(to)
    wrong = ~same(found, expected) & defined(values, to)
    assert not wrong.any(), [(values[i].item(), found[i].item(), expected[i].item())
                             for i in wrong.nonzero().flatten().tolist()[:8]]
