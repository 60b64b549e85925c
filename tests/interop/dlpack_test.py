# SPDX-License-Identifier: Apache-2.0
"""torch and numpy hand Ingot their tensors through DLPack and take Ingot's, where they lie."""

import ctypes
import gc
import os
import weakref

import numpy
import pytest
import torch

NAME, USED = b"dltensor_versioned", b"used_dltensor_versioned"
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64,
          torch.complex128, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
          torch.uint16, torch.uint32, torch.uint64, torch.bool, torch.float8_e4m3fn,
          torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu]

python = ctypes.pythonapi
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
python.PyCapsule_GetPointer.restype = ctypes.c_void_p
python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
python.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]


class Handed:
    """A tensor of Ingot's, as torch.from_dlpack and numpy.from_dlpack want it."""

    def __init__(self, pointer):
        self.capsule = python.PyCapsule_New(pointer, NAME, None)

    def __dlpack__(self, **_):
        return self.capsule

    def __dlpack_device__(self):
        return (1, 0)  # kDLCPU


class Library:
    def __init__(self, path):
        self.calls = ctypes.CDLL(path)
        self.calls.dlpack_error.restype = ctypes.c_char_p
        self.calls.dlpack_pass_on.restype = ctypes.c_void_p
        self.calls.dlpack_own.restype = ctypes.c_void_p
        self.calls.dlpack_save.restype = self.calls.dlpack_load.restype = ctypes.c_bool

    def call(self, name, tensor, *arguments):
        capsule = tensor.__dlpack__(max_version=(1, 1))
        pointer = python.PyCapsule_GetPointer(capsule, NAME)
        python.PyCapsule_SetName(capsule, USED)  # it is Ingot's to give back now
        result = getattr(self.calls, name)(ctypes.c_void_p(pointer), *arguments)
        if not result:
            raise ValueError(self.calls.dlpack_error().decode())
        return result

    def pass_on(self, tensor):
        return Handed(self.call("dlpack_pass_on", tensor))


@pytest.fixture(scope="session")
def library():
    return Library(os.environ["INGOT_DLPACK_LIBRARY"])


def bits(tensor):
    return tensor.contiguous().view(torch.uint8).tolist()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_dtype_of_torch_comes_back_where_it_lies(library, dtype):
    tensor = (torch.arange(24).reshape(4, 6) % 2).to(dtype)
    again = torch.from_dlpack(library.pass_on(tensor))
    assert again.dtype == tensor.dtype and again.data_ptr() == tensor.data_ptr()
    assert bits(again) == bits(tensor)


@pytest.mark.parametrize("view", [lambda t: t.t(), lambda t: t[1:, ::2], lambda t: t[0, 0],
                                  lambda t: t[:, :0], lambda t: t[:1].expand(5, 6)])
def test_views_keep_their_strides(library, view):
    tensor = view(torch.arange(24.0).reshape(4, 6))
    again = torch.from_dlpack(library.pass_on(tensor))
    assert again.shape == tensor.shape and torch.equal(again, tensor)
    assert tensor.numel() == 0 or again.data_ptr() == tensor.data_ptr()
    wide = [i for i in range(tensor.dim()) if tensor.shape[i] > 1 and tensor.numel() > 0]
    assert [again.stride(i) for i in wide] == [tensor.stride(i) for i in wide]


def test_what_was_handed_over_lives_until_its_last_user_is_gone(library):
    array = numpy.arange(6.0)
    alive = weakref.ref(array)
    again = torch.from_dlpack(library.pass_on(array))
    del array
    gc.collect()
    assert alive() is not None and again.tolist() == [0, 1, 2, 3, 4, 5]
    del again
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("dtype", "?bBhHiIlLefdFD")
def test_numpy_takes_a_value_as_what_must_not_be_written(library, dtype):
    array = numpy.arange(6).astype(dtype).reshape(2, 3)
    again = numpy.from_dlpack(library.pass_on(array))
    assert again.dtype == array.dtype and numpy.array_equal(again, array)
    assert again.ctypes.data == array.ctypes.data
    assert not again.flags.writeable


def test_a_read_only_array_of_numpy_is_taken(library):
    array = numpy.arange(3.0)
    array.flags.writeable = False
    assert numpy.from_dlpack(library.pass_on(array)).tolist() == [0, 1, 2]


def test_a_tensor_of_the_program_may_be_written_by_torch(library):
    first = torch.from_dlpack(Handed(library.calls.dlpack_own()))
    second = numpy.from_dlpack(Handed(library.calls.dlpack_own()))
    assert first.tolist() == [[0, 1, 2], [3, 4, 5]]
    first[1, 2] = 7
    assert second[1, 2] == 7


def test_a_tensor_of_torch_is_saved_where_it_lies(library, tmp_path):
    tensor = torch.randn(5, 7).t()
    library.call("dlpack_save", tensor, os.fsencode(tmp_path / "w.pt"))
    assert torch.equal(torch.load(tmp_path / "w.pt", weights_only=True)["weight"], tensor)


def test_a_file_is_loaded_into_the_memory_of_torch(library, tmp_path):
    stored = torch.randn(5, 7)
    torch.save({"weight": stored}, tmp_path / "w.pt")
    tensor = torch.zeros(5, 7)
    library.call("dlpack_load", tensor, os.fsencode(tmp_path / "w.pt"))
    assert torch.equal(tensor, stored)


def test_what_it_can_not_be_loaded_into_is_an_error(library, tmp_path):
    torch.save({"weight": torch.randn(3)}, tmp_path / "w.pt")
    array = numpy.zeros(3, numpy.float32)
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        library.call("dlpack_load", array, os.fsencode(tmp_path / "w.pt"))
    with pytest.raises(ValueError, match="float64"):
        library.call("dlpack_load", torch.zeros(3, dtype=torch.float64),
                     os.fsencode(tmp_path / "w.pt"))
