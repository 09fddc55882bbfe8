"""Files of weights that are laid over a component: what of each fits is taken, and what does not is told.

Tensors stand in a file under the names of the component's class, perhaps behind a prefix, or under those of the original
checkpoint, which diffusers' converters read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from ..base.errors import NAMED, Place, RunError
from . import single_file
from .component_classes import Kind

PREFIXES = ("", "transformer.", "model.diffusion_model.", "diffusion_model.", "model.", "module.", "unet.")
"""What trainers put before the names of a network's tensors."""
READ = {torch.float64, torch.float32, torch.float16, torch.bfloat16}


@torch.no_grad()
def lay_over(
    module: nn.Module, kind: Kind, config: Mapping[str, object], path: Path, component: str, place: Place
) -> tuple[str, ...]:
    """Copies the tensors of a file into the component; gives what is worth saying. Raises RunError for a file that cannot be
    read, of which nothing fits, or of which a tensor has another shape or a dtype that stands for other numbers."""
    into = module.state_dict()
    shapes = {n: tuple(t.shape) for n, t in into.items()}
    found = single_file.header(path, place)
    direct = _by_name(found, into, component)
    names = {ours: name for ours, name in direct.items() if name in found}
    converted: dict[str, Tensor] = {}
    if len(names) < len(found) and single_file.converts(kind):
        converted = single_file.converted(kind, config, dict(found), into)
    if len(into.keys() & converted.keys()) > len(names):
        given: Mapping[str, Tensor] = converted
        strange = sorted(converted.keys() - into.keys())
    else:
        given = {ours: found[name] for ours, name in names.items()}
        converted, strange = {}, sorted(found.keys() - set(names.values()))
    common = into.keys() & given.keys()
    if not common:
        raise RunError(
            "config-mismatch",
            f"no tensor of {path} fits `{component}`",
            help='an adapter is merged by `adapter = "..."` in the role\'s block',
            place=place,
            facts=(f"it holds {_some(sorted(found))}", f"`{component}` has {_some(sorted(into))}"),
        )
    wrong = [
        f"{n} is {list(given[n].shape)} in the file, and {list(shapes[n])} in `{component}`"
        for n in sorted(common)
        if tuple(given[n].shape) != shapes[n]
    ]
    wrong += [
        f"{n} is not stored as a float of 16, 32 or 64 bits"
        for n in sorted(common)
        if into[n].is_floating_point() and given[n].dtype not in READ
    ]
    if wrong:
        raise RunError(
            "config-mismatch",
            f"what {path} holds is no `{component}` of this role",
            help="name the variant that the file is, or a file of unquantized weights",
            place=place,
            facts=tuple(wrong[:8]),
        )
    for name, tensor in _tensors(path, kind, config, names if not converted else {}, into):
        if name in common:
            into[name].copy_(tensor)
    return _told(path, component, len(common), sorted(into.keys() - common), strange)


def _by_name(found: Mapping[str, Tensor], into: Mapping[str, Tensor], component: str) -> dict[str, str]:
    """The names in a file by those of the class, with the prefix that most of them have."""

    def named(prefix: str) -> dict[str, str]:
        behind = {n.removeprefix(prefix): n for n in found if n.startswith(prefix)}
        return {ours: name for ours, name in behind.items() if ours in into}

    return max((named(prefix) for prefix in dict.fromkeys((*PREFIXES, f"{component}."))), key=len)


def _tensors(
    path: Path,
    kind: Kind,
    config: Mapping[str, object],
    names: Mapping[str, str],
    into: Mapping[str, Tensor],
) -> Iterator[tuple[str, Tensor]]:
    """Those of the file, one at a time where no converter has to see them all."""
    with safe_open(path, framework="pt") as file:
        if names:
            yield from ((ours, file.get_tensor(name)) for ours, name in names.items())
            return
        every = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118
    yield from single_file.converted(kind, config, every, into).items()


def _told(
    path: Path, component: str, taken: int, missing: Sequence[str], strange: Sequence[str]
) -> tuple[str, ...]:
    whole = taken + len(missing)
    news = [f"{taken} of {whole} tensors of `{component}` are those of {path}"]
    if missing:
        news.append(f"not in it, and as the role's source has them: {_some(missing)}")
    if strange:
        fit = "fits" if len(strange) == 1 else "fit"
        news.append(f"{len(strange)} of the file {fit} nothing in `{component}`: {_some(strange)}")
    return ("; ".join(news),)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}" if names else "nothing"
