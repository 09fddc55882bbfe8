"""A space's normalisation, where latents leave or enter the codec that makes them."""

from __future__ import annotations

from collections.abc import Callable

from ...stages.table import OPS
from ..base.frozen import replace
from ..ir.graph import Fields
from ..program.family import Declared, Family
from ..program.typed_program import TypedRole
from ..program.values import Formula, Value, every_value
from ..types.types import Record
from .builder import CannotRun
from .lowering import Inside, Lowering
from .products import part, product


def normalised(at: Lowering, declared: Declared, made: int, role: TypedRole, inside: Inside) -> int:
    """What an encoder gave, normalised: clean latents, and the latents of a record."""
    b = at.build

    def normalised(rule: Formula, z: int) -> int:
        return at.apply(rule, (z,), replace(inside, latents=b.array(z)))

    if declared.space is not None:
        return each_part(at, declared, role, made, normalised)
    type = b.type(made)
    record = declared.type
    if (
        not isinstance(record, Record)
        or not isinstance(type, Fields)
        or all(f.space is None for f in record.fields)
    ):
        return made
    parts = []
    for f, (name, kind) in zip(record.fields, type.fields, strict=True):
        node = b.add("field", (made,), kind, name=name, hint=name)
        rule = rule_of(f.space.key, role.family) if f.space is not None else None
        parts.append(normalised(rule, node) if rule is not None else node)
    return b.add("fields", parts, type, names=tuple(name for name, _ in type.fields))


def each_part(
    at: Lowering,
    declared: Declared,
    role: TypedRole,
    latents: int,
    change: Callable[[Formula, int], int],
) -> int:
    """Latents of a type `clean[S]`, changed by the `normalize` of S; of a product each part by that of its space."""
    space, b = declared.space, at.build
    if declared.kind != "clean" or space is None:
        return latents
    if not space.factors:
        rule = rule_of(space.key, role.family)
        return change(rule, latents) if rule is not None else latents
    made = []
    for name, factor in space.factors:
        rule, node = rule_of(factor.key, role.family), part(b, latents, name)
        made.append(change(rule, node) if rule is not None else node)
    return product(b, [name for name, _ in space.factors], made)


def rule_of(key: str, family: Family) -> Formula | None:
    """The `normalize` of a space of the family, by the space's key."""
    return next((family.codings[n].normalize for n, s in family.spaces.items() if s.key == key), None)


def denormalised(at: Lowering, rule: Formula, latents: int, inside: Inside) -> int:
    """The codec's own result, of which these are the normalised latents."""
    (z,) = rule.parameters

    def undone(v: Value, y: int) -> int:
        """The z for which `v`, where z stands once and only under + - * /, is `y`."""
        if v is z:
            return y
        if v.op == "neg":
            return undone(v.args[0], at.build.unary("neg", y))
        op = OPS[v.op]
        if op.inverse:
            left, right = v.args
            inside = _reads(left, z), _reads(right, z)
            if inside == (True, False):
                return undone(left, at.build.arith(op.inverse, y, other(right)))
            if inside == (False, True):
                a = other(left)
                return undone(
                    right, at.build.arith(*((op.inverse, y, a) if op.commutative else (op.name, a, y)))
                )
        raise CannotRun("a `normalize` that does not read `z` once, and only under + - * /,", v.span)

    def other(v: Value) -> int:
        return at.apply(Formula((), v), (), replace(inside, latents=at.build.array(latents)))

    return undone(rule.result, latents)


def _reads(v: Value, z: Value) -> bool:
    return any(found is z for found in every_value([v]))
