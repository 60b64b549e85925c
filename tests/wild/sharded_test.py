# SPDX-License-Identifier: Apache-2.0
"""Models that transformers saves in several files, and those that it loads: both ways, over each other."""

import json

import pytest
import torch
import transformers

SIZES = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2,
         "num_key_value_heads": 2}


def llama(**options):
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES, num_hidden_layers=11, **options))


def gpt2():
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=60, n_positions=16, n_embd=16, n_layer=3,
                                                                n_head=2))


MODELS = {"llama": llama, "tied": lambda: llama(tie_word_embeddings=True), "gpt2": gpt2}


def shards_in(folder):
    return {path.name for path in folder.glob("*.safetensors")}


def digests(tool, index):
    return {key["v"]: (tensor["dtype"], tensor["shape"], tensor["sha256"]) for key, tensor in tool.tree(index)["items"]}


@pytest.mark.parametrize("variant", [None, "fp16"])
@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_read_and_saved_and_loaded(tool, driver, tmp_path, name, variant):
    model = MODELS[name]().eval()
    model.save_pretrained(tmp_path, max_shard_size="10KB", variant=variant)
    index = tmp_path / f"model.safetensors.index{'.' + variant if variant else ''}.json"
    listed = json.loads(index.read_text())
    assert len(set(listed["weight_map"].values())) > 2
    before = digests(tool, index)
    assert list(before) == list(listed["weight_map"])
    state = model.state_dict()
    tied = set(state) - set(before)
    assert tied == ({"lm_head.weight"} if name != "llama" else set())

    # Saved over itself, split in another way; transformers loads it.
    assert driver.out("shard", index, index, 7000).strip() == str(index)
    assert digests(tool, index) == before
    assert all("-g2-" in shard for shard in shards_in(tmp_path))
    again = type(model).from_pretrained(tmp_path, variant=variant)
    assert all(torch.equal(tensor, again.state_dict()[key]) for key, tensor in state.items())

    # And transformers saves over it, leaving nothing of Ingot's.
    model.save_pretrained(tmp_path, max_shard_size="10KB", variant=variant)
    assert shards_in(tmp_path) == set(listed["weight_map"].values())
    assert digests(tool, index) == before
