"""What aligned weights cost on a CPU: seconds and memory of loading a large component, with and without the copies.

Run by hand: `python tests/bench/bench_load.py`. A transformer of Wan's width is written to a temporary folder as float32,
its header padded so that no tensor is aligned; then each way loads it in processes of its own, in turn, with the file in
the page cache. `read` is the library's loading, `place` the copies, `hash` the first pass over all weights, which every
run makes. Mapped pages are the kernel's to take back, so the two kinds of resident memory are told apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median

WIDTH, FEED_FORWARD, HEADS = 1536, 8960, 12


def write(folder: Path, layers: int) -> int:
    """A checkpoint whose tensors begin at 8 modulo 64; its size in bytes."""
    from diffusers import WanTransformer3DModel

    head = WIDTH // HEADS
    model = WanTransformer3DModel(
        num_attention_heads=HEADS, attention_head_dim=head, ffn_dim=FEED_FORWARD, num_layers=layers
    )
    model.save_pretrained(folder, max_shard_size="100GB")
    (path,) = folder.glob("*.safetensors")
    whole = path.read_bytes()
    size = int.from_bytes(whole[:8], "little")
    header = whole[8 : 8 + size] + b" " * ((-size) % 64)
    path.write_bytes(len(header).to_bytes(8, "little") + header + whole[8 + size :])
    return path.stat().st_size


def resident(kind: str) -> float:
    """MiB of one kind of this process's memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(kind))


def load(folder: Path, copies: bool) -> dict[str, float]:
    """Loads once; seconds of each part, MiB at its end beyond what the imports hold."""
    import torch

    from fdc.compiler.runtime.base.encoder_cache import weights_hash
    from fdc.compiler.runtime.base.placement import place_module
    from fdc.compiler.runtime.weights import component_classes

    kind = component_classes.find("diffusers.WanTransformer3DModel", None, None)
    before = {k: resident(k) for k in ("RssAnon", "RssFile", "VmHWM")}
    times = [time.perf_counter()]
    model = component_classes.read(kind, folder, torch.float32, "transformer", None)
    times.append(time.perf_counter())
    if copies:
        place_module(model, torch.device("cpu"))
    times.append(time.perf_counter())
    weights_hash(model)
    times.append(time.perf_counter())
    seconds = dict(zip(("read s", "place s", "hash s"), (b - a for a, b in pairwise(times))))
    names = {"RssAnon": "own MiB", "RssFile": "mapped MiB", "VmHWM": "peak MiB"}
    return {**seconds, **{names[k]: resident(k) - before[k] for k in names}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(load(Path(asked.child[0]), asked.child[1] == "copied")))
        return
    with tempfile.TemporaryDirectory() as made:
        size = write(Path(made), asked.layers)
        found: dict[str, list[Mapping[str, float]]] = {"mapped": [], "copied": []}
        for _ in range(asked.runs):
            for way, measured in found.items():
                command = [sys.executable, __file__, "--child", made, way]
                out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
                measured.append(json.loads(out.splitlines()[-1]))
    columns = list(found["mapped"][0])
    print(f"{size / 2**20:.0f} MiB of float32, {asked.runs} runs, medians\n")
    print(f"| | {' | '.join(columns)} |\n|{' --- |' * (len(columns) + 1)}")
    for way, measured in found.items():
        print(f"| {way} | {' | '.join(f'{median(m[c] for m in measured):.4g}' for c in columns)} |")


if __name__ == "__main__":
    main()
