"""A program's data: what the types of its fields may name, which types a source can hold, and how prompts replace texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Label
from ....base.source import Span
from ....modules.imports import Module
from ....modules.names.lookup import from_elsewhere
from ....modules.settings import STORES
from ....program.family import Declared
from ....program.ops import NAME
from ....program.typed_program import STORED
from ....program.values import Value, every_value
from ....syntax import ast
from ....syntax.visitor import nodes
from ....types.quantity import CLEAN, NOISE
from ....types.types import Latent, Record, Scalar, Space, Tensor, Type, Unknown
from ...core.family_model import NO_LATENTS, FamilyModel
from ...core.role_binding import RoleBinding

# what fields may name


def spaces_named(
    roles: Mapping[str, RoleBinding], broken: Iterable[str], module: Module
) -> dict[str, Space | None]:
    """What `clean[...]` may name: a role, or by its own name a space of a role's family; broken roles stay silent."""
    known = {s.key: s for model in _models(roles) for s in model.spaces.values()}
    found: dict[str, Space | None] = dict.fromkeys(broken)
    for name, definition in from_elsewhere(module, ast.SpaceDecl).items():
        if definition.key in known:
            found[name] = known[definition.key]
    return {**found, **{n: r.model.space for n, r in roles.items() if r.model.space is not NO_LATENTS}}


def records_named(
    roles: Mapping[str, RoleBinding], broken: Iterable[str], fields: Iterable[ast.FieldDecl]
) -> dict[str, Record | None]:
    """Records by role: `student.text`. A family has other sizes in every variant, so its own name is not enough."""
    found: dict[str, Record | None] = {}
    silent = set(broken)
    for node in nodes(f.type for f in fields):
        if isinstance(node, ast.TypeExpr) and node.name.partition(".")[0] in silent:
            found[node.name] = None
    for name, role in roles.items():
        if isinstance(role.model, FamilyModel):
            found |= {f"{name}.{record}": r for record, r in role.model.records.items()}
    return found


def _models(roles: Mapping[str, RoleBinding]) -> list[FamilyModel]:
    return [r.model for r in roles.values() if isinstance(r.model, FamilyModel)]


def check_field(source: str, declared: Declared, span: Span, bag: Bag) -> bool:
    """Whether a source can hold such a field at all; reports if not."""
    t = declared.type
    if isinstance(t, Latent) and t.quantity not in (CLEAN, NOISE):
        bag.error(
            "type-mismatch",
            f"a data set holds clean latents and noise, and `{declared.kind}` belongs to a time as well",
            span,
            help="`noise[...]`" if declared.kind == "eps" else "store x0 and eps, and mix them in the update",
        )
        return False
    if isinstance(t, Scalar) and t.axes not in ((), ("b",)):
        bag.error(
            "type-mismatch",
            f"a data set has one {t.kind} for each sample, and this is {t}",
            span,
            help=f"`{t.kind}`, or a tensor for more of them: `f32[b, ...]`",
        )
        return False
    if source in STORES and isinstance(t, Latent) and t.space.factors:
        bag.error(
            "data-mismatch",
            f"`{source}` reads latents of one tensor, and these are {len(t.space.factors)} in one",
            span,
            help='`shards("folder")` reads all latents that `produce` wrote',
        )
        return False
    if source not in (STORED, *STORES) and isinstance(t, (Latent, Record)):
        bag.error(
            "data-mismatch",
            f"`{source}` reads files, and this is {'a latent' if isinstance(t, Latent) else 'a record'}",
            span,
            help='`shards("folder")` reads latents and records that `produce` wrote',
        )
        return False
    if source == STORED and not isinstance(t, Unknown) and not _can_be_stored(t):
        bag.error(
            "type-mismatch",
            f"a data set has no {t}: it holds texts, numbers, tensors, latents and records, a row for each sample",
            span,
            help="the first dim is the batch, `b`" if isinstance(t, Tensor) else "",
        )
        return False
    return True


def _can_be_stored(t: Type) -> bool:
    from ....contracts.data_sets.dataset_manifest import described  # most programs read no stored data

    return described(t, ()) is not None


def check_prompts(sample: Value, prompts: Span, bag: Bag) -> None:
    """Where `prompts` replaces the data's texts, what was made from those texts belongs to others."""
    for v in every_value([sample]):
        if v.op == "field" and v.args[0].op == "batch" and isinstance(v.type, Record):
            bag.error(
                "bad-setting",
                f"`prompts` takes the place of the data's texts, and the sample reads `batch.{NAME.of(v)}`, "
                "which was made from those",
                prompts,
                labels=(Label(v.span, "read here"),),
                help="`cond(batch)` of a role encodes the prompts; or leave `prompts` out",
            )
