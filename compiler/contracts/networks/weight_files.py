"""The files of a component's weights on this machine, by their headers alone: which tensors they hold, and whether whole.

A library looks for its own names and lists no folder, so that this does not either: `STEM.safetensors`, or the shards that
`STEM.safetensors.index.json` names. A component without any file of weights is passed over: another machine may have them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from ...base.diagnostics import Label
from ...program.family import Component
from ..comparison import Comparison
from ..config_files import BadConfig, number
from .layer_lists import read_network

STEMS = ("diffusion_pytorch_model", "model")
"""What diffusers and transformers call them."""
PRECISIONS = ("fp16", "bf16")
"""Of files of weights beside which a library looks for the full ones."""
PICKLED = (".bin", ".pt", ".pth", ".ckpt")
Said = Callable[[str], tuple[str, str]]
"""A message and its help, of a file."""


def only_narrow(component: str, file: str, precision: str) -> tuple[str, str]:
    """What is said of weights that are there in another precision alone, and what helps."""
    return (
        f"component `{component}` has its weights only in {precision}, as {file}",
        "fdc reads the weights that a library loads without a `variant`: load these with "
        f'`from_pretrained(..., variant="{precision}")`, and save them again',
    )


def only_pickled(component: str, file: str) -> tuple[str, str]:
    """What is said of weights that are there in pickled files alone, and what helps."""
    return (
        f"component `{component}` has its weights only as {file}, not as .safetensors",
        "pickled weights can run code when they are read, so fdc reads safetensors only: load them "
        "with the library that wrote them and save them with `safe_serialization=True`",
    )


def compare(c: Comparison) -> None:
    """Weights that no run could load. Names of tensors are compared where the family lists those of its networks."""
    for name, config in c.configs.items():
        d = config.component
        folder = c.folder / d.subfolder
        try:
            held = tensor_names(c, d, folder)
        except BadConfig as e:
            c.lacks(f"the weights of component `{name}`: {e}", label=Label(d.span, "declared here"))
            continue
        if held is None:
            _others(c, d, folder)
        elif d.trainable:
            _complete(c, d, held)


def tensor_names(c: Comparison, d: Component, folder: Path) -> frozenset[str] | None:
    """Names of the tensors that a component's files hold; None where there are no files. Raises `BadConfig` for one that is
    not whole; its text begins with the file's name."""
    for stem in STEMS:
        one, index = folder / f"{stem}.safetensors", folder / f"{stem}.safetensors.index.json"
        if os.path.lexists(one):
            return _in_file(c, one, f"{c.shown}/{d.subfolder}/{one.name}")
        try:
            listed = (c.read(index) or {}).get("weight_map")
        except BadConfig as e:
            raise BadConfig(f"{c.shown}/{d.subfolder}/{index.name} {e}") from None
        if isinstance(listed, Mapping):
            for shard in sorted({str(f) for f in listed.values()}):
                if os.path.basename(shard) == shard:
                    _in_file(c, folder / shard, f"{c.shown}/{d.subfolder}/{shard}")
            return frozenset(listed)
    return None


def _in_file(c: Comparison, path: Path, shown: str) -> frozenset[str]:
    try:
        header = c.read.header(path)
        size = os.stat(path).st_size
    except OSError:
        raise BadConfig(f"there is no file {shown}") from None
    except BadConfig as e:
        raise BadConfig(f"{shown} {e}") from None
    end = max((_end(v) for k, v in header.values.items() if k != "__metadata__"), default=0)
    if size < header.bytes + end:
        raise BadConfig(f"{shown} is cut off: {size:,} of {header.bytes + end:,} bytes are there")
    return frozenset(k for k in header.values if k != "__metadata__")


def _end(entry: object) -> int:
    offsets = entry.get("data_offsets") if isinstance(entry, Mapping) else None
    end = number(offsets[-1]) if isinstance(offsets, list) and offsets else None
    return int(end) if end is not None else 0


def _others(c: Comparison, d: Component, folder: Path) -> None:
    for found, said in _kinds(d, folder):
        if os.path.lexists(folder / found):
            message, help = said(f"{c.shown}/{d.subfolder}/{found}")
            c.lacks(message, label=Label(d.span, "declared here"), help=help)
            return


def _kinds(d: Component, folder: Path) -> Iterator[tuple[str, Said]]:
    for stem in STEMS:
        for precision in PRECISIONS:
            said = partial(only_narrow, d.name, precision=precision)
            yield f"{stem}.{precision}.safetensors", said
            yield f"{stem}.safetensors.index.{precision}.json", said
    for stem in (*STEMS, "pytorch_model"):
        for ending in PICKLED:
            yield f"{stem}{ending}", partial(only_pickled, d.name)


def _complete(c: Comparison, d: Component, held: frozenset[str]) -> None:
    try:
        network = read_network(c.family, d.name, c.read)
    except BadConfig:
        return  # told where it is asked for
    if network is None or not network.whole:
        return
    missing = sorted(set(network.weights) - held)
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        c.refuse(
            f"the weights of `{d.name}` in {c.shown}/{d.subfolder} are not those of a `{d.cls}`",
            Label(d.span, f"{c.contract} says `{d.cls}`"),
            facts=[f"missing: {', '.join(missing[:3])}{more}"],
            help="the file is another class's, or of a release that names its weights otherwise",
        )
