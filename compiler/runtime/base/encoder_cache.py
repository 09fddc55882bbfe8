"""What frozen encoders make of their inputs, kept on disk: latents and embeddings.

An entry's name is a hash of everything that its content depends on: the input's content and how it was cut,
the encoder's weights, the latent space's normalisation, sizes and dtype. Nothing has to be invalidated; what
changes is another entry. An entry carries the hash of its tensors, and one that does not match is made anew.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from .errors import Report
from .media.clips_and_images import aside

Tensors = dict[str, Tensor]
MEMORY = 256 << 20


def tensors_hash(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, dtypes, shapes and bytes, in order of names; the same on every device."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        flat = tensor.detach().to("cpu").contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def weights_hash(module: nn.Module) -> str:
    """The hash of a module's parameters and persistent buffers."""
    return tensors_hash(module.state_dict())


def key_hash(key_parts: Mapping[str, str]) -> str:
    """The name of the entry for a key."""
    return hashlib.sha256(_canonical(key_parts).encode()).hexdigest()


def _canonical(key_parts: Mapping[str, str]) -> str:
    return json.dumps(dict(key_parts), sort_keys=True)


@dataclass(frozen=True)
class Statistics:
    """Entries asked for: found, made, and of those made the ones that stood there damaged."""

    hits: int = 0
    misses: int = 0
    damaged: int = 0


class Cache:
    """Entries below `root`, each a safetensors file. Safe to share between threads and processes.

    Tensors come back on the CPU, the same whether they were found or made. A disk that cannot be written is
    reported once; the run goes on without keeping anything.
    """

    def __init__(self, root: Path, report: Report) -> None:
        self._root, self._report = root, report
        self._lock = threading.Lock()
        self._writable = True
        self._recent: OrderedDict[str, Tensors] = OrderedDict()
        self._recent_bytes = 0
        self.statistics = Statistics()

    def path(self, key_parts: Mapping[str, str]) -> Path:
        """Where the entry for a key lies, if there is one."""
        name = key_hash(key_parts)
        return self._root / name[:2] / f"{name}.safetensors"

    def holds(self, key_parts: Mapping[str, str]) -> bool:
        """Whether there is an entry for a key, without reading it."""
        return key_hash(key_parts) in self._recent or self.path(key_parts).exists()

    def get_or_make(self, key_parts: Mapping[str, str], make: Callable[[], Tensors]) -> Tensors:
        """The entry for a key; `make` is called when there is none."""
        return self.get_or_make_batch([key_parts], lambda _: [make()])[0]

    def get_or_make_batch(
        self, keys: Sequence[Mapping[str, str]], make: Callable[[list[int]], Sequence[Tensors]]
    ) -> list[Tensors]:
        """One entry for each key; `make` is called at most once, with the indices of those that are missing.

        It returns one dict for each index. A key that stands several times in `keys` is made once.
        """
        names = [key_hash(key) for key in keys]
        first = {name: index for index, name in reversed(list(enumerate(names)))}
        entries = {name: self._recent.get(name) or self._load(keys[index]) for name, index in first.items()}
        missing = sorted(first[name] for name, entry in entries.items() if entry is None)
        made = make(missing) if missing else ()
        if len(made) != len(missing):
            raise ValueError(f"{len(missing)} entries were to be made, and {len(made)} were")
        for index, tensors in zip(missing, made):
            kept = {
                name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()
            }
            entries[names[index]] = kept
            self._store(keys[index], kept)
        self._count(hits=len(keys) - len(missing), misses=len(missing))
        for name, entry in entries.items():
            if entry is not None:
                self._keep(name, entry)
        # Copies: who changes what came back in place must not change what is kept in memory.
        return [
            {part: tensor.clone() for part, tensor in entry.items()}
            for name in names
            if (entry := entries[name]) is not None
        ]

    def _keep(self, name: str, tensors: Tensors) -> None:
        """Keeps the latest entries in memory too, up to `MEMORY` bytes."""
        size = sum(t.nbytes for t in tensors.values())
        with self._lock:
            if name in self._recent or size > MEMORY:
                return
            self._recent[name] = tensors
            self._recent_bytes += size
            while self._recent_bytes > MEMORY:
                _, oldest = self._recent.popitem(last=False)
                self._recent_bytes -= sum(t.nbytes for t in oldest.values())

    def _load(self, key_parts: Mapping[str, str]) -> Tensors | None:
        path = self.path(key_parts)
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, not a mapping
        except FileNotFoundError:
            return None
        except (SafetensorError, OSError) as error:
            self._damaged(path, str(error))
            return None
        if metadata.get("key") != _canonical(key_parts) or metadata.get("sha256") != tensors_hash(tensors):
            self._damaged(path, "its hash does not match")
            return None
        return tensors

    def _damaged(self, path: Path, why: str) -> None:
        self._count(damaged=1)
        self._report(f"{path} is damaged ({why}); it is made anew")

    def _store(self, key_parts: Mapping[str, str], tensors: Tensors) -> None:
        if not self._writable:
            return
        metadata = {"key": _canonical(key_parts), "sha256": tensors_hash(tensors)}
        try:
            with aside(self.path(key_parts)) as part:
                save_file(tensors, part, metadata)
        except (SafetensorError, OSError) as error:
            self._writable = False
            self._report(f"nothing more is kept in {self._root}: {error}")

    def _count(self, hits: int = 0, misses: int = 0, damaged: int = 0) -> None:
        with self._lock:
            now = self.statistics
            self.statistics = replace(
                now, hits=now.hits + hits, misses=now.misses + misses, damaged=now.damaged + damaged
            )
