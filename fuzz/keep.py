# SPDX-License-Identifier: Apache-2.0
"""Keeps of what long runs learnt the inputs that reach code which the seeds don't:
`keep.py --programs FOLDER [--learnt FOLDER] [TARGET...]`. They become corpus/TARGET.zip, in the repository.
"""

import hashlib
import pathlib
import shutil
import subprocess
import tempfile
import zipfile

import targets

MOST = 128 * 1024  # bytes of a target's inputs, so that the repository stays small


def added_to_the_seeds(programs, name, learnt):
    """The inputs that are worth keeping, as libFuzzer merges them, the smallest first."""
    seeds = {path.read_bytes() for path in (targets.SEEDS / name).iterdir()}
    with tempfile.TemporaryDirectory() as scratch:
        merged = pathlib.Path(scratch) / "merged"
        shutil.copytree(targets.SEEDS / name, merged)
        # Without counters an input is new only where it takes a branch that none took before.
        targets.run(programs / f"{name}_fuzzer", name, "-merge=1", "-use_counters=0",
                    folders=[merged, *targets.corpora(name)[1:], learnt], check=True,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        inputs = {path.read_bytes() for path in merged.iterdir()} - seeds
    return sorted(inputs, key=lambda content: (len(content), content))


def pack(path, inputs):
    """Equal inputs are an equal file."""
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for content in inputs:
            out.writestr(zipfile.ZipInfo(hashlib.sha1(content).hexdigest()), content,
                         zipfile.ZIP_DEFLATED, 9)


def main():
    parser = targets.arguments(__doc__)
    parser.add_argument("--learnt", type=pathlib.Path, default=targets.LEARNT, help="a folder a target")
    given = parser.parse_args()
    for name in targets.chosen(given.names):
        size, kept = 0, []
        for content in added_to_the_seeds(given.programs, name, given.learnt / name):
            size += len(content)
            if size <= MOST:
                kept.append(content)
        pack(targets.CORPUS / f"{name}.zip", kept)
        print(f"{name}: {len(kept)} inputs, {sum(map(len, kept))} bytes")


if __name__ == "__main__":
    main()
