# SPDX-License-Identifier: Apache-2.0
"""Lightning, skorch, PyG, stable-baselines3 and TabNet: checkpoints, data sets, and zip files of files."""

import pickle
import zipfile

import lightning
import numpy as np
import pytest
import pytorch_tabnet.tab_model
import skorch
import stable_baselines3
import torch
import torch_geometric
from torch import nn

import judge


class Lit(lightning.LightningModule):
    def __init__(self, width=4, options=None):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(3, width), nn.ReLU(), nn.Linear(width, 1))

    def training_step(self, batch):
        loss = self.net(batch[0]).pow(2).mean()
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters())
        return {"optimizer": optimizer, "lr_scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 1)}


def test_lightning(tool, driver, reads, tmp_path):
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(8, 3)), batch_size=4)
    checkpoint = lightning.pytorch.callbacks.ModelCheckpoint(dirpath=tmp_path, monitor="loss", filename="best")
    trainer = lightning.Trainer(max_epochs=2, default_root_dir=tmp_path, accelerator="cpu", logger=False,
                                callbacks=[checkpoint], enable_progress_bar=False, enable_model_summary=False)
    model = Lit(options={"path": tmp_path, "betas": (0.9, 0.99)})
    trainer.fit(model, data)
    document, _ = reads(tmp_path / "best.ckpt")
    keys = [key["v"] for key, _ in document["root"]["items"]]
    assert {"state_dict", "optimizer_states", "hyper_parameters", "callbacks", "loops"} <= set(keys)
    saved = judge.torch_load(tmp_path / "best.ckpt")["state_dict"]
    judge.same_state(tool, driver, tmp_path, "best.ckpt", saved, "state_dict")
    torch.save(model, tmp_path / "model.pt")  # the model refers to its trainer, which refers to the model
    judge.same_state(tool, driver, tmp_path, "model.pt", model.state_dict())


def test_skorch(reads, tmp_path):
    net = skorch.NeuralNetRegressor(nn.Linear, module__in_features=3, module__out_features=1, max_epochs=2, verbose=0,
                                    optimizer=torch.optim.Adam, train_split=None)
    net.fit(np.random.rand(8, 3).astype("float32"), np.random.rand(8, 1).astype("float32"))
    net.save_params(f_params=tmp_path / "params.pt", f_optimizer=tmp_path / "optimizer.pt",
                    f_criterion=tmp_path / "criterion.pt")
    for name in ("params.pt", "optimizer.pt", "criterion.pt"):
        reads(tmp_path / name)
    with open(tmp_path / "net.pkl", "wb") as out:
        pickle.dump(net, out)
    document, _ = reads(tmp_path / "net.pkl", judge.pickle_load)
    assert document["root"]["class"].endswith("NeuralNetRegressor")


def test_torch_geometric(tool, driver, reads, tmp_path):
    edges = torch.tensor([[0, 1], [1, 2]])
    graph = torch_geometric.data.Data(x=torch.randn(3, 2), edge_index=edges, y=torch.tensor([1]))
    torch.save(graph, tmp_path / "data.pt")
    reads(tmp_path / "data.pt")
    several = torch_geometric.data.Batch.from_data_list([graph, graph])
    hetero = torch_geometric.data.HeteroData()
    hetero["paper"].x = torch.randn(2, 3)
    hetero["paper", "cites", "paper"].edge_index = torch.tensor([[0], [1]])
    torch.save({"batch": several, "hetero": hetero}, tmp_path / "batch.pt")
    reads(tmp_path / "batch.pt")
    torch_geometric.data.InMemoryDataset.save([graph, graph], tmp_path / "set.pt")
    reads(tmp_path / "set.pt")
    model = torch_geometric.nn.GAT(2, 4, num_layers=2, heads=2)
    torch.save(model, tmp_path / "model.pt")
    reads(tmp_path / "model.pt")
    judge.same_state(tool, driver, tmp_path, "model.pt", model.state_dict())


@pytest.mark.parametrize("kind", ["PPO", "DQN"])
def test_stable_baselines(tool, reads, tmp_path, kind):
    options = {"n_steps": 8, "batch_size": 4} if kind == "PPO" else {"buffer_size": 50, "learning_starts": 4}
    make = getattr(stable_baselines3, kind)
    agent = make("MlpPolicy", "CartPole-v1", policy_kwargs={"net_arch": [4]}, device="cpu", **options)
    agent.learn(16)
    agent.save(tmp_path / "agent.zip")
    error = tool.run("ls", tmp_path / "agent.zip", status=1).stderr
    assert "a zip file of files" in error and '.pth" in it' in error
    with zipfile.ZipFile(tmp_path / "agent.zip") as files:
        files.extractall(tmp_path)
    for name in ("policy.pth", "policy.optimizer.pth", "pytorch_variables.pth"):
        reads(tmp_path / name)
    if kind == "DQN":
        agent.save_replay_buffer(tmp_path / "buffer.pkl")
        document, result = reads(tmp_path / "buffer.pkl", judge.pickle_load)
        assert document["root"]["class"].endswith("ReplayBuffer") and result.tensors >= 5


def test_tabnet(tool, reads, tmp_path):
    model = pytorch_tabnet.tab_model.TabNetClassifier(verbose=0, n_d=4, n_a=4, n_steps=1, device_name="cpu")
    model.fit(np.random.rand(16, 3), np.arange(16) % 2, max_epochs=1, batch_size=8, virtual_batch_size=4)
    model.save_model(str(tmp_path / "tabnet"))
    with zipfile.ZipFile(tmp_path / "tabnet.zip") as files:
        files.extractall(tmp_path)
        with zipfile.ZipFile(tmp_path / "deflated.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for name in files.namelist():
                packed.writestr(name, files.read(name))
    for name in ("tabnet.zip", "deflated.zip"):
        assert 'open "network.pt" in it' in tool.run("ls", tmp_path / name, status=1).stderr
    reads(tmp_path / "network.pt")
