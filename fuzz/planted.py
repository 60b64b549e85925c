# SPDX-License-Identifier: Apache-2.0
"""Plants bugs in copies of the parsers and requires that the fuzz targets find them:
`planted.py [TARGET...]`. planted/<target>/*.patch are the bugs, each one on its own.

A target that finds nothing proves nothing: it may not get where the bugs are.
"""

import shutil
import subprocess

import targets

ROOT = targets.HERE.parent
TREE = targets.BUILD / "fuzz-planted"
SECONDS = 120


def quiet(*command):
    done = subprocess.run(list(map(str, command)), cwd=TREE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}")


def copy_tree():
    """What is in the repository or might be added to it. An unchanged file keeps its time, so that
    a second run compiles only what differs."""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", "CMakeLists.txt",
                            "CMakePresets.json", "cmake", "fuzz", "include", "tests"],
                           cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for name in filter(None, names.split("\0")):
        to = TREE / name
        to.parent.mkdir(parents=True, exist_ok=True)
        if not to.exists() or to.read_bytes() != (ROOT / name).read_bytes():
            shutil.copyfile(ROOT / name, to)


def is_found(name, patch):
    quiet("patch", "-p1", "-i", patch)
    try:
        quiet("cmake", "--build", "--preset", "fuzz", "--target", f"{name}_fuzzer")
    finally:
        quiet("patch", "-R", "-p1", "-i", patch)
    found = TREE / "found"
    shutil.rmtree(found, ignore_errors=True)
    (found / "learnt").mkdir(parents=True)
    done = targets.run(TREE / "build" / "fuzz" / "fuzz" / f"{name}_fuzzer", name,
                       f"-max_total_time={SECONDS}", f"-artifact_prefix={found}/",
                       folders=[found / "learnt", *targets.corpora(name)], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, errors="replace")
    caught = done.returncode != 0 and any(found.glob("*-*"))
    told = [line for line in done.stdout.splitlines()
            if "ERROR:" in line or "runtime error:" in line or "broken promise" in line]
    print(f"{name}: {patch.stem}: {told[0] if caught and told else 'NOT FOUND'}", flush=True)
    return caught


def main():
    names = targets.arguments(__doc__).parse_args().names
    copy_tree()
    quiet("cmake", "--preset", "fuzz", "-D", "INGOT_PRECOMPILE=OFF")  # one target is built at a time
    results = [is_found(name, patch) for name in targets.chosen(names)
               for patch in sorted((targets.HERE / "planted" / name).glob("*.patch"))]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    raise SystemExit(not results or not all(results))


if __name__ == "__main__":
    main()
