"""Roles from their sources. Components are owned once by (source, component, policy) and shared; trained ones
are own copies.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from ...contracts.config_files import LAYOUT
from ...modules.imports import PACKAGE, installed
from ...program.family import Component as Declared
from ...program.typed_program import TypedRole
from ..api.components import DTYPES, LoadedComponent, Role
from ..api.triton import runs_on
from ..base.errors import Place, RunError
from ..base.placement import place_module
from . import adapters, component_classes, role_sources, verify_checkpoint
from .activation_checkpointing import CHECKPOINTING
from .component_classes import Kind
from .role_sources import Origin


@dataclass(frozen=True)
class Policy:
    """How a component is held: `storage` of its weights, `compute` of its inputs, whether it is trained."""

    storage: torch.dtype
    compute: torch.dtype
    trained: bool

    @property
    def autocast(self) -> bool:
        return self.storage != self.compute


def policy_of(declared: Declared, settings: Mapping[str, Any]) -> Policy:
    """From a role's `precision` and `train`: float32 master weights for what is trained under `bf16`."""
    trained = declared.trainable and settings.get("train", "frozen") != "frozen"
    precision = settings.get("precision", "bf16")
    if precision == "f32":
        return Policy(torch.float32, torch.float32, trained)
    if trained:
        storage = torch.float32 if precision == "bf16" else torch.bfloat16
        return Policy(storage, torch.bfloat16, True)
    kept = DTYPES[declared.dtype] if declared.dtype else torch.bfloat16
    return Policy(kept, kept, False)


@dataclass(eq=False)
class Registry:
    """Owns what is loaded for one run.

    `base` is the folder that relative sources are relative to, `exports` maps `program.role` to its export's
    folder.
    """

    base: Path = field(default_factory=Path.cwd)
    exports: Mapping[str, Path] = field(default_factory=dict)
    shared: dict[tuple[object, ...], LoadedComponent] = field(default_factory=dict)
    origins: dict[tuple[str, object], Origin] = field(default_factory=dict)


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
    pending = {name: str(r.settings["init"]) for name, r in roles.items() if r.settings.get("init")}
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
    _refuse_unsupported(role, place)
    binding = load_binding(role, allow_python=allow_python, place=place)
    if role.source not in registry.origins:
        registry.origins[role.source] = role_sources.resolve(role, registry.base, registry.exports, place)
    origin = registry.origins[role.source]
    verify_checkpoint.verify_checkpoint(role, origin, registry.base, place)
    plans = [
        p for d in role.family.components.values() if (p := _plan(d, role, origin, binding, registry, place))
    ]
    components = {p.declared.name: _component(p, role, registry, binding, device, place) for p in plans}
    trained = tuple(p.declared.name for p in plans if p.policy.trained)
    return Role(
        role.name,
        components,
        binding,
        trained,
        source=origin.folder,
        notes=_notes(role, origin),
    )


def _refuse_unsupported(role: TypedRole, place: Place) -> None:
    """What the language knows and this runtime does not do yet is refused, not ignored."""
    for name, accepted in (
        ("attention", ("dense",)),
        ("offload", (False,)),
    ):
        value = role.settings.get(name, accepted[0])
        if value not in accepted:
            shown = value.get("kind") if isinstance(value, dict) else value
            said = "true" if shown is True else f"{shown}"
            raise RunError(
                "bad-setting",
                f"role `{role.name}` asks for `{name} = {said}`, which this version cannot run",
                help=f"leave `{name}` out",
                place=place,
            )


def load_binding(role: TypedRole, *, allow_python: bool, place: Place) -> ModuleType | None:
    """The family's `binding.py`: fdc's own, an installed package's, or the user's if `allow_python`."""
    family = role.family
    if not family.has_binding:
        return None
    folder = Path(family.path).resolve().parent
    path = folder / "binding.py"
    if not path.is_file():
        raise RunError(
            "missing-file",
            f"family `{family.name}` calls Python, and there is no file {path}",
            place=place,
            exit_status=2,
        )
    if folder.is_relative_to(PACKAGE):
        inside = ".".join(folder.relative_to(PACKAGE).parts)
        return importlib.import_module(f"{__package__.split('.')[0]}.{inside}.binding")
    if not allow_python and not _installed(Path(family.path)):
        raise RunError(
            "bad-setting",
            f"family `{family.name}` runs Python of its own, {path}",
            help="read that file, then pass --allow-python",
            place=place,
            exit_status=2,
        )
    name = f"fdc_binding_{zlib.crc32(str(path).encode()):08x}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as e:
            del sys.modules[name]
            raise RunError(
                "missing-file", f"{path} cannot be imported: {type(e).__name__}: {e}", place=place
            ) from e
    return sys.modules[name]


def _installed(path: Path) -> bool:
    return any(p.resolve() == path.resolve() for p in installed().values())


@dataclass(frozen=True)
class _Plan:
    """A component whose config fits: what to load it with."""

    declared: Declared
    kind: Kind
    origin: Origin
    policy: Policy

    @property
    def folder(self) -> Path:
        assert self.origin.folder is not None
        return self.origin.folder / self.declared.subfolder


def _plan(
    d: Declared, role: TypedRole, origin: Origin, binding: ModuleType | None, registry: Registry, place: Place
) -> _Plan | None:
    """Finds the class and the folder, and verifies the config. None for an optional component that is not
    there.
    """
    kind = component_classes.find(d.cls, binding, place)
    plan = _Plan(d, kind, origin, policy_of(d, role.settings))
    if origin.folder is None:
        return plan
    if not plan.folder.is_dir():
        if d.fallback is not None:
            plan = _Plan(d, kind, role_sources.locate(d.fallback, registry.base, place), plan.policy)
        elif d.optional:
            return None
        if not plan.folder.is_dir():
            raise RunError(
                "missing-file",
                f"component `{d.name}` is not in {plan.origin}: there is no folder {plan.folder}",
                help=LAYOUT,
                place=place,
                exit_status=2,
            )
    if kind.config_file is not None:
        family = role.family
        contract = f"`{family.name}.{family.variant}`" if family.variant else f"`{family.name}`"
        verify_checkpoint.verify_class(
            d,
            plan.folder / kind.config_file,
            contract=contract,
            place=place,
            defaults=kind.defaults(),
            model_type=kind.model_type,
        )
    return plan


def _component(
    p: _Plan,
    role: TypedRole,
    registry: Registry,
    binding: ModuleType | None,
    device: torch.device,
    place: Place,
) -> LoadedComponent:
    if p.policy.trained:
        return _make(p, role, binding, device, place)
    compiled = role.settings.get("compile", "none")
    config = json.dumps(p.declared.config, sort_keys=True) if p.origin.folder is None else ""
    key = (*p.origin.key, p.declared.subfolder, p.declared.cls, config, p.policy, compiled, device)
    if key not in registry.shared:
        registry.shared[key] = _make(p, role, binding, device, place)
    return registry.shared[key]


def _make(
    p: _Plan, role: TypedRole, binding: ModuleType | None, device: torch.device, place: Place
) -> LoadedComponent:
    d, policy = p.declared, p.policy
    if p.origin.folder is None:
        value = _random(p, binding)
    else:
        p.origin.weights(d.subfolder, place)
        value = component_classes.read(p.kind, p.folder, policy.storage, d.name, place)
    chained = d.chains is not None and role.settings.get("compile") == "chains"
    late = not policy.trained and not chained
    if isinstance(value, nn.Module):
        if not late:
            place_module(value, device)
        if policy.autocast:
            _keep_float32(value)
        value.train(policy.trained)
        value.requires_grad_(policy.trained)
        settings = role.settings
        if policy.trained and isinstance(settings.get("train"), Mapping):
            adapters.inject(value, settings["train"], place)
        if chained and d.chains is not None:
            _chain(value, d, d.chains, binding, device, place)
        recompute = CHECKPOINTING.get(settings.get("checkpointing") or "none")
        if policy.trained and recompute is not None and not recompute(value):
            how = settings["checkpointing"]
            raise RunError(
                "bad-setting",
                f"`{d.cls}` cannot compute its activations again as `checkpointing = {how}` asks",
                help="leave `checkpointing` out",
                place=place,
            )
        if d.trainable and settings.get("compile") == "regional":
            compile_module(value)
    origin = None if policy.trained or p.origin.folder is None else p.folder
    return LoadedComponent(d.name, value, policy.compute, policy.autocast, origin, d.subfolder, device, late)


def _random(p: _Plan, binding: ModuleType | None) -> Any:
    """Weights as a function of (seed, component) alone; torch's global stream is as it was before.

    A class that no config can build, a tokenizer say, comes from the family's `build_NAME(config)`.
    """
    d = p.declared
    make = getattr(binding, f"build_{d.name}", None)
    with torch.random.fork_rng(devices=[]), component_classes.quiet():
        torch.manual_seed(zlib.crc32(f"{p.origin.seed} {d.name}".encode()))
        value = make(d.config) if make is not None else component_classes.build(p.kind, d.config)
    if isinstance(value, nn.Module):
        component_classes.store(value, p.policy.storage)
    return value


class _Float32Forward(nn.Module):
    """Mixed into the class of a part that computes in float32 whatever is cast around it."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        def full(x: Any) -> Any:
            return x.float() if isinstance(x, torch.Tensor) and x.is_floating_point() else x

        device = next(self.parameters()).device.type
        with torch.autocast(device, enabled=False):
            return super().forward(*map(full, args), **{k: full(v) for k, v in kwargs.items()})


def _keep_float32(model: nn.Module) -> None:
    """Under autocast, the parts that the class keeps in float32 are computed in it too, as they are when
    stored in bf16.

    Only parts with linear or convolution layers need it: autocast leaves norms and tables alone. The class is
    changed rather than `forward`, so that a deep copy calls its own weights.
    """
    kept = component_classes.float32_parts(model)
    for name, part in model.named_modules():
        if name.rpartition(".")[2] in kept and any(isinstance(m, nn.Linear) for m in part.modules()):
            cls = type(part)
            part.__class__ = type(cls.__name__, (_Float32Forward, cls), {})


def _chain(
    model: nn.Module,
    d: Declared,
    name: str,
    binding: ModuleType | None,
    device: torch.device,
    place: Place,
) -> None:
    """Lets the family's binding put kernels into the blocks, on a device that they run on. Raises RunError if it has no
    such function."""
    install = getattr(binding, name, None)
    if install is None:
        raise RunError(
            "bad-setting",
            f"component `{d.name}` names `chains = python({name})`, and binding.py has no `{name}`",
            help="leave `compile = chains` out",
            place=place,
        )
    if runs_on(device):
        install(model)


def compile_module(model: nn.Module) -> None:
    """Compiles in place, block by block where the class names its repeated blocks; names of weights stay as
    they are.
    """
    if getattr(model, "_repeated_blocks", None):
        model.compile_repeated_blocks()  # type: ignore[operator]
    else:
        model.compile()


@torch.no_grad()
def _start_from(role: Role, other: str, roles: Mapping[str, Role], place: Place) -> None:
    """Copies the weights of the trained components from another role's components of the same names."""
    source = roles[other]
    for name in role.trained:
        here = dict(adapters.plain_weights(role.components[name].held))
        there = (
            dict(adapters.plain_weights(source.components[name].held)) if name in source.components else {}
        )
        if {k: v.shape for k, v in here.items()} != {k: v.shape for k, v in there.items()}:
            raise RunError(
                "config-mismatch",
                f"`{role.name}` cannot start from `{other}`: their `{name}`s have other weights",
                help="both need the same architecture",
                place=place,
            )
        for key, value in here.items():
            value.copy_(there[key])


def _notes(role: TypedRole, origin: Origin) -> tuple[str, ...]:
    """What is worth saying about a source, and no error."""
    if origin.folder is None or role.family.process.kind != "flow":
        return ()
    path = origin.folder / "scheduler" / "scheduler_config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    note = (
        verify_checkpoint.shift_note(config, role.family.process.shift) if isinstance(config, dict) else None
    )
    return (f"`{role.name}`: {note}",) if note else ()
