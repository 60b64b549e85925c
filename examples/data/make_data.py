# SPDX-License-Identifier: Apache-2.0
"""Writes the files of this folder with PyTorch: python make_data.py [folder]. README.md lists them."""

import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn, optim

BATCH_SIZE = 4
EPOCHS = 2
SAMPLES = 16


class TheModelClass(nn.Module):
    """The network of PyTorch's tutorial "Saving and Loading Models"."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(-1, 16 * 5 * 5)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def make_samples():
    """Noisy pictures of ten random patterns: something that can be learned, a few kilobytes."""
    patterns = torch.randn(10, 3, 32, 32)
    labels = torch.arange(SAMPLES) % 10
    return patterns[labels] + 0.5 * torch.randn(SAMPLES, 3, 32, 32), labels


def train(model, images, labels):
    """The loss of every step of an uninterrupted run."""
    optimizer = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    losses = []
    for _ in range(EPOCHS):
        for first in range(0, SAMPLES, BATCH_SIZE):
            optimizer.zero_grad()
            batch = slice(first, first + BATCH_SIZE)
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def main(folder):
    # One thread and a seed: the same bytes on every run of the same build of PyTorch.
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = TheModelClass()
    images, labels = make_samples()

    torch.save(model.state_dict(), folder / "the_model_class.pt")
    image = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        torch.save({"image": image, "logits": model(image)}, folder / "prediction.pt")
    losses = train(model, images, labels)
    training = {
        "images": images,
        "labels": labels,
        "batch_size": BATCH_SIZE,
        "epochs": EPOCHS,
        "losses": losses,
        "model_state_dict": model.state_dict(),
    }
    torch.save(training, folder / "training.pt")
    print(torch.__version__, *(f"{loss:.6f}" for loss in losses))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent))
