# SPDX-License-Identifier: Apache-2.0
"""numpy's files that are no arrays of numbers, say the same in other words, or are damaged: numpy is the judge."""

import io
import random
import struct

import numpy as np
import pytest

import tree
from arrays import as_numpy_writes, numbers, read_each


def header(text, version=(1, 0), size=None):
    """What stands before the elements, with a header of any text."""
    text = text if isinstance(text, bytes) else text.encode()
    size = len(text) if size is None else size
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version[0] == 1 else "<I", size) + text


FOREIGN = {
    "bfloat16": (np.zeros(2, "u2").view("V2"), "bfloat16"),
    "bytes": (np.zeros(2, "V8"), "raw bytes"),
    "objects": (np.array([{}, 1], dtype=object), "pickled Python objects"),
    "structure": (np.zeros(2, [("a", "f4"), ("b", "i4")]), "a structure"),
    "str": (np.array(["a", "bc"]), "texts"),
    "ascii": (np.array([b"a", b"bc"]), "texts"),
    "dates": (np.array(["2020-01-01"], "M8[D]"), "dates or time spans"),
    "spans": (np.array([1, 2], "m8[s]"), "dates or time spans"),
    "long double": (np.zeros(2, np.longdouble), "long doubles"),
    "long complex": (np.zeros(2, np.clongdouble), "long complexes"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_arrays_that_are_no_numbers_are_refused_by_what_they_are(tool, tmp_path, name):
    array, what = FOREIGN[name]
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "a.npz", good=np.arange(2), bad=array)
    for path, where in ((tmp_path / "a.npy", "a.npy"), (tmp_path / "a.npz", "bad.npy")):
        message = tool.run("ls", path, status=1).stderr
        assert what in message and where in message and "in Python: " in message or what == "texts"


# What numpy takes and Ingot refuses: other ways that Python has to write the same literal. Ingot takes nothing that
# numpy refuses.
REFUSED_THOUGH_NUMPY_READS = {
    "a dtype by another name": ["'float32'", "'d'", "'<d'", "'?'", "'<f04'"],
    "another literal of a str": ["u'<f4'", "r'<f4'", "'<f' '4'", "'''<f4'''", r"'<\x664'", "('<f4')"],
    "another literal of an int": ["(0x2,)", "(+2,)", "(-0,)", "(00,)", "(2 L,)", "((2),)"],
    "another literal of a bool": ["(True)"],
    "comments and joined lines": ["(2#\n,)", "(2\\\n,)"],
}


def in_header(literal):
    """A header with the literal in the place where it fits."""
    key = "descr" if "f" in literal or "'" in literal else "fortran_order" if "True" in literal else "shape"
    parts = {"descr": "'<f4'", "fortran_order": "False", "shape": "(2,)"} | {key: literal}
    return "{" + ", ".join(f"'{name}': {part}" for name, part in parts.items()) + "}\n"


def numpy_tree(content):
    """The tree of what np.load makes of a file's bytes, or why it refuses them."""
    try:
        array = np.load(io.BytesIO(content))
        array = dict(array) if isinstance(array, np.lib.npyio.NpzFile) else array
        return tree.python_tree(array)
    except Exception as failure:  # it has no one error for what it refuses
        return f"refused: {failure!r}"


def refused(found):
    return isinstance(found, str)


@pytest.mark.filterwarnings("ignore")
def test_every_listed_difference_from_numpy_is_one(driver, tmp_path):
    literals = [each for group in REFUSED_THOUGH_NUMPY_READS.values() for each in group]
    texts = [in_header(literal) for literal in literals]
    whole = in_header("'<f4'")
    texts += [f"\n{whole}", f"({whole.strip()})\n", whole.replace("}", ", 'shape': (2,)}"), f"{whole}#\n"]
    check_verdicts(driver, tmp_path, [header(text) + bytes(64) for text in texts], ours=lambda found: refused(found),
                   theirs=lambda found: not refused(found))


def check_verdicts(driver, tmp_path, contents, ours, theirs):
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    for content, found in zip(contents, read_each(driver, [tmp_path / str(each) for each in range(len(contents))])):
        assert ours(found), (content, found)
        assert theirs(numpy_tree(content)), (content, numpy_tree(content))


TOKENS = ["'", '"', "{", "}", "(", ")", "[", "]", ",", ":", " ", "\n", "\t", "\f", "L", "0", "1", "-", "9" * 19, "True",
          "False", "None", "'shape'", "'descr'", "'fortran_order'", "'<f4'", "'>i2'", "'|b1'", "'<V2'", "'|O'", "#",
          "\\", "\0", "é", "(2,)", "()", "(0, 9223372036854775807, 4)", "4294967296", "x", ";", "*", "_", ".", "e"]


def mutated(whole, generator):
    """A file with one to three changes in what stands before the elements."""
    content = bytearray(whole)
    for _ in range(generator.choice([1, 1, 1, 2, 3])):
        at = generator.randrange(min(len(content), 128) + 1)
        kind = generator.randrange(4)
        if kind == 0 and at < len(content):
            content[at] ^= 1 << generator.randrange(8)
        elif kind == 1:
            del content[at:at + generator.choice([1, 1, 2, 5])]
        else:
            end = at + (generator.choice([0, 1, 3]) if kind == 2 else 0)
            content[at:end] = generator.choice(TOKENS).encode()
    if generator.random() < 0.8 and content[:6] == whole[:6]:  # most changes would fail at the size
        end = content.find(b"\n") + 1
        if end > 10:
            content[8:10] = struct.pack("<H", end - 10)
    return bytes(content)


def differs_as_listed(content):
    """Whether the header has a mark of those differences in which Ingot is the stricter one."""
    text = content[8:200].decode("latin1")
    marks = ["#", "\\", "+", "x", "_", "0L", "00", "-0", "\n{", "\f{", "'<f04'", "(True)", "(False)"]
    duplicate = any(text.count(f"{key}") > 1 for key in ("descr", "fortran_order", "shape"))
    return duplicate or any(mark in text for mark in marks)


@pytest.mark.filterwarnings("ignore")
def test_mutated_headers_are_taken_and_refused_as_by_numpy(driver, tmp_path):
    generator = random.Random(4)
    seeds = [as_numpy_writes(array) for array in (numbers("<f4", (2, 3)), numbers(">i2", ()), numbers("|u1", (5,)),
                                                  np.asfortranarray(numbers("<f8", (3, 2))))]
    contents = [mutated(generator.choice(seeds), generator) for _ in range(6000)]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    paths = [tmp_path / str(number) for number in range(len(contents))]
    taken = stricter = 0
    for content, found in zip(contents, read_each(driver, paths)):
        expected = numpy_tree(content)
        if refused(found):
            stricter += not refused(expected)
            assert refused(expected) or differs_as_listed(content), (content, found)
        else:
            taken += 1
            assert not refused(expected), (content, expected)
            tree.assert_same(found, expected)
    assert taken > 500 and stricter < 100, (taken, stricter)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_archive_is_refused_or_means_what_numpy_reads(driver, tmp_path, save):
    """numpy sees less: sizes that lie in the directory, headers that differ, are none of its business."""
    whole = io.BytesIO()
    save(whole, a=np.arange(5.0), b=np.array(3), c=np.zeros((0, 2)))
    whole = whole.getvalue()
    generator = random.Random(5)
    contents = []
    for _ in range(1500):
        content = bytearray(whole)
        content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        contents.append(bytes(content))
    contents += [whole[:size] for size in range(0, len(whole), 7)]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    paths = [tmp_path / str(number) for number in range(len(contents))]
    original = numpy_tree(whole)
    for content, found in zip(contents, read_each(driver, paths)):
        if refused(found):
            continue
        tree.assert_same(found, original)
        expected = numpy_tree(content)
        # Python's zipfile wants no member that says it needs a later version of zip than 6.3.
        if "NotImplementedError('zip file version" not in expected:
            tree.assert_same(found, expected)
