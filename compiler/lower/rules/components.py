"""Calls of a family's components, and the constants that it reads off them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...base.frozen import replace
from ...ir.graph import Array, Fields, Host, Many, Type
from ...program.ops import (
    AXES,
    COMPONENT,
    LAYERS,
    LAYOUT,
    METHOD,
    NAME,
    NAMES,
    OUTPUT,
    PER,
    PYTHON,
    THROUGH_CONFIG,
)
from ...program.values import Formula, RoleRef, Value
from ...types.dims import Dim
from ...types.types import Latent, Record
from ..array_types import declared, lowered, sizes
from ..builder import CannotRun
from ..lowering import Inside, Lowering, Rule
from ..normalising import denormalised, rule_of


def in_module(role: RoleRef) -> str:
    """A role as the emitted module reaches it."""
    if role.average is None:
        return f"run.{role.name}"
    stated = ", ".join(f"{name}={value!r}" for name, value in role.average.stated.items())
    return f'run.averaged("{role.name}", {stated})'


def _component(at: Lowering, value: Value, args: list[int]) -> int:
    """A call of a component's module, which gives what the stage declares: a tensor, several by their names, or a list."""
    inside = at.inside
    if inside is None or inside.result is None:
        return _scheduled(at, value, args)
    result, method, output = inside.result, METHOD.find(value), OUTPUT.find(value)
    nested = _nested(result, value) if inside.nested else {}
    if isinstance(value.type, Record) and (rows := lowered(value.type, value.span)) != result:
        result, nested = rows, _rows(rows, value)
    function = method
    more: dict[str, Any] = {}
    if isinstance(result, Fields):
        named = [f'"{n}"' for n, _ in result.fields] + ([f'method="{method}"'] if method is not None else [])
        function = f"giving({', '.join([*named, *([f'path={output!r}'] if output else [])])})"
    elif isinstance(result, Many) or method not in OWN_METHODS or output:
        function = "outputs" if isinstance(result, Many) else "output"
        if method is not None or output:
            more["leading"] = f'"{method or ""}"' + (f", {output!r}" if output else "")
    if inside.checked:
        more["declared"], more["what"] = declared(result, value.span), f'"{inside.checked}"'
    path = (in_module(at.role_of(value)), COMPONENT.of(value), function)
    return at.build.add(
        "component",
        args,
        result,
        callee=".".join(p for p in path if p is not None),
        nested=bool(nested),
        names=NAMES.of(value),
        **nested,
        **more,
    )


def _nested(result: Type, value: Value) -> dict[str, Any]:
    """What a call gives that stands in another value: one tensor, or one for each sample in a list."""
    item = result.item if isinstance(result, Many) else result
    assert isinstance(item, Array)
    dims = (Dim.of(1), *item.dims) if isinstance(result, Many) else item.dims
    return {"shape": sizes(dims, value.span), "many": isinstance(result, Many)}


def _rows(result: Type, value: Value) -> dict[str, Any]:
    """What a call gives of which each tensor is a part of another value: the number of dims of each by its name, and all dims
    after another."""
    assert isinstance(result, Fields)
    dims = [(name, sizes(t.dims, value.span)) for name, t in result.fields if isinstance(t, Array)]
    return {"shape": tuple(d for _, own in dims for d in own), "parts": tuple((n, len(d)) for n, d in dims)}


OWN_METHODS = (None, "encode", "decode")
"""Methods of modules that a loaded component has under their own names; None is the module's forward."""


def tells_ticks_itself(at: Lowering, value: Value) -> bool:
    """Whether a class of the family's own tells the ticks of its process."""
    family = at.family(value)
    call = family.process.scheduled
    return call is not None and family.components[COMPONENT.of(call)].cls.startswith("python.")


def _scheduled(at: Lowering, value: Value, args: list[int]) -> int:
    """The ticks of a level: a class of the family's own tells them by what it is given, and the schedule of the role's
    checkpoint by the level itself, as near 1 a sigma of float32 tells levels no more apart."""
    (given,), b = args, at.build
    role = in_module(RoleRef(at.role_of(value).name))
    if tells_ticks_itself(at, value):
        callee = f"{role}.{COMPONENT.of(value)}.module.{METHOD.of(value)}"
    else:
        callee, given = f"{role}.schedule.ticks", at(value.args[0].args[0])
    type = b.type(given)
    return b.add("scheduled", (given,), type if isinstance(type, Array) else Host("float"), callee=callee)


def _constant(at: Lowering, value: Value, _: list[int]) -> int:
    """A number, or one for each channel, which then lines up with latents of this rank, or for each of their frames, too."""
    name = NAME.of(value)
    rank = at.inside.rank if at.inside is not None else 0
    align = f"axis=1, ndim={rank}" if rank else "axis=0, ndim=1"
    if PER.find(value) == "frame":
        align += f", frames={_frames(at, value)}"
    apart: dict[str, Any] = {"rank": rank} if at.inside is not None and at.inside.apart else {}
    return at.build.add(
        "constant",
        (),
        Array((Dim.of(1),) * apart.get("rank", 0)),
        hint=name.rpartition(".")[2],
        callee=f"{in_module(at.role_of(value))}.{COMPONENT.of(value)}",
        read=f'{"constant" if THROUGH_CONFIG.of(value) else "buffer"}("{name}", {align})',
        **apart,
    )


def _frames(at: Lowering, value: Value) -> tuple[int, int, int]:
    """Channels and frames of the latents, and which dim counts frames."""
    latents = at.inside.latents if at.inside is not None else None
    if latents is None or latents.frames is None:
        raise CannotRun("a constant for each frame of latents without frames", value.span)
    channels, frames = latents.dims[1].constant, latents.dims[latents.frames].constant
    if channels is None or frames is None:
        raise CannotRun("a constant for each frame of latents whose size is not fixed", value.span)
    return channels, frames, latents.frames


def _repacked(at: Lowering, value: Value, _: list[int]) -> int:
    """`pack` and `unpack` of a tensor, or around a call."""
    made = lowered(value.type, value.span)
    assert isinstance(made, Array)
    x, shape = _given(at, value.args[0]), sizes(made.dims, value.span)
    axes, layout = AXES.of(value), LAYOUT.of(value)
    return at.build.add(
        value.op, (x,), made, axes=axes, layout=layout, shape=shape, frames=made.frames, dtype=made.dtype
    )


def _stacked(at: Lowering, value: Value, _: list[int]) -> int:
    made = lowered(value.type, value.span)
    assert isinstance(made, Array)
    return at.build.add("stacked", (_given(at, value.args[0]),), made, frames=made.frames)


def _unnormalised(at: Lowering, value: Value, args: list[int]) -> int:
    """Latents as their codec makes them."""
    rule, inside = _rule(at, value.args[0], value)
    return denormalised(at, rule, args[0], inside)


def _normalised(at: Lowering, value: Value, _: list[int]) -> int:
    rule, inside = _rule(at, value, value)
    z = _given(at, value.args[0])
    return at.apply(rule, (z,), replace(inside, latents=at.build.array(z)))


def _rule(at: Lowering, of: Value, place: Value) -> tuple[Formula, Inside]:
    """How the space of a value is normalised, and where that stands."""
    assert at.inside is not None and isinstance(of.type, Latent)
    rule = rule_of(of.type.space.key, at.family(place))
    if rule is None:
        raise CannotRun(f"`{of.type.space}`, which no codec normalises,", place.span)
    return rule, at.inside


def _given(at: Lowering, value: Value) -> int:
    """What is taken apart: a value, or what a component returns, before it is what the stage gives."""
    if value.op != "component" or at.inside is None:
        return at(value)
    before = at.inside
    at.inside = replace(before, result=lowered(value.type, value.span), checked="", nested=True)
    found = at(value)
    at.inside = before
    return found


def _hidden(at: Lowering, value: Value, _: list[int]) -> int:
    """What layers of a component's module give: on the way through its call, or through Python that calls it."""
    inside = at.inside
    assert inside is not None and inside.result is not None
    role = in_module(at.role_of(value))
    layers = "[" + ", ".join(f'"{layer}"' for layer in LAYERS.of(value)) + "]"
    said: dict[str, Any] = {"declared": declared(inside.result, value.span), "what": f'"{inside.checked}"'}
    callee, python = f"{role}.{COMPONENT.of(value)}.hidden", PYTHON.find(value)
    args = [at(a) for a in (value.args if python else value.args[0].args)]
    if python:
        given = f"{layers}, {role}.binding.{python}, {role}"
        return at.build.add("python", args, inside.result, callee=f"{callee}_in", role=given, **said)
    call = value.args[0]
    method = METHOD.find(call)
    leading = layers + (f', "{method}"' if method else "")
    return at.build.add(
        "component",
        args,
        inside.result,
        callee=callee,
        nested=False,
        names=NAMES.of(call),
        leading=leading,
        **said,
    )


def _handed(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.add(value.op, args, lowered(value.type, value.span))


RULES: Mapping[str, Rule] = {
    "component": _component,
    "hidden": _hidden,
    "constant": _constant,
    "pack": _repacked,
    "unpack": _repacked,
    "stacked": _stacked,
    "denormalize": _unnormalised,
    "normalize": _normalised,
    "positions": _handed,
    "samples": _handed,
}
