# SPDX-License-Identifier: Apache-2.0
"""`peers.py FOLDER MEGABYTES ROUNDS`: what transfer.cpp measures, by PyTorch and safetensors, where
Python has them. Their loads make new tensors each time; torch.save leaves its file to the page cache."""

import pathlib
import statistics
import sys
import time


def median_of(rounds, act):
    act()  # isn't measured
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


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

    def speed(act):
        def complete():
            act()
            torch.cuda.synchronize()

        return total / 1e9 / median_of(rounds, complete)

    pinned = torch.zeros(total, dtype=torch.uint8, pin_memory=True)
    there = torch.empty_like(pinned, device="cuda")
    up, down = speed(lambda: there.copy_(pinned)), speed(lambda: pinned.copy_(there))
    del pinned, there

    def measure(what, act):
        found, bus = speed(act), down if "device to file" in what else up
        print(f"{what:<52} {found:7.2f} GB/s  {found / bus:5.2f} of the bus", flush=True)

    for tensors in (8, total >> 18, total >> 14):
        state = {f"layers.{i}": torch.zeros(total // tensors // 4, device="cuda") for i in range(tensors)}
        path = folder / "torch_bench.pt"
        measure(f"torch.save, {tensors} tensors: device to file", lambda: torch.save(state, path))
        for mmap in (False, True):
            measure(f"torch.load, {tensors} tensors: file to new memory, mmap={mmap}",
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

        measure(f"safetensors.safe_open, {tensors} tensors: file to new memory", load)
        path.unlink()


if __name__ == "__main__":
    main()
