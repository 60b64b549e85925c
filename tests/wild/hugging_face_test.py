# SPDX-License-Identifier: Apache-2.0
"""transformers, accelerate, peft and diffusers: what their trainers and models write."""

import accelerate
import diffusers
import peft
import pytest
import torch
import transformers
from torch import nn

import judge


def tiny_bert():
    return transformers.BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
                                   intermediate_size=16, max_position_embeddings=16)


class Examples(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return {"input_ids": torch.arange(5) + index, "labels": torch.tensor(index % 2)}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trainer")
    arguments = transformers.TrainingArguments(output_dir=str(folder), max_steps=2, save_steps=2, report_to=[],
                                               use_cpu=True, per_device_train_batch_size=2, disable_tqdm=True)
    model = transformers.BertForSequenceClassification(tiny_bert())
    transformers.Trainer(model=model, args=arguments, train_dataset=Examples()).train()
    return folder / "checkpoint-2"


@pytest.mark.parametrize("name", ["optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin"])
def test_a_trainer_checkpoint(reads, checkpoint, name):
    document, result = reads(checkpoint / name)
    if name == "optimizer.pt":
        assert result.tensors > 50
    if name == "training_args.bin":
        assert document["root"]["class"].endswith("TrainingArguments")


def test_an_entire_transformer(tool, driver, reads, tmp_path):
    config = transformers.GPT2Config(vocab_size=20, n_embd=8, n_layer=1, n_head=2, n_positions=8)
    model = transformers.GPT2LMHeadModel(config)
    torch.save(model, tmp_path / "model.bin")
    document, _ = reads(tmp_path / "model.bin")
    assert document["format"] == "torch-module"
    judge.same_state(tool, driver, tmp_path, "model.bin", model.state_dict())
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")  # tied: wte and lm_head
    reads(tmp_path / "pytorch_model.bin")


def test_accelerate_saves_a_state(reads, tmp_path):
    accelerator = accelerate.Accelerator(cpu=True)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    optimizer = torch.optim.AdamW(model.parameters())
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=9)
    model, optimizer, scheduler = accelerator.prepare(model, optimizer, scheduler)
    model(torch.randn(5, 3)).sum().backward()
    optimizer.step()
    scheduler.step()
    accelerator.save_state(tmp_path / "state", safe_serialization=False)
    files = sorted(path.name for path in (tmp_path / "state").iterdir())
    assert {"pytorch_model.bin", "optimizer.bin", "scheduler.bin", "random_states_0.pkl"} <= set(files)
    for name in files:
        reads(tmp_path / "state" / name)


def test_peft_saves_an_adapter(reads, tmp_path):
    model = peft.get_peft_model(transformers.BertForSequenceClassification(tiny_bert()),
                                peft.LoraConfig(r=2, target_modules=["query", "value"]))
    model.save_pretrained(tmp_path, safe_serialization=False)
    _, result = reads(tmp_path / "adapter_model.bin")
    assert result.tensors == 8


def test_diffusers_saves_a_pipeline_part(reads, tmp_path):
    model = diffusers.UNet2DModel(sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, norm_num_groups=2,
                                  block_out_channels=(4, 8), down_block_types=("DownBlock2D", "AttnDownBlock2D"),
                                  up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=4)
    model.save_pretrained(tmp_path, safe_serialization=False)
    reads(tmp_path / "diffusion_pytorch_model.bin")
    torch.save(model, tmp_path / "model.pt")
    reads(tmp_path / "model.pt")
