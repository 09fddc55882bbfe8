"""A role's stage as a function of the emitted module: its body over its inputs, and a space's normalisation where clean
latents leave or enter the codec.

A stage and the role that it is called of in, a function out. Outside of stages latents are always normalised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...stages.table import OPS
from ..base.frozen import replace
from ..ir.graph import BATCH, Array, Fields, Function, Type
from ..program.family import Declared, Stage
from ..program.typed_program import TypedRole
from ..program.values import Formula, RoleRef, Value, every_value
from ..types.types import Record, TimeType
from .array_types import declared
from .builder import Builder, CannotRun
from .lowering import Inside, Lowering, Rule
from .rules.components import in_module

CODEC_IN, CODEC_OUT = frozenset({"encode"}), frozenset({"decode", "audio_decode"})


def stage_function(
    name: str,
    rules: Mapping[str, Rule],
    role: TypedRole,
    ref: RoleRef,
    stage: Stage,
    arguments: Sequence[Type],
    result: Type,
) -> Function:
    """`arguments` and `result` are the run-time types of its first call."""
    at = Lowering(rules, {role.name: role}, {}, {})
    at.inside = inside = Inside(ref, stage.span)
    b = at.build
    b.span = stage.span
    trained = role.family.is_trainable(stage) and role.settings.get("train", "frozen") != "frozen"
    frozen = ref.decay is not None or not trained
    params = [
        b.add(
            "param",
            (),
            Array((BATCH,)) if _is_time(i.declared) else type,
            hint=i.name,
            spread=_is_time(i.declared),
        )
        for i, type in zip(stage.inputs, arguments, strict=True)
    ]
    inputs = list(params)
    like = next((i for i in params if _is_latent(b.type(i))), None)
    for k, i in enumerate(stage.inputs):
        if isinstance(i.declared.type, TimeType) and i.declared.type.axes and like is not None:
            inputs[k] = b.add("per_sample", (inputs[k], like), Array((BATCH,)), hint=i.name)
    if stage.kind in CODEC_OUT:
        for k, i in enumerate(stage.inputs):
            rule = _normalisation(i.declared, role)
            if rule is not None:
                inputs[k] = _denormalised(at, rule, inputs[k], inside)
    if stage.body is not None:
        made = at.apply(stage.body, inputs, replace(inside, result=result))
    else:
        made = _python(b, stage, in_module(ref), inputs, result, f"{role.name}.{stage.name}")
    b.nodes[made] = replace(b.nodes[made], type=result, hint="z")
    if stage.kind in CODEC_IN:
        made = _normalised(at, stage.result, made, role, inside)
    return Function(
        name,
        "stage",
        b.graph([("", made)], params),
        stage.span,
        tuple(i.name for i in stage.inputs),
        f"stage {stage.name} of {role.name}",
        role=(ref.name, ref.decay),
        frozen=frozen,
        identity=_identity(stage, role, ref.decay, frozen),
        stage=stage.name,
        stage_kind=stage.kind,
        types=tuple(b.type(p) for p in params),
        result=result,
    )


def _identity(stage: Stage, role: TypedRole, decay: float | None, frozen: bool) -> tuple[object, ...]:
    """Equal for two roles' stages that do the same with the same weights.

    Frozen weights depend on where they come from and on how they are stored; those of a trained role, and of
    each moving average of it, are its own.
    """
    family = role.family
    own = family.is_trainable(stage)
    if not frozen or (decay is not None and own):
        return (role.name, decay)
    stored = "f32" if role.settings.get("precision") == "f32" else "bf16"
    held = (role.settings.get("attention"), role.settings.get("init")) if own else ()
    return (family.path, family.name, family.variant, stage.name, role.source, stored, *held)


def _is_time(declared: Declared) -> bool:
    return isinstance(declared.type, TimeType)


def _is_latent(type: Type) -> bool:
    return isinstance(type, Array) and len(type.dims) > 1 and type.dtype not in ("str", "i64", "mask")


def _python(b: Builder, stage: Stage, role: str, inputs: list[int], result: Type, what: str) -> int:
    return b.add(
        "python",
        inputs,
        result,
        callee=f"{role}.binding.{stage.python}",
        role=role,
        declared=declared(result, stage.span),
        what=f'"{what}"',
    )


# normalisation


def _normalised(at: Lowering, declared: Declared, made: int, role: TypedRole, inside: Inside) -> int:
    """What an encoder gave, normalised: clean latents, and the latents of a record."""
    b = at.build
    rule = _normalisation(declared, role)
    if rule is not None:
        return at.apply(rule, (made,), replace(inside, rank=b.rank(made)))
    type = b.type(made)
    record = declared.type
    if (
        not isinstance(record, Record)
        or not isinstance(type, Fields)
        or all(f.space is None for f in record.fields)
    ):
        return made
    parts = []
    for f, (name, part) in zip(record.fields, type.fields, strict=True):
        node = b.add("field", (made,), part, name=name, hint=name)
        rule = _rule_of(f.space.key, role) if f.space is not None else None
        if rule is not None:
            node = at.apply(rule, (node,), replace(inside, rank=b.rank(node)))
        parts.append(node)
    return b.add("fields", parts, type, names=tuple(name for name, _ in type.fields))


def _normalisation(declared: Declared, role: TypedRole) -> Formula | None:
    """A space's `normalize` where a type is `clean[S]`."""
    clean = declared.kind == "clean" and declared.space is not None
    return _rule_of(declared.space.key, role) if clean and declared.space is not None else None


def _rule_of(key: str, role: TypedRole) -> Formula | None:
    family = role.family
    return next((family.codings[n].normalize for n, s in family.spaces.items() if s.key == key), None)


def _denormalised(at: Lowering, rule: Formula, latents: int, inside: Inside) -> int:
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
        return at.apply(Formula((), v), (), replace(inside, rank=at.build.rank(latents)))

    return undone(rule.result, latents)


def _reads(v: Value, z: Value) -> bool:
    return any(found is z for found in every_value([v]))
