"""A checkpoint's `config.json` against what a family's contract says of it, before a weight is read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

from ..source import Span
from ..typed import Component
from .errors import Place, RunError

ABSENT = "nothing"
LAYOUT = "a source is a folder in diffusers layout: one folder a component, each with config and weights"
TOLERANCE = 1e-6
"""Relative; a config may write a constant with more digits than a contract does."""


@dataclass(frozen=True)
class Mismatch:
    """One fact that does not hold. `key` is a path into the config, such as `latents_mean[3]`."""

    key: str
    found: object
    expected: object

    def __str__(self) -> str:
        return f"`{self.key}` is {_shown(self.found)}, and the contract says {_shown(self.expected)}"


def mismatches(
    expected: Mapping[str, object], config: Mapping[str, object], defaults: Mapping[str, object] | None = None
) -> tuple[Mismatch, ...]:
    """The facts that a config contradicts.

    A key that the config leaves out has the class's default. Without `defaults` such a key is no
    contradiction: checkpoints written by an older release lack the newer keys.
    """
    found: list[Mismatch] = []
    for key, value in expected.items():
        if key in config:
            found.extend(_compare(key, config[key], value))
        elif defaults is not None:
            found.extend(_compare(key, defaults.get(key, ABSENT), value))
    return tuple(found)


def _compare(key: str, found: object, expected: object) -> Iterator[Mismatch]:
    """Down into lists and blocks, so that a message names the one number that differs."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name, value in expected.items():
            yield from _compare(f"{key}.{name}", found.get(name, ABSENT), value)
    elif (
        isinstance(expected, list | tuple) and isinstance(found, list | tuple) and len(found) == len(expected)
    ):
        for i, (f, e) in enumerate(zip(found, expected)):
            yield from _compare(f"{key}[{i}]", f, e)
    elif not _same(found, expected):
        yield Mismatch(key, found, expected)


def _same(found: object, expected: object) -> bool:
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, Real) and isinstance(expected, Real):
        return math.isclose(float(found), float(expected), rel_tol=TOLERANCE)
    return found == expected


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        inside = ", ".join(_shown(v) for v in value)
        return f"[{inside}]" if len(inside) < 60 else f"a list of {len(value)}"
    return str(value)


def class_mismatch(cls: str, config: Mapping[str, object], model_type: str | None = None) -> Mismatch | None:
    """Whether a config was written by another class than `cls` (a dotted name such as
    `diffusers.AutoencoderKLWan`).

    Diffusers writes `_class_name`. Transformers writes `model_type`, one for all classes that share a body:
    an encoder may be read from a checkpoint of the whole model.
    """
    expected = cls.rpartition(".")[2]
    if "_class_name" in config and config["_class_name"] != expected:
        return Mismatch("_class_name", config["_class_name"], expected)
    if model_type is not None and config.get("model_type", model_type) != model_type:
        return Mismatch("model_type", config["model_type"], model_type)
    return None


def read_config(path: Path, component: Component, place: Place | None) -> Mapping[str, object]:
    """A component's `config.json`. Raises RunError `missing-file` if it is not there or is no JSON object."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(
            "missing-file",
            f"component `{component.name}` has no {path.name}: there is no file {path}",
            help=LAYOUT,
            place=place,
            exit_status=2,
        ) from None
    except (OSError, ValueError) as e:
        raise RunError("missing-file", f"{path} cannot be read: {e}", place=place, exit_status=2) from None
    if not isinstance(config, dict):
        raise RunError("missing-file", f"{path} holds no JSON object", place=place, exit_status=2)
    return config


def verify(
    component: Component,
    config: Mapping[str, object],
    where: str,
    *,
    contract: str,
    place: Place | None = None,
    defaults: Mapping[str, object] | None = None,
    model_type: str | None = None,
) -> None:
    """Raises RunError `config-mismatch` that names every fact which does not hold.

    `where` is the config's place, `contract` names the family (and variant), `place` is where the source was
    chosen.
    """
    other = class_mismatch(component.cls, config, model_type)
    found = (other,) if other is not None else mismatches(component.config, config, defaults)
    if not found:
        return
    first, *rest = found
    raise RunError(
        "config-mismatch",
        f"`{component.name}` of {where} does not fit {contract}: {first}",
        help="name a checkpoint of this architecture, or the variant that this checkpoint is",
        place=place,
        facts=tuple(str(m) for m in rest[:8]),
    )


def shift_note(scheduler: Mapping[str, object], shift: float) -> str | None:
    """A checkpoint's scheduler may have been tuned for another flow shift than the one in force: worth
    saying, no error.
    """
    found = scheduler.get("flow_shift", scheduler.get("shift"))
    if not isinstance(found, Real) or isinstance(found, bool) or math.isclose(float(found), shift):
        return None
    return f"the checkpoint's scheduler has a flow shift of {float(found):g}; this run uses {shift:g}"


def place_of(span: Span) -> Place:
    return (Path(span.source.path), span.line)
