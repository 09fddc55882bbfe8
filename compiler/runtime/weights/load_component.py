"""One component of a role: its class and folder found and its config verified, then its weights read or drawn."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from ...contracts.config_files import LAYOUT
from ...contracts.local_sources import within
from ...contracts.networks.adapter_keys import Names
from ...program.family import Component as Declared
from ...program.typed_program import TypedRole
from ..api.components import LoadedComponent
from ..api.triton import runs_on
from ..base.errors import Place, RunError
from ..base.placement import place_module
from ..base.settings import LokrSettings, LoraSettings, OnlySettings, RoleSettings
from . import component_classes, role_sources, single_file, verify_checkpoint
from .adapters.layers import inject
from .adapters.read_file import merge_adapter
from .component_classes import Kind
from .laid_over import lay_over
from .preparation import idle_parameters
from .preparation.activation_checkpointing import CHECKPOINTING
from .preparation.precision import Policy, keep_float32, policy_of, take_float32_times
from .preparation.trained_part import train_part
from .repeated_blocks import repeated_blocks
from .role_sources import WeightSource

BESIDE = "components that a checkpoint of one file does not hold lie in folders beside it"


@dataclass(frozen=True)
class ComponentPlan:
    """A component whose config fits: what to load it with."""

    declared: Declared
    kind: Kind
    source: WeightSource
    policy: Policy
    names: Names
    adapters: tuple[str, ...] = ()
    """Files whose adapters are merged into the weights."""
    file: Path | None = None
    """A checkpoint of one file that holds the component."""
    overlay: Path | None = None
    """A file of weights that is laid over it."""
    stands_in: str | None = None
    """The folder of the source that the component lies in, where it is not its own."""

    @property
    def subfolder(self) -> str:
        return self.stands_in or self.declared.subfolder

    @property
    def folder(self) -> Path:
        assert self.source.folder is not None
        return self.source.folder / self.subfolder


def plan_component(
    d: Declared,
    role: TypedRole,
    settings: RoleSettings,
    source: WeightSource,
    binding: ModuleType | None,
    base: Path,
    place: Place,
) -> ComponentPlan | None:
    """Finds the class and the folder, and verifies the config. None for a component that is never loaded, and for an
    optional one that is not there, in the checkpoint or in the library.
    """
    if d.skip or (d.optional and not component_classes.offered(d.cls)):
        return None
    kind = component_classes.find(d.cls, binding, place)
    merged = (*source.adapters, *([settings.adapter] if settings.adapter is not None else []))
    plan = ComponentPlan(
        d,
        kind,
        source,
        policy_of(d, settings),
        names_of(d.subfolder, d.name, binding),
        merged if d.trainable else (),
        overlay=dict(source.overlays).get(d.name),
    )
    if source.folder is None:
        return plan
    file = source.file
    readable = file is not None and single_file.converts(kind)
    if file is not None and readable and single_file.holds(kind, d.config, file, d.name, place):
        return replace(plan, file=file)
    if not plan.folder.is_dir():
        if d.fallback is not None and within(source.folder, d.fallback) is not None:
            plan = replace(plan, stands_in=d.fallback)
        elif d.fallback is not None:
            plan = replace(plan, source=role_sources.locate(d.fallback, base, place))
        elif d.optional:
            return None
        if not plan.folder.is_dir():
            raise RunError(
                "missing-file",
                f"component `{d.name}` is not in {plan.source}: there is no folder {plan.folder}",
                help=LAYOUT if file is None else BESIDE,
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


def names_of(subfolder: str, component: str, binding: ModuleType | None) -> Names:
    """What the layers of a component are called elsewhere, as the family's binding says."""
    return Names(subfolder, getattr(binding, "ORIGINAL_NAMES", {}).get(component, ()))


def load_component(
    p: ComponentPlan,
    settings: RoleSettings,
    binding: ModuleType | None,
    device: torch.device,
    place: Place,
) -> LoadedComponent:
    """Reads or draws the weights, and sets the component up as the role's settings ask. Raises RunError."""
    news: list[str] = []
    d, policy = p.declared, p.policy
    if p.source.folder is None:
        value = _random(p, binding)
    elif p.file is not None:
        value = single_file.read(p.kind, d.config, p.file, policy.storage, d.name, place)
    else:
        p.source.weights(p.subfolder, place)
        value = component_classes.read(p.kind, p.folder, policy.storage, d.name, place)
    chained = d.chains is not None and settings.compile == "chains"
    late = not policy.trained and not chained
    if p.overlay is not None:
        if not isinstance(value, nn.Module):
            raise RunError(
                "bad-setting", f"`{d.name}` has no weights over which {p.overlay} could be laid", place=place
            )
        news += lay_over(value, p.kind, d.config, p.overlay, d.name, place)
    if isinstance(value, nn.Module):
        news += [merge_adapter(a, value, p.names, place) for a in p.adapters]
        if not late:
            place_module(value, device)
        if policy.autocast:
            keep_float32(value)
        else:
            take_float32_times(value)
        value.train(policy.trained)
        value.requires_grad_(policy.trained)
        if policy.trained:
            idle_parameters.require_all(value, d, place)
        if policy.trained and isinstance(settings.train, (LoraSettings, LokrSettings)):
            news += inject(value, settings.train, p.names, place)
        if policy.trained and isinstance(settings.train, OnlySettings):
            news += train_part(value, settings.train, p.names, place)
        if chained and d.chains is not None:
            _chain(value, d, d.chains, binding, device, place)
        recompute = CHECKPOINTING.get(settings.checkpointing or "none")
        if policy.trained and recompute is not None and not recompute(value):
            raise RunError(
                "bad-setting",
                f"`{d.cls}` cannot compute its activations again as `checkpointing = {settings.checkpointing}` asks",
                help="leave `checkpointing` out",
                place=place,
            )
        if d.trainable and settings.compile == "regional":
            compile_module(value)
    own = policy.trained or p.source.folder is None or bool(p.file or p.adapters or p.overlay)
    origin = None if own else p.folder
    return LoadedComponent(
        d.name,
        value,
        policy.compute,
        policy.autocast,
        origin,
        d.subfolder,
        device,
        late,
        tuple(news),
        d.rows,
        idle_parameters.idle(value, d.idle) if policy.trained else {},
    )


def _random(p: ComponentPlan, binding: ModuleType | None) -> Any:
    """Weights as a function of (seed, component) and of torch's CPU generator; its global stream is as it was before.

    A class that no config can build, a tokenizer say, comes from the family's `build_NAME(config)`.
    """
    d = p.declared
    make = getattr(binding, f"build_{d.name}", None)
    with torch.random.fork_rng(devices=[]), component_classes.quiet():
        torch.manual_seed(zlib.crc32(f"{p.source.seed} {d.name}".encode()))
        value = make(d.config) if make is not None else component_classes.build(p.kind, d.config)
    if isinstance(value, nn.Module):
        component_classes.store(value, p.policy.storage)
    return value


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
    """Compiles in place, block by block where it repeats blocks; names of weights stay as they are."""
    for _, part in repeated_blocks(model) or [("", model)]:
        part.compile()
