"""Roles from their sources. Components are owned once by (source, component, policy) and shared; trained ones
are own copies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import torch

from ...contracts.preconditioning import preconditioning
from ...program.family import Family
from ...program.typed_program import TypedRole
from ..api.components import LoadedComponent, Role
from ..base.errors import Place, RunError
from ..base.settings import RoleSettings
from . import role_sources, verify_checkpoint
from .adapters.layers import plain_weights
from .adapters.read_file import origin
from .bindings import load_binding
from .load_component import ComponentPlan, load_component, plan_component
from .noise_schedules import noise_schedule
from .role_sources import WeightSource


@dataclass(eq=False)
class Registry:
    """Owns what is loaded for one run.

    `base` is the folder that relative sources are relative to, `exports` maps `program.role` to its export's
    folder.
    """

    base: Path = field(default_factory=Path.cwd)
    exports: Mapping[str, Path] = field(default_factory=dict)
    shared: dict[tuple[object, ...], LoadedComponent] = field(default_factory=dict)
    sources: dict[tuple[object, ...], WeightSource] = field(default_factory=dict)


def load_roles(
    roles: Mapping[str, TypedRole], registry: Registry, *, allow_python: bool, device: torch.device
) -> dict[str, Role]:
    """All roles of a program; one with `init` starts from the weights of the role that it names. Raises
    RunError.
    """
    loaded = {
        name: load_role(role, registry, allow_python=allow_python, device=device)
        for name, role in roles.items()
    }
    settings = {name: RoleSettings.model_validate(r.settings) for name, r in roles.items()}
    pending = {name: s.init for name, s in settings.items() if s.init}
    while pending:
        ready = [name for name, other in pending.items() if other not in pending]
        for name in ready:
            other = pending.pop(name)
            _start_from(loaded[name], other, loaded, verify_checkpoint.place_of(roles[name].span))
        if not ready:
            names = ", ".join(f"`{n}`" for n in pending)
            place = verify_checkpoint.place_of(roles[next(iter(pending))].span)
            raise RunError("bad-setting", f"{names} start from each other's weights", place=place)
    return loaded


def load_role(role: TypedRole, registry: Registry, *, allow_python: bool, device: torch.device) -> Role:
    """One role, its components checked against their contract before any weight is read. Raises RunError."""
    place = verify_checkpoint.place_of(role.span)
    settings = RoleSettings.model_validate(role.settings)
    binding = load_binding(role, allow_python=allow_python, place=place)
    named = (*role.source, *sorted(role.overlays.items()))
    if named not in registry.sources:
        registry.sources[named] = role_sources.resolve(role, registry.base, registry.exports, place)
    source = registry.sources[named]
    verify_checkpoint.verify_checkpoint(role, settings, source, registry.base, place)
    schedule = noise_schedule(role, source, place)
    plans = [
        p
        for d in role.family.components.values()
        if (p := plan_component(d, role, settings, source, binding, registry.base, place))
    ]
    components = {p.declared.name: _component(p, settings, registry, binding, device, place) for p in plans}
    trained = tuple(p.declared.name for p in plans if p.policy.trained)
    told = dict.fromkeys(f"`{role.name}`: {note}" for c in components.values() for note in c.notes)
    own = [origin(settings.adapter, place)] if settings.adapter is not None else []
    return Role(
        role.name,
        components,
        binding,
        trained,
        role.family.sizes,
        source=source.folder,
        notes=(*_notes(role, source), *told),
        schedule=schedule,
        origin=source.origin,
        repository=source.repository,
        process=role.family.process if role.family.denoise else None,
        preconditioning=preconditioning(role.family),
        adapters=(*source.adapters, *own),
        overlays={component: str(path) for component, path in source.overlays},
        pipeline=_pipeline(role.family),
    )


def _pipeline(family: Family) -> dict[str, object]:
    """The class of a family's pipeline, and the facts that are stated of its index, where it declares one."""
    found: dict[str, object] = {}
    for d in family.components.values():
        if d.is_pipeline:
            found |= {"_class_name": d.cls.rpartition(".")[2], **d.config}
    return found


def _component(
    p: ComponentPlan,
    settings: RoleSettings,
    registry: Registry,
    binding: ModuleType | None,
    device: torch.device,
    place: Place,
) -> LoadedComponent:
    if p.policy.trained:
        return load_component(p, settings, binding, device, place)
    config = json.dumps(p.declared.config, sort_keys=True) if p.source.folder is None else ""
    held = (p.policy, p.adapters, p.overlay, settings.compile, device)
    key = (*p.source.key, p.declared.subfolder, p.declared.cls, config, *held)
    if key not in registry.shared:
        registry.shared[key] = load_component(p, settings, binding, device, place)
    return registry.shared[key]


@torch.no_grad()
def _start_from(role: Role, other: str, roles: Mapping[str, Role], place: Place) -> None:
    """Copies the weights of the trained components from another role's components of the same names."""
    source = roles[other]
    for name in role.trained:
        here = dict(plain_weights(role.components[name].held))
        there = dict(plain_weights(source.components[name].held)) if name in source.components else {}
        if {k: v.shape for k, v in here.items()} != {k: v.shape for k, v in there.items()}:
            raise RunError(
                "config-mismatch",
                f"`{role.name}` cannot start from `{other}`: their `{name}`s have other weights",
                help="both need the same architecture",
                place=place,
            )
        for key, value in here.items():
            value.copy_(there[key])


def _notes(role: TypedRole, source: WeightSource) -> tuple[str, ...]:
    """What is worth saying about a source, and no error."""
    if source.folder is None or role.family.process.kind != "flow" or role.family.process.dynamic:
        return ()
    path = source.folder / "scheduler" / "scheduler_config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    note = (
        verify_checkpoint.shift_note(config, role.family.process.shift) if isinstance(config, dict) else None
    )
    return (f"`{role.name}`: {note}",) if note else ()
