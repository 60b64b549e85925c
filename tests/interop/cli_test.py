# SPDX-License-Identifier: Apache-2.0
"""The command line's contract: exit status, errors, ls, verify, diff."""

import hashlib
import math
import subprocess
import zipfile

import pytest
import torch

SAMPLE = {"model": {"fc.weight": torch.arange(6.0).view(2, 3), "fc.bias": torch.zeros(2)}, "epoch": 3,
          "losses": [0.5, 0.25], "note": "a\x1b[31m red one"}


@pytest.fixture
def sample(tmp_path):
    torch.save(SAMPLE, tmp_path / "sample.pt")
    return tmp_path / "sample.pt"


def damage(path, record, offset=0):
    """Flips a bit of a stored record."""
    with zipfile.ZipFile(path) as archive:
        at = next(each for each in archive.infolist() if each.filename.endswith(record))
    data = bytearray(path.read_bytes())
    start = at.header_offset + 30 + int.from_bytes(data[at.header_offset + 26:at.header_offset + 28], "little")
    start += int.from_bytes(data[at.header_offset + 28:at.header_offset + 30], "little")
    data[start + offset] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("arguments", [[], ["ls"], ["frobnicate"], ["ls", "--digest", "x.pt"], ["ls", "a", "b"],
                                       ["convert", "x.pt"], ["convert", "x.pt", "y.pt", "--to", "gif"],
                                       ["convert", "x.pt", "y.pt", "--rename", "nothing"],
                                       ["convert", "x.pt", "y.pt", "--rename", "(=x"],
                                       ["convert", "x.pt", "y.pt", "--only", "("],
                                       ["convert", "x.pt", "y.pt", "--cast", "int8"],
                                       ["ls", "--record", "one", "x.ingot"], ["ls", "--record", "-1", "x.ingot"],
                                       ["diff", "x.pt"],
                                       ["diff", "x.pt", "y.pt", "--rtol", "-1"]])
def test_wrong_usage_is_2(tool, arguments):
    error = tool.run(*arguments, status=2).stderr
    assert error.startswith("error: ")


@pytest.mark.parametrize("arguments, expected", [
    (["lss", "x.pt"], 'unknown command "lss", expected ls, convert, verify or diff; did you mean "ls"?'),
    (["frobnicate"], 'unknown command "frobnicate", expected ls, convert, verify or diff'),
    (["ls", ""], "FILE: expected a file's name, found an empty one"),
    (["convert", "x.pt", ""], "OUT: expected a file's name, found an empty one"),
    (["diff", "x.pt", "y.pt", "--rtol", "abc"], '--rtol: expected a number that isn\'t negative, found "abc"'),
    (["diff", "x.pt", "y.pt", "--atol", "nan"], '--atol: expected a number that isn\'t negative, found "nan"'),
    (["diff", "x.pt", "y.pt", "--atol", "-1"], '--atol: expected a number that isn\'t negative, found "-1"'),
    (["ls", "--record", "-1", "x.pt"], '--record: expected the number of a record, counted from 0, found "-1"'),
    (["convert", "x.pt", "y.pt", "--cast", "torch.int8"], "--cast: expected float64, float32, float16, bfloat16, "),
    (["convert", "x.pt", "y.safetensor"],
     "OUT: expected .npz, .npy, .safetensors, .ingot, .pt, .pth, .tar, .bin, .ckpt, or no suffix, which is PyTorch's "
     'format, found "y.safetensor"; did you mean .safetensors?; --to names a format for any path'),
    (["convert", "x.pt", "y.json"],
     "OUT: expected .npz, .npy, .safetensors, .ingot, .pt, .pth, .tar, .bin, .ckpt, or no suffix, which is PyTorch's "
     'format, found "y.json"; a model in shards is written to model.safetensors.index.json; --to names'),
    (["convert", "x.pt", "y.pt", "--to", "gif"],
     '--to: expected npz, npy, mapped (safetensors), binary (ingot) or zip (torch-zip), found "gif"')])
def test_wrong_usage_says_what_is_expected(tool, arguments, expected):
    error = tool.run(*arguments, status=2).stderr
    assert error.startswith(f"error: {expected}") and error.endswith("; ingot --help tells the usage\n")


@pytest.mark.parametrize("arguments", [["--help"], ["ls", "--help"], ["convert", "--help"]])
def test_help(tool, arguments):
    assert "Usage: " in tool.out(*arguments)


def test_a_missing_file_is_1_and_named(tool, tmp_path):
    error = tool.run("ls", tmp_path / "none.pt", status=1).stderr
    assert error.startswith(f"error: {tmp_path / 'none.pt'}: ") and error.count("\n") == 1


def test_ls_prints_a_table(tool, sample):
    lines = [line.split() for line in tool.out("ls", sample).splitlines()]
    assert ["model.fc.weight", "float32", "[2,", "3]", "24", "B"] in lines
    assert ["epoch", "int", "3"] in lines and ["losses.1", "float", "0.25"] in lines
    assert ["2", "tensors,", "8", "elements,", "32", "B", "in", "2", "storages"] in lines
    assert ["format:", "torch-zip"] in lines


def test_ls_gives_a_terminal_no_control_characters(tool, sample):
    assert "\x1b" not in tool.out("ls", sample)


def test_the_json_document(tool, sample):
    document = tool.document(sample)
    assert list(document) == ["format", "metadata", "root"]
    assert (document["format"], document["metadata"]) == ("torch-zip", {})
    weight = document["root"]["items"][0][1]["items"][0][1]
    assert list(weight) == ["t", "dtype", "layout", "shape", "stride", "requires_grad", "device", "alias", "nbytes",
                            "sha256"]
    assert "sha256" not in str(tool.document(sample, digest=False))


def test_a_tree_as_deep_as_it_likes(tool, tmp_path):
    """Built by hand: Python's own pickler recurses."""
    torch.save(torch.zeros(1), tmp_path / "plain.pt")
    depth = 50_000
    pickle = b"\x80\x02" + b"]" * depth + b"a" * (depth - 1) + b"."
    with zipfile.ZipFile(tmp_path / "deep.pt", "w") as archive:
        archive.writestr("archive/data.pkl", pickle)
        archive.writestr("archive/version", "3\n")
    assert tool.out("ls", "--json", tmp_path / "deep.pt").count('"list"') == depth
    tool.run("ls", tmp_path / "deep.pt")
    tool.run("diff", tmp_path / "deep.pt", tmp_path / "deep.pt")
    tool.run("convert", tmp_path / "deep.pt", tmp_path / "again.pt")


def test_a_tree_that_shares_itself_to_death_is_refused(tool, tmp_path):
    levels = 41
    pickle = b"\x80\x02]q\x00" + b"".join(
        b"]q" + bytes([i]) + b"(h" + bytes([i - 1]) + b"h" + bytes([i - 1]) + b"e" for i in range(1, levels)) + b"."
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w") as archive:
        archive.writestr("archive/data.pkl", pickle)
        archive.writestr("archive/version", "3\n")
    for arguments in (["ls"], ["ls", "--json"]):
        error = tool.run(*arguments, tmp_path / "bomb.pt", status=1, timeout=5).stderr
        assert "shared" in error and error.count("\n") == 1
    tool.run("diff", tmp_path / "bomb.pt", tmp_path / "bomb.pt", timeout=5)


def test_an_expanded_tensor_isnt_written_out(tool, tmp_path):
    path = tmp_path / "wide.pt"
    torch.save(torch.zeros(1).expand(2**40), path)
    assert tool.document(path, digest=False)["root"]["shape"] == [2**40]
    error = tool.run("ls", "--json", "--digest", path, status=1, timeout=5).stderr
    assert error.startswith("error: ") and ".contiguous()" in error


def test_a_mask_that_was_expanded_is_read(tool, tmp_path):
    path = tmp_path / "mask.pt"
    torch.save(torch.tensor([True, False]).expand(2048, 1024, 2), path)
    digest = hashlib.sha256(bytes([1, 0]) * 2**21).hexdigest()
    assert tool.document(path)["root"]["sha256"] == digest


def test_verify_says_what_it_checked(tool, sample):
    out = tool.out("verify", sample)
    assert "checked by CRC-32" in out and "no checksum" not in out


@pytest.mark.parametrize("record, names", [("data/0", ["data/0", "model.fc.weight"]), ("data.pkl", ["data.pkl"]),
                                           ("serialization_id", ["serialization_id"])])
def test_verify_names_what_is_damaged(tool, sample, record, names):
    damage(sample, record)
    error = tool.run("verify", sample, status=1).stderr
    assert error.startswith(f"error: {sample}") and all(name in error for name in names), error


def test_digests_convert_and_diff_notice_damage(tool, sample, tmp_path):
    (tmp_path / "whole.pt").write_bytes(sample.read_bytes())
    damage(sample, "data/0", 5)
    assert "data/0" in tool.run("ls", "--json", "--digest", sample, status=1).stderr
    assert "data/0" in tool.run("diff", tmp_path / "whole.pt", sample, status=1).stderr
    for options in ([], ["--cast", "float64"]):
        assert "data/0" in tool.run("convert", sample, tmp_path / "new.pt", *options, status=1).stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["sample.pt", "whole.pt"]


@pytest.fixture
def log(tool, tmp_path):
    """Two records in one file, as training appends them to a log."""
    path = tmp_path / "log.ingot"
    with open(path, "wb") as out:
        for epoch in range(2):
            torch.save({"epoch": epoch, "w": torch.full((3,), float(epoch))}, tmp_path / "one.pt")
            tool.run("convert", tmp_path / "one.pt", tmp_path / "one.ingot")
            out.write((tmp_path / "one.ingot").read_bytes())
    return path


def test_a_record_of_a_log_is_listed_verified_and_converted(tool, log, tmp_path):
    assert ["epoch", "int", "1"] in [line.split() for line in tool.out("ls", "--record", "1", log).splitlines()]
    assert "1 storage checked by CRC-32" in tool.out("verify", "--record", "0", log)
    tool.run("convert", "--record", "1", log, tmp_path / "last.pt")
    last = torch.load(tmp_path / "last.pt")
    assert last["epoch"] == 1 and last["w"].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("command", ["ls", "verify", "convert", "diff"])
def test_a_log_without_a_record_is_told_the_option(tool, log, tmp_path, command):
    others = {"convert": [tmp_path / "out.pt"], "diff": [log]}.get(command, [])
    error = tool.run(command, log, *others, status=1).stderr
    assert "expected one record and the end of the file" in error and "ingot::" not in error
    assert error.endswith("; --record N of ls, verify and convert opens one of several, counted from 0\n")


def test_a_record_that_there_is_not_is_1(tool, log, sample):
    for command in (["ls"], ["verify"]):
        assert "found 2 in all" in tool.run(*command, "--record", "2", log, status=1).stderr
        assert "expected a file of the format ingot" in tool.run(*command, "--record", "0", sample, status=1).stderr


def test_damage_to_a_log_names_the_tensor(tool, log):
    data = bytearray(log.read_bytes())
    data[data.rindex(torch.full((3,), 1.0).numpy().tobytes())] ^= 1
    log.write_bytes(data)
    tool.run("verify", "--record", "0", log)
    assert "(tensor w): expected bytes with the CRC-32" in tool.run("verify", "--record", "1", log, status=1).stderr


@pytest.mark.parametrize("name, expected", [("zip", "torch-zip"), ("torch-zip", "torch-zip"),
                                            ("mapped", "safetensors"), ("safetensors", "safetensors"),
                                            ("binary", "ingot"), ("ingot", "ingot"), ("npz", "npz")])
def test_to_takes_the_names_of_the_formats_and_the_short_ones(tool, tmp_path, name, expected):
    torch.save({"w": torch.zeros(2)}, tmp_path / "in.pt")
    tool.run("convert", tmp_path / "in.pt", tmp_path / "out", "--to", name)
    assert tool.document(tmp_path / "out")["format"] == expected


def saved(value, path):
    torch.save(value, path)
    return path


def differences(tool, a, b, *options):
    return dict(line.split(": ", 1) for line in tool.out("diff", a, b, *options, status=1).splitlines())


def test_diff_of_equal_files(tool, sample, tmp_path):
    again = {**SAMPLE, "model": torch.nn.Module().state_dict()}
    again["model"].update(reversed(SAMPLE["model"].items()))
    again["model"]["fc.weight"] = torch.arange(6.0).view(3, 2).reshape(2, 3).t().contiguous().t()
    assert tool.out("diff", sample, saved(again, tmp_path / "again.pt")) == ""


def test_diff_tells_what_differs(tool, tmp_path):
    nan = math.nan
    a = saved({"same": torch.tensor([1.0, nan]), "x": torch.tensor([1.0, 2.0, nan]), "shape": torch.zeros(2),
               "type": torch.zeros(2), "only": 1, "n": 3, "list": [1, 2], "nan": nan, "big": 2**62,
               "wide": torch.tensor([2**62])}, tmp_path / "a.pt")
    b = saved({"same": torch.tensor([1.0, nan]), "x": torch.tensor([1.0, 2.5, 0.0]), "shape": torch.zeros(3),
               "type": torch.zeros(2).int(), "n": 4, "list": [1], "nan": nan, "more": 0, "big": 2**62 + 1,
               "wide": torch.tensor([2**62 + 1])}, tmp_path / "b.pt")
    assert differences(tool, a, b) == {
        "x": "2 of 3 elements differ, max abs nan, max rel nan", "shape": "shape [2] and [3]",
        "type": "dtype float32 and int32; as float64 0 of 2 elements differ", "only": f"only in {a}",
        "more": f"only in {b}", "n": "int 3 and int 4", "list": "2 and 1 elements",
        "big": f"int {2**62} and int {2**62 + 1}", "wide": "1 of 1 elements differ, max abs 0, max rel 0"}


def test_diff_across_dtypes_compares_the_numbers(tool, tmp_path):
    x = torch.tensor([1.0, 0.1, math.nan, -2.5])
    a = saved({"half": x, "int": torch.arange(3), "complex": x[:1], "shape": x}, tmp_path / "a.pt")
    b = saved({"half": x.half(), "int": torch.tensor([0.0, 1.0, 2.5]), "complex": x[:1] + 0j, "shape": x[:2].half()},
              tmp_path / "b.pt")
    gap = abs(x.double() - x.half().double())[1].item()
    assert differences(tool, a, b) == {
        "half": "dtype float32 and float16; as float64 1 of 4 elements differ, "
                f"max abs {gap:.6g}, max rel {gap / x.half()[1].item():.6g}",
        "int": "dtype int64 and float32; as float64 1 of 3 elements differ, max abs 0.5, max rel 0.2",
        "complex": "dtype float32 and complex64", "shape": "dtype float32 and float16"}
    found = differences(tool, a, b, "--rtol", "1e-2")
    assert found["half"] == "dtype float32 and float16; as float64 0 of 4 elements differ"


def test_diff_across_dtypes_reads_all_of_large_tensors(tool, tmp_path):
    """Their pieces are of one number of elements, not of bytes."""
    x = torch.arange(1_000_000.0).remainder(97)
    a, b = saved({"x": x.double()}, tmp_path / "a.pt"), saved({"x": x.half()}, tmp_path / "b.pt")
    for one, other in ((a, b), (b, a)):
        assert differences(tool, one, other)["x"].endswith("; as float64 0 of 1,000,000 elements differ")


def test_diff_describes_shortly_what_is_of_another_kind(tool, tmp_path):
    a = saved({"x": torch.zeros(2, 3), "long": "a" * 300 + "x", "none": None, "big": 2**70, "many": [1]},
              tmp_path / "a.pt")
    b = saved({"x": 3, "long": "a" * 300 + "y", "none": True, "big": 2**71, "many": {"a": 1, "b": 2}},
              tmp_path / "b.pt")
    assert differences(tool, a, b) == {
        "x": "tensor float32 [2, 3] and int 3", "long": f'str "{"a" * 40}..." and another',
        "none": "none and bool True",
        "big": f"int {2**70} and int {2**71}", "many": "list of 1 item and dict of 2 items"}


@pytest.mark.parametrize("damaged", ["missing", "empty", "bytes"])
def test_diff_that_is_refused_says_nothing_of_differences(tool, sample, tmp_path, damaged):
    """1 is also the status of files that differ."""
    other = saved({"model": {"fc.weight": torch.zeros(9)}, **SAMPLE}, tmp_path / "other.pt")
    if damaged == "missing":
        other.unlink()
    elif damaged == "empty":
        other.write_bytes(b"")
    else:
        saved({**SAMPLE, "epoch": 4, "model": {"fc.weight": torch.ones(2, 3), "fc.bias": torch.ones(2)}}, other)
        damage(other, "data/1")
    done = tool.run("diff", sample, other, status=1)
    assert done.stderr.startswith("error: ") and str(other) in done.stderr and done.stdout == ""


def test_diff_with_tolerance(tool, tmp_path):
    a = saved({"x": torch.tensor([1.0, 100.0]), "lr": 0.1, "c": torch.tensor([1 + 1j])}, tmp_path / "a.pt")
    b = saved({"x": torch.tensor([1.001, 100.1]), "lr": 0.10001, "c": torch.tensor([1 + 1.001j])},
              tmp_path / "b.pt")
    assert "x: 2 of 2 elements differ, max abs 0.0999985, max rel 0.000999" in tool.out("diff", a, b, status=1)
    tool.run("diff", a, b, "--rtol", "0.01")
    assert tool.out("diff", a, b, "--atol", "0.01", status=1).startswith("x: 1 of 2")


def test_output_that_nobody_takes_is_an_error(tool, sample):
    with open("/dev/full", "w") as full:
        done = subprocess.run([tool.path, "ls", sample], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and done.stderr.startswith("error: ")
