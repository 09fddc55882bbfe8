"""A role's stage as a function of the emitted module: its body over its inputs, and a space's normalisation where clean
latents leave or enter the codec.

A stage and the role that it is called of in, a function out. Outside of stages latents are always normalised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..base.frozen import replace
from ..ir.graph import BATCH, Array, Fields, Function, Many, Type
from ..program.averaging import Averaging
from ..program.family import Stage, StageInput
from ..program.ops import LAYERS, LOOKS_INTO
from ..program.typed_program import TypedRole
from ..program.values import Formula, RoleRef, Value
from ..types.types import PART, Scalar, TimeType
from .array_types import FRAME, declared
from .builder import Builder, CannotRun
from .lowering import Inside, Lowering, Rule, StageFunctions
from .normalising import denormalised, each_part, normalised
from .products import part, parts_of, product
from .rules.components import in_module

CODEC_IN, CODEC_OUT = frozenset({"encode"}), frozenset({"decode", "audio_decode"})

CHECKED = frozenset({"feature", "head"})
"""Kinds of stages whose components give what no latent space tells: a run compares it with what the stage declares."""


def stage_functions(
    name: str,
    rules: Mapping[str, Rule],
    role: TypedRole,
    ref: RoleRef,
    stage: Stage,
    arguments: Sequence[Type],
    result: Type,
    sizes: Mapping[str, int] | None = None,
) -> list[Function]:
    """The function `name` of a stage, and behind it one for each expert that it chooses between. `arguments` and `result`
    are the run-time types of its first call, `sizes` those in which the role differs from the family's own."""
    experts: list[Function] = []
    at = Lowering(rules, {role.name: role}, StageFunctions(), {})
    at.inside = inside = Inside(ref, stage.span)
    b = at.build
    b.span = stage.span
    trained = role.family.is_trainable(stage) and role.settings.get("train", "frozen") != "frozen"
    frozen = ref.average is not None or not trained
    latents = next((t for t in arguments if _is_latent(t)), None)
    parts = _parts_of(arguments)
    named = [(i, f"{i.name}_{n}" if n else i.name) for i in stage.inputs for n in _parts(i, parts)]
    params = [
        b.add(
            "param",
            (),
            _spread_type(i, latents) or type,
            hint=name,
            spread=_spread_type(i, latents) is not None,
        )
        for (i, name), type in zip(named, arguments, strict=True)
    ]
    each = iter(params)
    taken = [[next(each) for _ in _parts(i, parts)] for i in stage.inputs]
    like = _sized(b, params)
    inputs = []
    for i, own in zip(stage.inputs, taken, strict=True):
        if PART in _axes(i) and like is not None:
            rows = [b.add("per_sample", (p, like), b.type(p), hint=i.name) for p in own]
            inputs.append(product(b, parts, rows))
        else:
            inputs += own
    for k, i in enumerate(stage.inputs):
        type = b.type(inputs[k])
        if PART not in _axes(i) and _spread_type(i, latents) is not None and like is not None and _varies(i):
            assert isinstance(type, Array)
            if len(type.dims) == 1:
                inputs[k] = b.add("per_sample", (inputs[k], like), type, hint=i.name)
            else:
                inputs[k] = b.add("each_frame", (inputs[k], like), type, hint=i.name, frames=type.dims[1])
    if stage.kind in CODEC_OUT:
        for k, i in enumerate(stage.inputs):
            inputs[k] = each_part(
                at, i.declared, role, inputs[k], lambda rule, z: denormalised(at, rule, z, inside)
            )
    if stage.body is not None and chooses(stage.body.result):
        made = _chosen(at, name, stage, params, inside, result, experts)
    elif stage.body is not None:
        checked = f"{role.name}.{stage.name}" if stage.kind in CHECKED else ""
        made = at.apply(stage.body, inputs, replace(inside, result=result, checked=checked))
    else:
        given = in_module(ref) + (f".at_sizes({dict(sizes)!r})".replace("'", '"') if sizes else "")
        made = _python(b, stage, in_module(ref), given, inputs, result, f"{role.name}.{stage.name}")
    b.nodes[made] = replace(b.nodes[made], type=result, hint="z")
    if stage.kind in CODEC_IN:
        made = normalised(at, stage.result, made, role, inside)
    whole = Function(
        name,
        "stage",
        b.graph([("", made)], params),
        stage.span,
        tuple(name for _, name in named),
        f"stage {stage.name} of {role.name}",
        role=(ref.name, ref.average),
        frozen=frozen,
        identity=(*_identity(stage, role, ref.average, frozen), *sorted((sizes or {}).items())),
        stage=stage.name,
        stage_kind=stage.kind,
        looks_into=(LOOKS_INTO.find(stage.body.result) if stage.body is not None else None) or "",
        types=tuple(b.type(p) for p in params),
        result=result,
    )
    return [whole, *experts]


def of_parts(b: Builder, i: StageInput, given: int, args: Sequence[int]) -> list[int]:
    """What a stage's function is given for one of its inputs: for a time of each part of a product one for each of them,
    which may be the same."""
    if PART not in _axes(i):
        return [given]
    names = _parts_of([b.type(a) for a in args])
    return [part(b, given, n) if parts_of(b, given) else given for n in names]


def _parts_of(types: Sequence[Type]) -> tuple[str, ...]:
    """The parts of the first product of latents among the arguments of a stage."""
    return next((tuple(n for n, _ in t.fields) for t in types if isinstance(t, Fields) and t.latents), ())


def _parts(i: StageInput, names: tuple[str, ...]) -> tuple[str, ...]:
    """The parts that an input of a stage has a parameter for each of; one without a name for any other."""
    return names if PART in _axes(i) else ("",)


def _axes(i: StageInput) -> tuple[str, ...]:
    return i.declared.type.axes if isinstance(i.declared.type, TimeType) else ()


def chooses(v: Value) -> bool:
    """Whether a stage's body chooses between calls of components: `by select(t.sigma >= 0.875, high(...), low(...))`."""
    return v.op == "select" and all(a.op == "component" or chooses(a) for a in v.args[1:])


def _chosen(
    at: Lowering,
    name: str,
    stage: Stage,
    params: Sequence[int],
    inside: Inside,
    result: Type,
    experts: list[Function],
) -> int:
    """A call of the expert that a time chooses, or for times of samples of each on its own rows; adds their functions to
    `experts`. The condition reads the times as they are given, so that the run knows one that is Python's."""
    assert stage.body is not None
    if any(PART in _axes(i) for i in stage.inputs):
        raise CannotRun("a choice between experts by the times of parts", stage.span)
    b, role = at.build, at.roles[inside.role.name]
    condition, *branches = stage.body.result.args
    node = at.apply(Formula(stage.body.parameters, condition), params, inside)
    functions, runs = [], []
    for branch in branches:
        part = replace(stage, body=Formula(stage.body.parameters, branch))
        called = sorted(part.components)
        made = stage_functions(
            f"{name}_{'_or_'.join(called)}",
            at.rules,
            role,
            inside.role,
            part,
            [b.type(p) for p in params],
            result,
        )
        functions.append(made[0].name)
        runs.append(tuple(f"{in_module(inside.role)}.{c}" for c in called))
        experts += made
    return b.add("experts", (node, *params), result, functions=tuple(functions), runs=tuple(runs))


def _identity(stage: Stage, role: TypedRole, average: Averaging | None, frozen: bool) -> tuple[object, ...]:
    """Equal for two roles' stages that do the same with the same weights.

    Frozen weights depend on where they come from and on how they are stored; those of a trained role, and of
    each moving average of it, are its own.
    """
    family = role.family
    own = family.is_trainable(stage)
    if not frozen or (average is not None and own):
        return (role.name, average)
    stored = "f32" if role.settings.get("precision") == "f32" else "bf16"
    held = tuple(role.settings.get(name) for name in ("attention", "init", "adapter")) if own else ()
    over = tuple(sorted(role.overlays.items()))
    shown = LAYERS.find(stage.body.result) if stage.body is not None else None
    return (family.path, family.name, family.variant, stage.name, role.source, over, stored, *held, shown)


def _spread_type(given: StageInput, latents: Type | None) -> Array | None:
    """How a stage takes a time or a number for each sample, of which its calls may give one for all: one for each sample, or
    for each frame of these latents; None for what is neither."""
    type = given.declared.type
    if isinstance(type, Scalar) and type.kind == "float" and type.axes == ("b",):
        return Array((BATCH,))
    if not isinstance(type, TimeType):
        return None
    if FRAME not in type.axes:
        return Array((BATCH,))
    if not isinstance(latents, Array) or latents.frames is None:
        raise CannotRun("a time for each frame of latents without frames", given.span)
    return Array((BATCH, latents.dims[latents.frames]), frames=1)


def _varies(given: StageInput) -> bool:
    type = given.declared.type
    return isinstance(type, TimeType | Scalar) and bool(type.axes)


def _sized(b: Builder, params: Sequence[int]) -> int | None:
    """A tensor among the parameters of a stage, which has a row for each sample."""
    for i in params:
        if names := parts_of(b, i):
            return part(b, i, names[0])
        type = b.type(i)
        if isinstance(type, Many) and isinstance(type.item, Array):
            return b.add("index", (i, b.const(0)), type.item)
        if _is_latent(type):
            return i
    return None


def _is_latent(type: Type) -> bool:
    return isinstance(type, Array) and len(type.dims) > 1 and type.dtype not in ("str", "i64", "mask")


def _python(
    b: Builder, stage: Stage, role: str, given: str, inputs: list[int], result: Type, what: str
) -> int:
    return b.add(
        "python",
        inputs,
        result,
        callee=f"{role}.binding.{stage.python}",
        role=given,
        declared=declared(result, stage.span),
        what=f'"{what}"',
    )
