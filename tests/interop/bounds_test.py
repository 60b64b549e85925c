# SPDX-License-Identifier: Apache-2.0
"""Hostile files against the process: little memory, little time, one line of error."""

import resource
import struct
import subprocess
import zipfile

import pytest
import torch

import native_record

MEMORY = 2**30
SECONDS = 5  # of processor time, of a debug build

LONG = 500_000  # bytes of a text that two bytes then refer to
REFUSED = "in proportion to the file"


def text(characters):
    return b"X" + struct.pack("<I", len(characters)) + characters


def integer(number):
    return b"\x8a\x08" + struct.pack("<q", number)


LONG_TEXT = text(b"n" * LONG) + b"q\x01"
LONG_GLOBAL = b"cm\n" + b"n" * LONG + b"\nq\x01"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\nq\x02"
FROM_TYPE = b"ctorch._tensor\n_rebuild_from_type_v2\nq\x03ctorch\nTensor\nq\x04"


def storage(location=b"cpu"):
    return b"(" + text(b"storage") + b"ctorch\nFloatStorage\n" + text(b"0") + text(location) + b"K\x01tQ"


def tensor(size, stride):
    return REBUILD + b"(" + storage() + b"K\x00" + integer(size) + b"\x85K" + bytes([stride]) + b"\x85\x89NtR."


def often(opcodes, before=b"", count=100_000):
    return b"(" + before + b"(" + opcodes * count + b"tt."


# A pickle, and what the refusal says; None where it is read.
HOSTILE = {
    "2^62 elements over one": (tensor(2**62, 0), None),
    "2^62 elements beyond one": (tensor(2**62, 1), "past its end"),
    "a memo of 2^32": (b"]r\xff\xff\xff\xffj\xff\xff\xff\xff\x86.", None),
    "a text of 4 GiB": (b"X\xff\xff\xff\xffshort.", "to the end"),
    "bytes of 2^64": (b"\x8e" + b"\xff" * 8 + b"short.", "to the end"),
    "lists in lists": (b"]" * 100_000 + b"a" * 99_999 + b".", None),
    "tuples in tuples": (b")" + b"\x85" * 100_000 + b".", None),
    "2^40 leaves": (b")" + b"2\x86" * 40 + b".", "shared"),
    "bytes copied over and over": (often(b"h\x02h\x01\x85R", b"B" + struct.pack("<I", LONG) + b"x" * LONG + b"q\x01"
                                         b"cbuiltins\nbytes\nq\x02"), REFUSED),
    "objects of a class with a long name": (often(b"h\x01)\x81", LONG_GLOBAL), REFUSED),
    "a long class over and over": (often(b"h\x01", LONG_GLOBAL), REFUSED),
    "a long global looked up over and over": (often(b"h\x01h\x01\x93", LONG_TEXT), REFUSED),
    "one long key over and over": (b"(" + LONG_TEXT + b"}(" + b"h\x01N" * 100_000 + b"ut.", REFUSED),
    "a key of many long texts": (b"(" + LONG_TEXT + b"}((" + b"h\x01" * 100_000 + b"tNut.", REFUSED),
    "a long location": (often(b"h\x02h\x01R", REBUILD + b"(" + storage(b"l" * LONG) + b"K\x00))\x89Ntq\x01"),
                        "location"),
    "a long device over and over": (often(b"h\x02h\x05R", LONG_TEXT + b"ctorch\ndevice\nq\x02h\x01\x85q\x05"), REFUSED),
    "large metadata over and over": (often(b"h\x02h\x01R", b"}(" + (text(b"k") + b"N") * 50_000 + b"uq\x05" + REBUILD +
                                           b"(" + storage() + b"K\x00))\x89Nh\x05tq\x01"), REFUSED),
    "a nested call over and over": (often(b"h\x03h\x05R", FROM_TYPE + REBUILD + b"(" + storage() + b"K\x00))\x89Ntq\x06"
                                          b"(h\x02h\x04h\x06Ntq\x05" + b"(h\x03h\x04h\x05Ntq\x05" * 30_000), REFUSED),
    "an int of a million bytes": (b"\x8b" + struct.pack("<I", 10**6) + b"\x7f" * 10**6 + b".", "1024 bytes"),
    "names as long as the tree is deep": (b"](K\x00" * 30_000 + b"e" * 30_000 + b".", "names"),
    "many names below a long key": (b"}" + text(b"k" * LONG) + b"](" + b"N" * 30_000 + b"es.", "names"),
}



def lists_of_two(depth):
    """Each holds the one before twice: as it is, and by a reference."""
    nodes = b"\x4a\0"
    for _ in range(depth):
        before = len(nodes) - 2
        nodes += b"\x17" + native_record.number(before) + b"\x4a\2"
    return nodes


FLOATS = [b"float32"], [bytes(4)]
NUMBER = native_record.number

# A record of our own stream, and what the refusal says; None where it is read.
HOSTILE_RECORDS = {
    "lists in lists": (native_record.record(b"\0" + b"\x0a\1" * 100_000), None),
    "a list of many empty lists": (native_record.record(b"\x0a\0" * 100_000 + b"\x0a" + NUMBER(100_000)), None),
    "2^40 leaves": (native_record.record(lists_of_two(40)), "shared"),
    "a long text over and over": (native_record.record(b"\x47" + native_record.octets(b"n" * LONG) + b"\x17\0" * 100_000 +
                                                       b"\x0a" + NUMBER(100_001)), "shared"),
    "2^62 elements over one": (native_record.record(b"\x13\1\0\1" + NUMBER(2**62) + b"\0\0", *FLOATS), None),
    "2^62 elements beyond one": (native_record.record(b"\x13\1\0\1" + NUMBER(2**62) + b"\1\0", *FLOATS), "inside of a storage"),
    "a rank of 2^60": (native_record.record(b"\x13\0\0" + NUMBER(2**60), *FLOATS), "extents"),
    "objects of a class with a long name": (native_record.record(b"\x15\0\0" * 100_000 + b"\x0a" + NUMBER(100_000),
                                                                 [b"n" * 256]), None),
    "a class with a longer name": (native_record.record(b"\x15\0\0", [b"n" * 257]), "256 bytes"),
    "an int of a million bytes": (native_record.record(b"\4" + native_record.octets(b"\x7f" * 10**6)), "1024 bytes"),
}


# What unpacks to much more than there is in the file.
DEFLATED = {
    "archive/data.pkl": b"](" + b"]" * 10**8 + b"e.",
    "archive/version": b"3\n" + b" " * 10**8,
    "archive/byteorder": b"little" + b" " * 10**8,
}


def archive(path, records):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in {"archive/data.pkl": b"N.", "archive/version": b"3\n", "archive/data/0": bytes(4),
                              **records}.items():
            large = len(content) > 10**7
            out.writestr(name, content, zipfile.ZIP_DEFLATED if large else zipfile.ZIP_STORED, 9)
    return path


@pytest.fixture
def bounded(tool):
    """Runs the tool with little memory and time; its exit status and standard error."""

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    def run(*arguments):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([tool.path, *map(str, arguments)], preexec_fn=limit, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < SECONDS
        assert done.returncode in (0, 1), f"{arguments} ended with {done.returncode}"
        assert "not enough memory" not in done.stderr
        return done.returncode, done.stderr

    return run


@pytest.mark.parametrize("pickle, said", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pickle_costs_little(bounded, tmp_path, pickle, said):
    path = archive(tmp_path / "hostile.pt", {"archive/data.pkl": pickle})
    for command in ("verify", "ls"):
        status, error = bounded(command, path)
        if said is None:
            assert (status, error) == (0, "")
        else:
            assert status == 1 and said in error and error.count("\n") == 1, error
    bounded("ls", "--json", path)


@pytest.mark.parametrize("record, said", HOSTILE_RECORDS.values(), ids=HOSTILE_RECORDS)
def test_a_hostile_record_of_our_stream_costs_little(bounded, tmp_path, record, said):
    path = tmp_path / "hostile.ingot"
    path.write_bytes(record)
    for command in ("verify", "ls"):
        status, error = bounded(command, path)
        if said is None:
            assert (status, error) == (0, "")
        elif status == 0:
            assert (command, said) == ("verify", "shared")  # which doesn't write the tree out
        else:
            assert said in error and error.count("\n") == 1, error
    bounded("ls", "--json", path)


@pytest.mark.parametrize("record", DEFLATED)
def test_a_record_that_unpacks_to_much_more_is_refused(bounded, tmp_path, record):
    path = archive(tmp_path / "bomb.pt", {record: DEFLATED[record]})
    assert path.stat().st_size < 200_000
    status, error = bounded("ls", path)
    assert status == 1 and record.removeprefix("archive/") in error, error


@pytest.mark.parametrize("arguments", ["ls --json --digest it", "diff it other", "convert it to.npz",
                                       "convert it to.safetensors"])
@pytest.mark.parametrize("one_each", [True, False])
def test_many_expanded_tensors_are_refused(bounded, tmp_path, monkeypatch, arguments, one_each):
    if one_each:
        masks = {f"mask{i}": torch.full((1,), 3, dtype=torch.int8).expand(2**25) for i in range(500)}
    else:
        one = torch.zeros(2**16, dtype=torch.int8)
        masks = {f"mask{i}": one[i:i + 1].expand(2**16) for i in range(2000)}
    torch.save(masks, tmp_path / "it")
    torch.save(masks | {"other": 1}, tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    status, error = bounded(*arguments.split())
    assert status == 1 and "expected at most 64 MiB" in error and "with the tensors before it" in error, error
