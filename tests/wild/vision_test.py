# SPDX-License-Identifier: Apache-2.0
"""torchvision and timm: models whole and as state_dicts, and their trainers' checkpoints."""

import argparse
import collections

import pytest
import timm
import timm.optim
import timm.utils
import torch
import torchvision

import judge

TORCHVISION = ["resnet18", "mobilenet_v3_small", "vit", "shufflenet_v2_x0_5"]


def torchvision_model(name):
    if name == "vit":
        return torchvision.models.VisionTransformer(image_size=16, patch_size=8, num_layers=1, num_heads=2,
                                                    hidden_dim=8, mlp_dim=16, num_classes=3)
    return getattr(torchvision.models, name)(num_classes=3)


@pytest.mark.parametrize("form", ["zip", "legacy"])
@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision_models(tool, driver, reads, tmp_path, name, form):
    model = torchvision_model(name)
    options = {"_use_new_zipfile_serialization": form == "zip"}
    torch.save(model, tmp_path / "model.pth", **options)
    assert reads(tmp_path / "model.pth")[0]["format"] == "torch-module"
    judge.same_state(tool, driver, tmp_path, "model.pth", model.state_dict())
    torch.save(model.state_dict(), tmp_path / "state.pth", **options)
    _, result = reads(tmp_path / "state.pth")
    assert result.tensors == len(model.state_dict())


@pytest.mark.parametrize("name", ["resnet10t", "convnext_atto", "efficientnet_b0", "test_vit"])
def test_timm_models_and_checkpoints(tool, driver, reads, tmp_path, name):
    model = timm.create_model(name, pretrained=False, num_classes=3)
    torch.save(model, tmp_path / "model.pth")
    reads(tmp_path / "model.pth")
    judge.same_state(tool, driver, tmp_path, "model.pth", model.state_dict())
    optimizer = timm.optim.create_optimizer_v2(model, opt="lamb", lr=0.1)
    model(torch.randn(2, 3, 32 if "vit" not in name else 160, 32 if "vit" not in name else 160)).sum().backward()
    optimizer.step()
    arguments = argparse.Namespace(model=name, lr=0.1, path=tmp_path, mean=(0.5, 0.5),
                                   extra=collections.OrderedDict(a=1))
    ema = timm.utils.ModelEmaV3(model)
    saver = timm.utils.CheckpointSaver(model, optimizer, args=arguments, model_ema=ema, checkpoint_dir=str(tmp_path))
    saver.save_checkpoint(3, metric=0.5)
    document, _ = reads(tmp_path / "last.pth.tar")
    keys = [key["v"] for key, _ in document["root"]["items"]]
    assert {"epoch", "arch", "state_dict", "optimizer", "args", "state_dict_ema"} <= set(keys)
    judge.same_state(tool, driver, tmp_path, "last.pth.tar", model.state_dict(), "state_dict")
