"""Which weights made a field of a data set: written down when it is produced, compared when it is trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import nn

from ...base.frozen import replace
from ...contracts.data_sets import dataset_manifest
from ...contracts.data_sets.dataset_manifest import Constant, Manifest, SpaceOf, StoredField
from ...program.family import Coding, Stage
from ...program.ops import NAME, ROLE, STAGE
from ...program.playing import rate_of
from ...program.typed_program import TypedData, TypedProgram, TypedRole
from ...program.values import Value, every_value
from ...types.types import Latent, Record, Scalar, Space, Type
from ..api.components import Role
from ..base.errors import Place, RunError
from ..base.kept_hashes import KeptHashes


class Weights:
    """Hashes of loaded modules, each made once.

    Floating weights are rounded to bf16 first: a checkpoint has one hash, whatever a role's precision stores it in. Those of
    files are `kept` from one run to the next.
    """

    def __init__(self, kept: KeptHashes | None = None) -> None:
        self._known: dict[int, str] = {}
        self._kept = kept

    def __call__(self, module: nn.Module) -> str:
        if id(module) not in self._known:
            kept = self._kept
            made = kept.taken("bf16", _rounded_hash, "weights", module) if kept else _rounded_hash(module)
            self._known[id(module)] = made
        return self._known[id(module)]


def _rounded_hash(module: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        tensor = tensor.detach().to("cpu")
        tensor = tensor.to(torch.bfloat16) if tensor.is_floating_point() else tensor
        digest.update(f"{name} {list(tensor.shape)}\0".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def field_of(
    name: str,
    value: Value,
    program: TypedProgram,
    roles: Mapping[str, Role],
    weights: Weights,
    read: Mapping[str, StoredField],
) -> StoredField:
    """What a produced value is, with the weights and constants behind it.

    `read` are the fields of a data set that the program itself reads: what passes through keeps their hashes. Raises
    RunError where a value mixes what different weights made.
    """
    values = list(every_value([value]))
    named = dict.fromkeys(r.name for v in values if (r := ROLE.find(v)) is not None)
    first = [program.roles[n] for n in named]
    families = [r.family for r in (*first, *program.roles.values())]
    field = dataset_manifest.described(value.type, families)
    assert field is not None, "the checker lets nothing else be produced"
    found: dict[str, tuple[str, str]] = {}  # component: hash, and who says so

    def note(component: str, digest: str, who: str) -> None:
        before = found.setdefault(component, (digest, who))
        if before[0] != digest:
            raise RunError(
                "data-mismatch",
                f"`{name}` mixes what `{before[1]}` and `{who}` make, and their weights differ",
                help="give both roles the same checkpoint, or produce a field for each",
                place=(Path(value.span.source.path), value.span.line),
            )

    for v in values:
        if v.op == "field" and v.args[0].op == "batch" and _is_like(v.type, value.type):
            source = read.get(NAME.of(v))
            for component, digest in source.weights.items() if source is not None else ():
                note(component, digest, f"the data's {component}")
    for typed in first:
        role = roles[typed.name]
        for component in _makers(typed, value.type, field, values):
            # none of what is skipped, and of what a checkpoint may lack
            loaded = role.components.get(component)
            module = loaded.held if loaded is not None else None
            if isinstance(module, nn.Module) and component not in role.trained:
                note(component, weights(module), f"{typed.name}.{component}")
    rate = rate_of(value, {n: r.family for n, r in program.roles.items()})
    made = replace(field, weights={c: digest for c, (digest, _) in sorted(found.items())}, rate=rate)
    if made.space is None or not first:
        return made
    holders = [r for r in first if _written(r, value.type) is not None] or first
    return replace(made, space=_with_constants(made.space, holders[0], roles[holders[0].name], value.type))


def _is_like(a: Type, b: Type) -> bool:
    """Whether one value may have passed into the other as it was: a record, or latents of one space."""
    if isinstance(a, Latent) and isinstance(b, Latent):
        return a.space.key == b.space.key
    return isinstance(a, Record) and isinstance(b, Record)


def _makers(typed: TypedRole, type_: Type, field: StoredField, values: list[Value]) -> Iterator[str]:
    """A role's components whose weights tell what such a value means: the codec of latents, encoders of a record."""
    if field.kind == "latent" and field.quantity != "noise":
        yield from (c for c in _codecs(typed, type_) if c in typed.family.components)
    if field.kind == "record":
        for v in values:
            ref = ROLE.find(v)
            if v.op == "stage" and ref is not None and ref.name == typed.name:
                stage = typed.family.stages[STAGE.of(v)]
                if stage.kind == "encode":
                    yield from _encoders(stage, typed)


def _encoders(stage: Stage, typed: TypedRole) -> list[str]:
    """What an encode stage may run. A Python stage may run anything; one that sees texts alone runs no codec."""
    codecs = {c.codec for c in typed.family.codings.values()}
    texts_alone = all(isinstance(t := i.declared.type, Scalar) and t.kind == "str" for i in stage.inputs)
    return sorted(typed.family.may_run(stage) - (codecs if texts_alone else set()))


def _written(typed: TypedRole, type_: Type) -> str | None:
    """The name under which a role's family writes the space of a latent."""
    if not isinstance(type_, Latent):
        return None
    return next((n for n, s in typed.family.spaces.items() if s.key == type_.space.key), None)


def _codings(typed: TypedRole, type_: Type) -> list[Coding]:
    """How a latent of a role's family comes about; of a product, its parts."""
    if _written(typed, type_) is None or not isinstance(type_, Latent):
        return []
    keys = {s.key for s in _parts(type_.space)}
    family = typed.family
    return [family.codings[n] for n, s in family.spaces.items() if s.key in keys]


def _parts(space: Space) -> list[Space]:
    return [s for _, s in space.factors] or [space]


def _codecs(typed: TypedRole, type_: Type) -> list[str]:
    return [c.codec for c in _codings(typed, type_) if c.codec]


def _with_constants(space: SpaceOf, typed: TypedRole, role: Role, type_: Type) -> SpaceOf:
    """With all constants of the normalisation, as the loaded codec has them."""
    found: dict[str, Constant] = {}
    for coding in _codings(typed, type_):
        for name in dataset_manifest.constant_names(coding):
            config = getattr(role.components[coding.codec].held, "config", {})
            key = name.rpartition(".")[2]
            value = config.get(key) if isinstance(config, Mapping) else getattr(config, key, None)
            constant = dataset_manifest.constant(value)
            if constant is not None:
                found[name] = constant
    return replace(space, constants=found)


def agree(
    data: TypedData,
    manifest: Manifest,
    program: TypedProgram,
    roles: Mapping[str, Role],
    weights: Weights,
) -> None:
    """Raises RunError where a data set was made by other weights than those of a role that would take it for its own.

    A role takes latents of its family's spaces, and records like its family's.
    """
    place: Place = (Path(data.span.source.path), data.span.line)
    folder = str(data.options["path"])
    for name, type_ in data.fields.items():
        field = manifest.fields[name]
        for typed in program.roles.values():
            role = roles[typed.name]
            takes = isinstance(type_, Record) and type_ in typed.family.records.values()
            if not takes and _written(typed, type_) is None:
                continue
            declared = dataset_manifest.described(type_, [typed.family])
            if declared is not None and declared.space is not None:
                mine = replace(declared, space=_with_constants(declared.space, typed, role, type_))
                for d in dataset_manifest.differences({name: mine}, manifest, {}, folder):
                    raise RunError("data-mismatch", d.message, d.help, place, facts=d.facts)
            for component, digest in field.weights.items():
                _same(name, component, digest, typed, role, weights, folder, place)


def _same(
    name: str,
    component: str,
    digest: str,
    typed: TypedRole,
    role: Role,
    weights: Weights,
    folder: str,
    place: Place,
) -> None:
    """One component's weights are among the role's: under its own name, or any where the role has none of that name."""
    modules = dict(role.modules())
    mine = {component} if component in modules else set(modules)
    if any(weights(modules[c]) == digest for c in sorted(mine - set(role.trained))):
        return
    whose = f"`{typed.name}.{component}`" if component in modules else f"any component of `{typed.name}`"
    raise RunError(
        "data-mismatch",
        f"`{name}` of `{folder}` was made with a `{component}` of other weights than {whose}",
        help=f"give `{typed.name}` the checkpoint that made the data, or produce the data again with this one",
        place=place,
        facts=(f"{typed.name} is loaded from {role.source or 'random weights'}",),
    )
