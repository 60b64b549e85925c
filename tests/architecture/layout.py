# SPDX-License-Identifier: Apache-2.0
"""The rules of the house under include/, checked file by file: `layout.py <include folder>`."""

import pathlib
import re
import sys

# A folder includes only folders above it in this list.
FOLDERS = ["core", "io", "describe", "storage", "model", "state", "container", "format", "archive", "cuda"]
TOOLKIT = re.compile(r"cuda|cub/|cufile|thrust/|nv/")
MOST_LINES = 400
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folders_below(folder):
    """The folders that a file of `folder` may include; "" is include/ingot/ itself."""
    if folder == "cuda":  # what it adds is where bytes are, whatever they mean
        return ["core", "io", "storage", "cuda"]
    if folder == "":  # a program that has no CUDA includes the umbrella
        return [each for each in FOLDERS if each != "cuda"]
    return FOLDERS[: FOLDERS.index(folder) + 1]


def breaches_of_include(folder, own_path, quote, target):
    if quote == '"':
        yield f'"{target}" must be written <ingot/...>'
        return
    if folder != "cuda" and TOOLKIT.match(target):
        yield f"<{target}>: no header outside cuda/ includes the CUDA toolkit"
    if not target.startswith("ingot/"):
        return
    parts = pathlib.PurePosixPath(target).parts[1:-1]
    other = parts[0] if parts else ""
    if other == "" and folder != "":
        yield f"<{target}>: a folder includes no umbrella"
    elif other != "" and other not in folders_below(folder):
        yield f"<{target}>: {folder or 'the umbrella'} may not include {other}"
    if "detail" in parts:
        parent = parts[: parts.index("detail")]
        if own_path.parts[: len(parent)] != parent:
            yield f"<{target}>: detail/ is private to {'/'.join(parent) or 'ingot'}/"
    if "impl" in parts and own_path.name != "implementation.hpp":
        declares = pathlib.PurePosixPath(*parts[: parts.index("impl")])
        if own_path.parent.as_posix() not in (str(declares), f"{declares}/detail"):
            yield f"<{target}>: bodies are included by the header that declares them alone"


def breaches_of_file(path, own_path):
    """Yields (line number, text). `own_path` is relative to include/ingot/."""
    lines = path.read_text(encoding="utf-8").splitlines()
    folder = own_path.parts[0] if len(own_path.parts) > 1 else ""
    if folder and folder not in FOLDERS:
        yield 1, f"the folder {folder} has no place in the order of layout.py"
        return
    code = [line for line in lines if not line.startswith("//")]
    if lines[:1] != ["// SPDX-License-Identifier: Apache-2.0"] or code[:1] != ["#pragma once"]:
        yield 1, "must begin with the SPDX line and #pragma once"
    if len(lines) > MOST_LINES:
        yield MOST_LINES + 1, f"has {len(lines)} lines, more than {MOST_LINES}"
    for number, line in enumerate(lines, 1):
        if match := INCLUDE.match(line):
            for text in breaches_of_include(folder, own_path, *match.groups()):
                yield number, text


def breaches(include):
    """Every breach under the folder `include`, as "file:line: text"."""
    root = pathlib.Path(include) / "ingot"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    if not files:
        yield f"{root}:1: no header found"
    for path in files:
        for number, text in breaches_of_file(path, path.relative_to(root)):
            yield f"{path}:{number}: {text}"


if __name__ == "__main__":
    found = list(breaches(sys.argv[1]))
    print("\n".join(found) or "every header keeps the rules")
    sys.exit(1 if found else 0)
