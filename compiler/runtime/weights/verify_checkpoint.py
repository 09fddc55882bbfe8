"""A checkpoint against its family's contract before a weight is read: the checker's comparison, and what only the
components' classes can tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from pathlib import Path

from ...base.source import Span
from ...contracts.checkpoint import compare
from ...contracts.config_files import LAYOUT, BadConfig, Mismatch, Reader, mismatches, shown
from ...program.family import Component
from ...program.typed_program import TypedRole
from ..base.errors import Place, RunError
from ..base.settings import RoleSettings
from .role_sources import WeightSource


def verify_checkpoint(
    role: TypedRole, settings: RoleSettings, source: WeightSource, base: Path, place: Place | None
) -> None:
    """Raises RunError for the first thing in which a checkpoint is not what the role's family says, with the others
    as facts.

    `fdc check` has seen folders of this machine; a repository of the hub and another program's export are seen here
    first.
    """
    if source.folder is None or source.file is not None:
        return
    trained = settings.train != "frozen" or role.source[0] == "role"
    found = compare(role.family, source.folder, str(source), role.span, trained=trained, base=base).found
    if not found:
        return
    first, *rest = found
    raise RunError(
        first.code,
        first.message,
        help=first.help or None,
        place=place,
        exit_status=2 if first.code == "missing-file" else 1,
        facts=(*first.facts, *(d.message for d in rest[:8])),
    )


def verify_class(
    component: Component,
    path: Path,
    *,
    contract: str,
    place: Place | None,
    defaults: Mapping[str, object],
    model_type: str | None,
) -> None:
    """Raises RunError `config-mismatch` for a component's config that was written for another class, or that is
    another than the contract says because a key that it leaves out has the class's default.

    `contract` names the family (and variant), `place` is where the source was chosen. Diffusers writes the class
    into a config; transformers writes `model_type`, one for all classes that share a body.
    """
    config = read_config(path, component, place)
    if model_type is not None and config.get("model_type", model_type) != model_type:
        found: tuple[Mismatch, ...] = (Mismatch("model_type", config["model_type"], model_type),)
    else:
        found = mismatches(component.config, config, defaults)
    if not found:
        return

    def said(m: Mismatch) -> str:
        absent = m.key.partition("[")[0].partition(".")[0] not in config
        default = " (the class's default, since it is left out)" if absent else ""
        return f"`{m.key}` is {shown(m.found)} in {path}{default}, and {contract} says {shown(m.expected)}"

    raise RunError(
        "config-mismatch",
        said(found[0]),
        help="name a checkpoint of this architecture, or the variant that this checkpoint is",
        place=place,
        facts=tuple(map(said, found[1:9])),
    )


def read_config(path: Path, component: Component, place: Place | None) -> Mapping[str, object]:
    """A component's `config.json`. Raises RunError `missing-file` if it is not there or is no JSON object."""
    try:
        config = Reader()(path)
    except BadConfig as e:
        raise RunError("missing-file", f"{path} {e}", place=place, exit_status=2) from None
    if config is None:
        raise RunError(
            "missing-file",
            f"component `{component.name}` has no {path.name}: there is no file {path}",
            help=LAYOUT,
            place=place,
            exit_status=2,
        )
    return config


def shift_note(scheduler: Mapping[str, object], shift: float) -> str | None:
    """A program may choose another flow shift than the checkpoint's scheduler was tuned for: worth saying."""
    found = scheduler.get("flow_shift", scheduler.get("shift"))
    if not isinstance(found, Real) or isinstance(found, bool) or math.isclose(float(found), shift):
        return None
    return f"the checkpoint's scheduler has a flow shift of {float(found):g}; this run uses {shift:g}"


def place_of(span: Span) -> Place:
    return (Path(span.source.path), span.line)
