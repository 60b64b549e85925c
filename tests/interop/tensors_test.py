# SPDX-License-Identifier: Apache-2.0
"""Tensors that torch saves, as Ingot reads them: dtypes, views, layouts, flags."""

import warnings

import pytest
import torch

NUMBERS = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
           torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128,
           torch.uint16, torch.uint32, torch.uint64, torch.complex32, torch.float8_e4m3fn,
           torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu]
PACKED = [torch.float4_e2m1fn_x2, torch.bits8, torch.bits16, torch.bits1x8, torch.bits2x4, torch.bits4x2]


def filled(dtype, count=24):
    """Every bit pattern that a byte can have occurs; bool gets only its own two."""
    if dtype == torch.bool:
        return torch.randint(0, 2, (count,)).bool()
    data = torch.randint(0, 256, (count * dtype.itemsize,), dtype=torch.uint8)
    result = torch.empty(0, dtype=dtype)
    return result.set_(data.untyped_storage(), 0, (count,), (1,))


@pytest.mark.parametrize("dtype", NUMBERS + PACKED, ids=str)
def test_every_dtype_in_every_shape(reads, dtype):
    flat = filled(dtype)
    whole = flat.as_strided((2, 3, 4), (12, 4, 1))
    reads({
        "whole": whole,
        "scalar": filled(dtype, 1).as_strided((), ()),
        "empty": filled(dtype, 0).as_strided((0, 3), (3, 1)),
        "strided": flat.as_strided((4, 3), (6, 2)),
        "transposed": whole.transpose(0, 2),
        "expanded": flat.as_strided((5, 4), (0, 1), 3),
        "offset": flat.as_strided((4,), (1,), 20),
        "ones": flat.as_strided((1, 4, 1), (7, 1, 9)),
    })


def test_aliases_and_repeated_objects(reads):
    base = torch.arange(10.0)
    other = base[2:5]
    reads([base, other, base, base.view(2, 5).t(), base.clone(), {"again": other}])


def test_parameters_and_gradients(reads):
    parameter = torch.nn.Parameter(torch.randn(3, 2))
    reads({"parameter": parameter, "frozen": torch.nn.Parameter(torch.randn(2), requires_grad=False),
           "tensor": torch.randn(2, requires_grad=True), "tied": parameter,
           "view": parameter.detach()[1:], "buffer": torch.nn.Buffer(torch.randn(3))})


def test_parameter_with_attributes(reads):
    parameter = torch.nn.Parameter(torch.randn(3))
    parameter.note = "mine"
    tensor = torch.randn(2)
    tensor.note = 3
    reads([parameter, tensor])


@pytest.mark.filterwarnings("ignore:Sparse")
def test_sparse(reads):
    dense = torch.tensor([[0.0, 1, 0, 2], [0, 0, 3, 0], [4, 0, 0, 5], [0, 6, 0, 0]])
    indices = torch.tensor([[0, 1, 1], [2, 0, 0]])
    reads({"coo": dense.to_sparse(), "csr": dense.to_sparse_csr(), "csc": dense.to_sparse_csc(),
           "bsr": dense.to_sparse_bsr((2, 2)), "bsc": dense.to_sparse_bsc((2, 2)),
           "uncoalesced": torch.sparse_coo_tensor(indices, torch.tensor([1.0, 2, 3]), (2, 3)),
           "hybrid": torch.sparse_coo_tensor(indices, torch.randn(3, 2), (2, 3, 2)),
           "batched": torch.stack([dense, dense]).to_sparse_csr(),
           "empty": torch.sparse_coo_tensor(size=(3, 4), dtype=torch.int16),
           "ints": dense.int().to_sparse()})


def test_quantized(reads):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = torch.randn(4, 6)
        scales = torch.tensor([0.1, 0.2, 0.05, 0.4], dtype=torch.float64)
        zeros = torch.tensor([0, 1, -2, 3])
        reads({**{name(dtype): torch.quantize_per_tensor(data, 0.1, 3, dtype)
                  for dtype in (torch.qint8, torch.quint8, torch.qint32)},
               "channel": torch.quantize_per_channel(data, scales, zeros, 0, torch.qint8),
               "transposed": torch.quantize_per_tensor(data, 0.5, 0, torch.qint8).t()})


def name(dtype):
    return str(dtype).removeprefix("torch.")


def test_lazy_conjugates_and_negatives(reads):
    numbers = torch.randn(3, 4, dtype=torch.complex64)
    wide = torch.randn(3, 4, dtype=torch.complex128)
    reads({"plain": numbers, "conj": numbers.conj(), "conj_view": numbers.conj().t()[1:],
           "neg": wide.conj().imag, "neg_row": wide.conj().imag[1], "pair": torch.randn(2, 2).cfloat().conj()})


def test_meta(reads):
    meta = torch.empty(2, 3, device="meta")
    reads({"a": meta, "half": torch.empty(4, device="meta", dtype=torch.float16)})


def test_many_dimensions(reads):
    reads([torch.randn([1] * 60 + [2]), torch.zeros(0, 2**40, 3), torch.zeros(2**20).expand(3, 2**20)])
