"""Calls of a role's stages, each a function of the emitted module."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ....stages.table import ROLE_FUNCTIONS
from ...base.frozen import replace
from ...base.source import Span
from ...ir.graph import BATCH, Array, Host, Type
from ...program.family import Family, Sizes
from ...program.ops import DECODE, ENCODE, OF, SIZES, STAGE
from ...program.process import NOW, QUANTITIES, Process
from ...program.values import RoleRef, Value
from ...types.types import TimeType
from ..array_types import in_f32, latents, lowered, sizes
from ..builder import CannotRun
from ..lowering import Lowering, Rule
from ..stage_functions import CHECKED, of_parts, stage_functions


def _stage(at: Lowering, value: Value, args: list[int]) -> int:
    name = STAGE.of(value)
    result = lowered(value.type, value.span)
    stage = resized(at.family(value), SIZES.find(value)).stages[name]
    loaded = stage.body is not None and stage.kind in CHECKED  # components give float32
    return _call(at, value, name, args, in_f32(result) if loaded else result)


def denoised(at: Lowering, value: Value, args: list[int]) -> int:
    """What the role's network says, from (x, t, what else it takes in the stage's order)."""
    family = at.family(value)
    x, t, *rest = args
    others = iter(rest)
    inputs = family.stages[family.denoise].inputs
    # a second time is an input like others
    timed = next((i for i, p in enumerate(inputs) if isinstance(p.declared.type, TimeType)), None)
    ordered = [x if i == 0 else t if i == timed else next(others) for i in range(len(inputs))]
    return _call(at, value, family.denoise, ordered, latents(family.spaces[family.space]))


def predicted(process: Process) -> str:
    """What a role's network says, in a word."""
    kinds = (n for n, op in ROLE_FUNCTIONS.items() if op.rule == "prediction" and n != "predict")
    return next((n for n in kinds if QUANTITIES[n](process, NOW) == process.prediction), "prediction")


def graph_of(trace: Sequence[Span]) -> str:
    """The graph of a role that a value comes from: `cond` of `student.cond(batch)`; "" if it comes from none."""
    called = re.match(r"(?:\w+\.)?([a-zA-Z]\w*)\(", trace[-1].text) if trace else None
    return called[1] if called else ""


def _bridge(at: Lowering, value: Value, args: list[int]) -> int:
    """Decoded by the one role's codec, and encoded by the other's; scaled between where the sizes differ. Where the other
    one takes images, it is given a clip's first frame."""
    of, decode, encode = OF.of(value), DECODE.of(value), ENCODE.of(value)
    if of is None or decode is None or encode is None:
        raise CannotRun(f"`{value.span.text}`", value.span)
    b, family = at.build, at.family(value)
    given = lowered(at.roles[of.name].family.stages[decode].result.type, value.span)
    asked = lowered(family.stages[encode].inputs[0].declared.type, value.span)
    pixels = _call(at, value, decode, args, given, of)
    assert isinstance(given, Array) and isinstance(asked, Array)
    if len(given.dims) > len(asked.dims):
        given = Array((*given.dims[:2], *given.dims[3:]), given.dtype)
        pixels = b.add("first_frame", (pixels,), given)
    if given != asked:
        height, width = sizes(asked.dims, value.span)[-2:]
        pixels = b.add("resize", (pixels,), asked, height=height, width=width)
    return _call(at, value, encode, [pixels], lowered(value.type, value.span))


def resized(family: Family, sizes: Sizes | None) -> Family:
    """The family at other sizes than its own."""
    return family.resized[sizes] if sizes else family


def _differing(own: Family, other: Family) -> Mapping[str, int]:
    """The sizes of a family, and the dims of its latents, that another has other ones of."""
    return {n: v for n, v in other.sizes.items() if own.sizes.get(n) != v}


def _call(
    at: Lowering, value: Value, name: str, args: list[int], result: Type, of: RoleRef | None = None
) -> int:
    """A call of a stage of the role that the value is of, or of another."""
    role = of or at.role_of(value)
    other = SIZES.find(value) if value.op == "stage" else None
    family = resized(at.roles[role.name].family, other)
    stage = family.stages[name]
    average = role.average if family.is_trainable(stage) else None
    b = at.build
    args = [b.add("repeat", (a,), Array((BATCH,), "str")) if b.type(a) == Host("str") else a for a in args]
    args = [each for i, a in zip(stage.inputs, args, strict=True) for each in of_parts(b, i, a, args)]
    instance = at.stages.instance(tuple(map(b.type, args))) if stage.kind == "head" else other or ()
    key = (role.name, average, name, instance)
    if key not in at.stages:
        text = f"{role.name}_{name}" if average is None else f"{role.name}_average_{name}"
        while any(f.name == text for f in at.stages.values()):
            text += "_again"
        types = [b.type(a) for a in args]
        made = stage_functions(
            text,
            at.rules,
            replace(at.roles[role.name], family=family),
            RoleRef(role.name, average),
            stage,
            types,
            result,
            _differing(at.roles[role.name].family, family),
        )
        at.stages |= {(*key[:2], f.name, key[3]): f for f in made[1:]}
        at.stages[key] = made[0]
    hint = name if stage.kind in CHECKED else graph_of(value.trace)
    return b.add(
        "stage",
        args,
        result,
        hint=f"{role.name}_{predicted(family.process)}" if stage.kind == "denoise" else hint,
        function=at.stages[key].name,
        role=role.name,
        average=average,
        stage=name,
        kind=stage.kind,
    )


RULES: Mapping[str, Rule] = {"stage": _stage, "bridge": _bridge}
