# SPDX-License-Identifier: Apache-2.0
"""The same files to the same device by PyTorch and safetensors, where Python has them: `peers.py FOLDER MEGABYTES ROUNDS`."""

import pathlib
import sys
import time


def best_of(rounds, act):
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - start)
    return best


def main():
    folder, megabytes, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    try:
        import torch
    except ImportError:
        print("peers: Python has no torch: nothing was measured")
        return
    if not torch.cuda.is_available():
        print("peers: torch sees no CUDA device: nothing was measured")
        return
    total = megabytes << 20

    def measure(what, act):
        def complete():
            act()
            torch.cuda.synchronize()

        print(f"{what:<52} {total / 1e9 / best_of(rounds, complete):7.2f} GB/s", flush=True)

    for tensors in (8, 4096):
        state = {f"layers.{i}": torch.zeros(total // tensors // 4, device="cuda") for i in range(tensors)}
        path = folder / "torch_bench.pt"
        measure(f"torch.save, {tensors} tensors: device to file", lambda: torch.save(state, path))
        for mmap in (False, True):
            measure(f"torch.load, {tensors} tensors: file to device, mmap={mmap}",
                    lambda: torch.load(path, map_location="cuda", mmap=mmap))
        path.unlink()
        try:
            import safetensors
            import safetensors.torch
        except ImportError:
            continue
        path = folder / "torch_bench.safetensors"
        safetensors.torch.save_file(state, path)

        def load():
            with safetensors.safe_open(path, framework="pt", device="cuda") as file:
                return [file.get_tensor(key) for key in file.keys()]

        measure(f"safetensors.safe_open, {tensors} tensors: file to device", load)
        path.unlink()


if __name__ == "__main__":
    main()
