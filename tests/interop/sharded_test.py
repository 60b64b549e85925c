# SPDX-License-Identifier: Apache-2.0
"""Models in several files and an index, as huggingface_hub writes and reads them: both ways."""

import json
import os
import pathlib
import random
import subprocess

import huggingface_hub
import pytest
import safetensors.torch
import torch
from huggingface_hub.serialization import _torch as hub

import tree

PATTERNS = {"safetensors": "model{suffix}.safetensors", "bin": "pytorch_model{suffix}.bin"}
INDEXES = {"safetensors": "model.safetensors.index.json", "bin": "pytorch_model.bin.index.json"}
FORMATS = list(PATTERNS)


class Net(torch.nn.Module):
    """Parameters, buffers, layers above nine, a tie and an empty tensor."""

    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(20, 8)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(8, 8, dtype=torch.bfloat16) for _ in range(12))
        self.norm = torch.nn.BatchNorm1d(8)
        self.head = torch.nn.Linear(8, 20, bias=False)
        self.head.weight = self.embed.weight
        self.register_buffer("nothing", torch.zeros(0, 3))


def save_hub(state, folder, form, most):
    huggingface_hub.save_torch_state_dict(dict(state), folder, max_shard_size=most,
                                          safe_serialization=form == "safetensors")


def load_hub(model, folder, form):
    return huggingface_hub.load_torch_model(model, folder, safe=form == "safetensors")


def tensors_of(node):
    """name: what is compared of a tensor: of one in safetensors neither aliases nor flags are left."""
    return {key["v"]: {field: tensor[field] for field in ("dtype", "shape", "sha256")}
            for key, tensor in node["items"]}


def tree_of(state):
    return tensors_of(tree.python_tree({name: tensor.detach() for name, tensor in state.items()}))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("most", [1, 300, 1500])
def test_what_the_hub_writes_is_read(tool, tmp_path, form, most):
    state = Net().state_dict()
    save_hub(state, tmp_path, form, most)
    index = json.loads((tmp_path / INDEXES[form]).read_text())
    document = tool.document(tmp_path / INDEXES[form])
    assert document["format"] == "sharded"
    assert document["metadata"] == {key: str(value) for key, value in index["metadata"].items() if key != "total_size"}
    names = [key["v"] for key, _ in document["root"]["items"]]
    assert names == list(index["weight_map"])
    kept = {name: tensor for name, tensor in state.items() if name in names}
    assert len(kept) >= len(state) - 1
    assert tensors_of(document["root"]) == tree_of(kept)
    assert "fine" in tool.out("verify", tmp_path / INDEXES[form])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("most", [1, 300, 1500, 10**9])
def test_what_is_written_is_read_by_the_hub(driver, tool, tmp_path, form, most):
    model, other = Net(), Net()
    torch.save(model.state_dict(), tmp_path / "model.pt")
    out = tmp_path / "out"
    out.mkdir()
    written = pathlib.Path(driver.out("shard", tmp_path / "model.pt", out / INDEXES[form], most).strip())
    assert written.name == (INDEXES[form] if most < 10**9 else PATTERNS[form].format(suffix=""))
    result = load_hub(other, out, form)
    missing = ["head.weight"] if form == "safetensors" else []
    assert (result.missing_keys, result.unexpected_keys) == (missing, [])
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in model.state_dict().items())
    if form == "safetensors":
        for path in out.glob("*.safetensors"):
            with safetensors.safe_open(path, "pt") as file:
                assert file.metadata()["format"] == "pt"
    shard = sorted(out.glob("*-of-*") if most < 10**9 else out.iterdir())[0]
    assert tensors_of(tool.tree(shard))


def random_state(generator):
    """Tensors of all sizes, some of which share their storage, wholly or in part."""
    state = {}
    count = generator.randrange(1, 40)
    for i in range(count):
        others = list(state.values())
        kind = generator.randrange(6)
        if kind == 0 and others:
            tensor = generator.choice(others)
        elif kind == 1:
            tensor = torch.zeros(generator.choice([(0,), (3, 0), ()]), dtype=torch.int16)
        else:
            size = generator.choice([1, 7, 50, 400])
            tensor = torch.randn(size).to(generator.choice([torch.float32, torch.float16, torch.float64]))
        state[f"{generator.choice(['a', 'é', '😀', 'layer'])}.{i:02}"] = tensor
    return state


@pytest.mark.parametrize("form", FORMATS)
def test_the_split_and_the_index_are_the_hubs_byte_for_byte(driver, tmp_path, form):
    seed = int(os.environ.get("INGOT_SEED", "0")) or random.randrange(2**32)
    print("INGOT_SEED =", seed)
    generator = random.Random(seed)
    compared = 0
    for round in range(60):
        state = random_state(generator)
        most = generator.choice([0, 1, 100, 1000, 3000])
        torch.save(state, tmp_path / "state.pt")
        folder = tmp_path / str(round)
        folder.mkdir()
        driver.run("shard", tmp_path / "state.pt", folder / INDEXES[form], most)
        metadata = {}
        kept = first_of_ties(state, metadata) if form == "safetensors" else state
        split = huggingface_hub.split_torch_state_dict_into_shards(
            kept, filename_pattern=PATTERNS[form], max_shard_size=most)
        index = {"metadata": {**metadata, **split.metadata}, "weight_map": split.tensor_to_filename}
        if split.is_sharded:
            compared += 1
            text = json.dumps(index, indent=2, sort_keys=True) + "\n"
            assert (folder / INDEXES[form]).read_text() == text
        assert {path.name for path in folder.iterdir()} == {
            *split.filename_to_tensors, *([INDEXES[form]] if split.is_sharded else [])}
    assert compared > 20


def first_of_ties(state, metadata):
    """What the hub leaves of a state for safetensors, but with the first of tied names kept."""
    seen, kept = {}, {}
    for name, tensor in state.items():
        key = (tensor.data_ptr(), tensor.dtype, tensor.shape)
        if tensor.numel() and key in seen:
            metadata[name] = seen[key]
        else:
            seen.setdefault(key, name)
            kept[name] = tensor
    return kept


GOOD = "one.safetensors"
NAMES = [GOOD, "o.ne.safetensors", "..safetensors", "one..safetensors", ".hidden.safetensors", "é.safetensors",
         "a b.safetensors", "one.safetensors.safetensors", "", ".", "..", "../one.safetensors", "a/../one.safetensors",
         "..\\one.safetensors", "/one.safetensors", "\\one.safetensors", "//host/share/one.safetensors",
         "\\\\host\\share\\one.safetensors", "C:one.safetensors", "C:\\one.safetensors", "c:/one.safetensors",
         "one.bin", "one.SAFETENSORS", "one.safetensors ", "one.safetensors.bin", "one",
         "model.safetensors.index.json"]
# Names that the hub lets through.
STRICTER_NAMES = ["sub/one.safetensors", "sub\\one.safetensors", "./one.safetensors",
                  "one.safetensors:stream.safetensors"]


def hub_takes(folder):
    try:
        huggingface_hub.load_torch_model(torch.nn.Linear(1, 1), folder)
        return True
    except (ValueError, TypeError, KeyError, AttributeError, OSError):
        return False


def ingot_takes(tool, folder):
    done = subprocess.run([tool.path, "verify", folder / INDEXES["safetensors"]], capture_output=True, text=True)
    assert done.returncode == 0 or (done.returncode == 1 and done.stderr.startswith("error: ")), done.stderr
    return done.returncode == 0


def write_index(folder, text):
    (folder / INDEXES["safetensors"]).write_bytes(text if isinstance(text, bytes) else text.encode())


def place(folder, name):
    """A good shard under that name, as far as it is one of this folder."""
    if name and "\0" not in name and name not in (".", ".."):
        path = folder / name
        if folder in path.resolve().parents:
            path.parent.mkdir(parents=True, exist_ok=True)
            safetensors.torch.save_file({"weight": torch.zeros(1, 1)}, path)


@pytest.mark.parametrize("name", NAMES + STRICTER_NAMES)
def test_names_are_refused_as_the_hub_refuses_them(tool, tmp_path, name):
    folder = tmp_path / "model"
    folder.mkdir()
    place(folder, name)
    write_index(folder, json.dumps({"metadata": {}, "weight_map": {"weight": name}}))
    expected = hub_takes(folder)
    assert ingot_takes(tool, folder) == (expected and name not in STRICTER_NAMES)
    if name in STRICTER_NAMES:
        assert expected


SAME = {
    "plain": '{"weight_map": {"weight": "one.safetensors"}}',
    "empty": '{"weight_map": {}}',
    "no map": "{}",
    "null map": '{"weight_map": null}',
    "list map": '{"weight_map": [["weight", "one.safetensors"]]}',
    "text map": '{"weight_map": "one.safetensors"}',
    "number": '{"weight_map": {"weight": 1}}',
    "null file": '{"weight_map": {"weight": null}}',
    "list file": '{"weight_map": {"weight": ["one.safetensors"]}}',
    "object file": '{"weight_map": {"weight": {}}}',
    "list": "[]",
    "odd metadata": '{"metadata": 3, "weight_map": {"weight": "one.safetensors"}}',
    "more keys": '{"a": [1, {"weight_map": 2}], "weight_map": {"weight": "one.safetensors"}, "z": null}',
    "spaces": ' \n\t\r{ "weight_map" : { "weight" : "one.safetensors" } } \n',
    "escapes": '{"\\u0077eight_map": {"w\\u0065ight": "one\\u002esafetensors"}}',
    "trailing": '{"weight_map": {"weight": "one.safetensors"}} x',
    "comma": '{"weight_map": {"weight": "one.safetensors",}}',
    "cut": '{"weight_map": {"weight": "one.safetensors"}',
    "comment": '{"weight_map": {"weight": "one.safetensors"}} // x',
    "quotes": "{'weight_map': {'weight': 'one.safetensors'}}",
    "control": '{"weight_map": {"weight\n": "one.safetensors"}}',
    "latin1": b'{"weight_map": {"w\xe9": "one.safetensors"}}',
    "nul": '{"weight_map": {"weight": "one.safetensors"}}\0',
    "bom": b'\xef\xbb\xbf{"weight_map": {"weight": "one.safetensors"}}',
    "missing": '{"weight_map": {"weight": "two.safetensors"}}',
    "nothing": "",
    "total": '{"metadata": {"total_size": -1.5e3}, "weight_map": {"weight": "one.safetensors"}}',
}
# What the hub takes, and why Ingot doesn't: docs/formats.md has the list.
STRICTER = {
    "duplicate": '{"weight_map": {"weight": "two.safetensors", "weight": "one.safetensors"}}',
    "two maps": '{"weight_map": {"weight": "two.safetensors"}, "weight_map": {"weight": "one.safetensors"}}',
    "not there": '{"weight_map": {"weight": "one.safetensors", "bias": "one.safetensors"}}',
    "two files": '{"weight_map": {"weight": "one.safetensors", "bias": "both.safetensors"}}',
    "nan": '{"metadata": {"total_size": NaN}, "weight_map": {"weight": "one.safetensors"}}',
    "surrogate": '{"metadata": {"a": "\\ud800"}, "weight_map": {"weight": "one.safetensors"}}',
    "deep": '{"a": ' + "[" * 200 + "]" * 200 + ', "weight_map": {"weight": "one.safetensors"}}',
    "large number": '{"a": 1e999, "weight_map": {"weight": "one.safetensors"}}',
}


@pytest.mark.parametrize("case", [*SAME, *STRICTER])
def test_indexes_are_refused_as_the_hub_refuses_them(tool, tmp_path, case):
    safetensors.torch.save_file({"weight": torch.zeros(1, 1)}, tmp_path / GOOD)
    safetensors.torch.save_file({"weight": torch.zeros(1, 1), "bias": torch.zeros(1)}, tmp_path / "both.safetensors")
    write_index(tmp_path, SAME.get(case) or STRICTER.get(case) or "")
    expected = hub_takes(tmp_path)
    assert ingot_takes(tool, tmp_path) == (expected and case not in STRICTER)
    if case in STRICTER:
        assert expected


def test_an_index_larger_than_the_hub_takes_is_read(tool, tmp_path):
    safetensors.torch.save_file({"weight": torch.zeros(1, 1)}, tmp_path / GOOD)
    write_index(tmp_path, '{"weight_map": {"weight": "one.safetensors"}}' + " " * hub.MAX_INDEX_FILE_SIZE)
    assert not hub_takes(tmp_path) and ingot_takes(tool, tmp_path)


def test_verify_names_what_the_index_leaves_out(tool, tmp_path):
    safetensors.torch.save_file({"weight": torch.zeros(1, 1), "extra": torch.zeros(3)}, tmp_path / GOOD)
    write_index(tmp_path, '{"weight_map": {"weight": "one.safetensors"}}')
    assert "not in the index: one.safetensors: extra" in tool.out("verify", tmp_path / INDEXES["safetensors"])


@pytest.mark.parametrize("form", FORMATS)
def test_convert_writes_shards_and_reads_them(tool, tmp_path, form):
    model, other = Net(), Net()
    torch.save({"model": model.state_dict(), "epoch": 3}, tmp_path / "checkpoint.pt")
    out = tmp_path / "out"
    out.mkdir()
    index = out / INDEXES[form]
    arguments = ["convert", tmp_path / "checkpoint.pt", index, "--only", "^model", "--rename", "^model\\.=",
                 "--max-shard-size", "1KB"]
    assert tool.run(*arguments).stderr == ""
    assert len(list(out.glob("*-of-*"))) > 2
    assert load_hub(other, out, form).unexpected_keys == []
    assert torch.equal(model.layers[11].weight, other.layers[11].weight)
    tool.run("convert", index, tmp_path / "again.pt")
    again = torch.load(tmp_path / "again.pt")
    assert torch.equal(again["layers.11.weight"], model.layers[11].weight)


def contents_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("form", FORMATS)
def test_convert_removes_no_file_that_no_index_lists(tool, tmp_path, form):
    save_hub(Net().state_dict(), tmp_path, form, 1500)
    index = tmp_path / INDEXES[form]
    index.unlink()
    before = contents_of(tmp_path)
    one = tmp_path / PATTERNS[form].format(suffix="")
    tool.run("convert", tmp_path / min(before), index)
    assert contents_of(tmp_path).keys() == {*before, one.name}
    one.unlink()
    tool.run("convert", tmp_path / min(before), index, "--max-shard-size", "1")
    assert index.exists() and before.items() <= contents_of(tmp_path).items()


@pytest.mark.parametrize("form", FORMATS)
def test_convert_refuses_shards_beside_the_one_file_that_they_are_made_from(tool, tmp_path, form):
    save_hub(Net().state_dict(), tmp_path, form, 10**9)
    one = tmp_path / PATTERNS[form].format(suffix="")
    before = contents_of(tmp_path)
    refused = tool.run("convert", one, tmp_path / INDEXES[form], "--max-shard-size", "1KB", status=1)
    assert str(one) in refused.stderr and "move it away" in refused.stderr
    assert contents_of(tmp_path) == before


def test_convert_says_where_one_file_suffices(tool, tmp_path):
    torch.save({"weight": torch.zeros(2)}, tmp_path / "small.pt")
    done = tool.run("convert", tmp_path / "small.pt", tmp_path / INDEXES["safetensors"])
    assert done.stderr == f"one file suffices: {tmp_path / 'model.safetensors'}\n"
    assert safetensors.torch.load_file(tmp_path / "model.safetensors").keys() == {"weight"}
    tool.run("convert", tmp_path / "small.pt", tmp_path / "config.json", status=2)
    tool.run("convert", tmp_path / "small.pt", tmp_path / "b.pt", "--max-shard-size", "1KB", status=2)
    tool.run("convert", tmp_path / "small.pt", tmp_path / INDEXES["bin"], "--max-shard-size", "large", status=2)
    assert not (tmp_path / "config.json").exists() and not (tmp_path / "b.pt").exists()
