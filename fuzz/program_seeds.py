# SPDX-License-Identifier: Apache-2.0
"""Seeds of what PyTorch saves of whole programs: TorchScript's archives and torch.export's."""

import io
import pathlib
import zipfile

import torch
from torch import nn


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))
        self.register_buffer("none", None)

    def forward(self, x):
        return x * self.w


def with_records(archive, records):
    """The archive with other contents of some records, or one of these records alone."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        if archive is not None:
            with zipfile.ZipFile(io.BytesIO(archive)) as old:
                for name in old.namelist():
                    inner = name.split("/", 1)[1]
                    new.writestr(zipfile.ZipInfo(name), records.get(inner, old.read(name)))
        else:
            for name, content in records.items():
                new.writestr(zipfile.ZipInfo(f"program/{name}"), content)
    return out.getvalue()


def scripted():
    nested = torch.jit.script(nn.Sequential(nn.Linear(2, 1), nn.Sequential(Tiny())))
    frozen = torch.jit.freeze(torch.jit.script(nn.Linear(2, 1).eval()))
    for name, module in {"nested": nested, "frozen": frozen}.items():
        out = io.BytesIO()
        torch.jit.save(module, out)
        yield name, without(out.getvalue(), ".debug_pkl")


def without(archive, emptied):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), b"" if name.endswith(emptied) else old.read(name))
    return out.getvalue()


def class_texts():
    for name, archive in scripted():
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            texts = [file.read(each).decode() for each in file.namelist() if each.endswith(".py")]
        for number, text in enumerate(texts):
            yield f"{name}.{number}", text.encode()
        # One text that has the classes which the others refer to: the target has one file.
        yield f"{name}.all", "".join(texts).encode()
    # No program writes a module that is its own part; two such parts double the paths each level.
    yield "tree", (b"class End(Module):\n  __parameters__ = [\"w\"]\n  w : Tensor\n"
                   b"class Pair(Module):\n  a : __torch__.Pair\n  b : __torch__.Pair\n")


def exported():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(2, 2)
            self.second = nn.Linear(2, 2)
            self.second.weight = self.first.weight
            self.register_buffer("scale", torch.ones(1))

        def forward(self, x):
            return self.second(self.first(x)) * self.scale + torch.arange(2)

    out = io.BytesIO()
    torch.export.save(torch.export.export(Tied(), (torch.ones(1, 2),)), out)
    return out.getvalue()


def configurations():
    with zipfile.ZipFile(io.BytesIO(exported())) as file:
        texts = {name: file.read(name) for name in file.namelist() if name.endswith("_config.json")}
    for name, text in texts.items():
        yield pathlib.PurePath(name).name, text
    # Its names come twice.
    yield "twice", max(texts.values(), key=len).replace(b"second.", b"first.")
