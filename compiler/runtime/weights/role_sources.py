"""Where a role's weights come from: a local folder, a repository of the hub, another program's export, or a
seed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...contracts.local_sources import TINY, adapter_export, local_folder
from ...program.typed_program import TypedRole
from ..base.errors import Place, RunError

HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
SMALL = ("*.json", "*.txt", "*.model", "*.jinja")
"""What a repository holds beside weights: configs and tokenizers."""
OTHER_PRECISIONS = ("*.fp16.safetensors", "*.bf16.safetensors")


@dataclass(frozen=True)
class WeightSource:
    """A place to load from. `folder` is None for random weights; `repository` is set if the folder is a hub
    snapshot.

    `key` tells sources apart: two roles with equal keys read the same files, or draw the same random weights.
    `file` is a checkpoint of one file, and `folder` then where it lies, with the components that it does not hold.
    `adapters` are files whose adapters belong to the weights: the source is an adapter's export then, and `folder` that of
    its base. `overlays` are files of weights that are laid over these, by component.
    """

    key: tuple[str, ...]
    folder: Path | None
    seed: int = 0
    repository: str | None = None
    adapters: tuple[str, ...] = ()
    file: Path | None = None
    overlays: tuple[tuple[str, Path], ...] = ()

    @property
    def origin(self) -> str:
        """How an export names its base: a hub name, a folder, or the seed of random weights."""
        place = self.file or self.folder
        return self.repository or (str(place) if place is not None else f"tiny(seed = {self.seed})")

    def __str__(self) -> str:
        return self.origin + "".join(
            f" with {a}" for a in (*(path for _, path in self.overlays), *self.adapters)
        )

    def weights(self, subfolder: str, place: Place | None) -> None:
        """Makes the weights of one subfolder present: a snapshot has configs at first, so that they are
        checked first.
        """
        if self.repository is not None:
            fetch(
                self.repository,
                [f"{subfolder}/*.safetensors", f"{subfolder}/*.safetensors.index.json"],
                place,
            )


def resolve(role: TypedRole, base: Path, exports: Mapping[str, Path], place: Place) -> WeightSource:
    """Where a role's weights are. A relative folder is looked for in `base`, then beside the program's file; `exports`
    is where other programs' roles lie.

    Raises RunError `missing-file`.
    """
    found = _source(role, base, exports, place)
    own = {c: overlay_file(text, base, place) for c, text in role.overlays.items()}
    return _laid_over(found, own)


def overlay_file(text: str, base: Path, place: Place) -> Path:
    """A file of weights that a role names. Raises RunError where it is not there."""
    found = _single(text, base, place[0].parent)
    if found is None or found.file is None:
        raise RunError(
            "missing-file",
            f"there is no file {base / Path(text).expanduser()}",
            help="it is laid over the role's weights; name the file that holds them",
            place=place,
            exit_status=2,
        )
    return found.file


def _laid_over(source: WeightSource, files: Mapping[str, Path]) -> WeightSource:
    """A file takes the place of one that was laid over the same component before."""
    if not files:
        return source
    every = tuple(sorted({**dict(source.overlays), **files}.items()))
    names = (f"{component}={path}" for component, path in every)
    return replace(source, key=(*source.key, *names), overlays=every)


def _source(role: TypedRole, base: Path, exports: Mapping[str, Path], place: Place) -> WeightSource:
    kind, value = role.source
    if kind == "tiny":
        return _random(role, int(str(value)))
    if kind == "role":
        folder = exports.get(str(value))
        if folder is None or not folder.is_dir():
            program = str(value).partition(".")[0]
            raise RunError(
                "missing-file",
                f"`{value}` has exported nothing yet" + (f": there is no folder {folder}" if folder else ""),
                help=f"run program `{program}` first",
                place=place,
                exit_status=2,
            )
        return _export(role, folder, base, place) or WeightSource(("folder", str(folder.resolve())), folder)
    folder = local_folder(str(value), base, place[0].parent)
    if folder is None:
        return _single(str(value), base, place[0].parent) or locate(str(value), base, place)
    return _export(role, folder, base, place) or _folder(folder)


def _single(text: str, *bases: Path) -> WeightSource | None:
    """A checkpoint of one file; None for any other text."""
    if not text.endswith(".safetensors"):
        return None
    found = next((p for b in bases if (p := b / Path(text).expanduser()).is_file()), None)
    if found is None:
        return None
    path = found.resolve()
    return WeightSource(("file", str(path)), path.parent, file=path)


def _random(role: TypedRole, seed: int) -> WeightSource:
    family = role.family
    return WeightSource(("tiny", str(seed), family.path, family.name, str(family.variant)), None, seed)


def _export(role: TypedRole, folder: Path, base: Path, place: Place) -> WeightSource | None:
    """The base of an adapter's export, with the adapter; None for a folder that is a whole checkpoint."""
    found = adapter_export(folder)
    if found is None:
        return None
    seed = TINY.fullmatch(found.base)
    under = _random(role, int(seed[1])) if seed is not None else locate(found.base, base, place)
    under = _laid_over(under, {component: Path(path) for component, path in found.overlays})
    merged = (*found.adapters, *(str(folder.resolve() / name) for name in found.files))
    return replace(under, key=(*under.key, *merged), adapters=(*under.adapters, *merged))


def _folder(path: Path) -> WeightSource:
    folder = path.resolve()
    return WeightSource(("folder", str(folder)), folder)


def locate(text: str, base: Path, place: Place | None) -> WeightSource:
    """A folder, else a repository of the hub. Raises RunError `missing-file`."""
    found = local_folder(text, base)
    if found is not None:
        return _folder(found)
    file = _single(text, base)
    if file is not None:
        return file
    folder = (base / Path(text).expanduser()).resolve()
    if folder.exists():
        raise RunError(
            "missing-file",
            f"{text} is a file, and a source is a folder in diffusers layout, or a .safetensors file",
            place=place,
            exit_status=2,
        )
    if not HUB_NAME.fullmatch(text):
        raise RunError(
            "missing-file",
            f"there is no folder {folder}",
            help="a source is a folder in diffusers layout, or a hub name, `OWNER/MODEL`",
            place=place,
            exit_status=2,
        )
    small = [*SMALL, *(f"*/{p}" for p in SMALL)]
    return WeightSource(("hub", text), fetch(text, small, place), repository=text)


def fetch(repository: str, patterns: Sequence[str], place: Place | None) -> Path:
    """Downloads the files that match, or finds them in the local cache; gives the snapshot's folder."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        found = snapshot_download(
            repository, allow_patterns=list(patterns), ignore_patterns=list(OTHER_PRECISIONS)
        )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as e:
        reason = str(e).strip().split("\n")[0]
        raise RunError(
            "missing-file",
            f"there is no folder {repository}, and the hub gave nothing of that name: {reason}",
            help="correct the name, or download it where there is a connection and name the folder",
            place=place,
            exit_status=2,
        ) from e
    return Path(found)
