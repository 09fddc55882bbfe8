"""Calls of a family's components, and the constants that it reads off them."""

from __future__ import annotations

from collections.abc import Mapping

from ...ir.graph import Array, Fields
from ...program.ops import COMPONENT, METHOD, NAME, NAMES
from ...program.values import RoleRef, Value
from ..builder import CannotRun
from ..lowering import Lowering, Rule


def in_module(role: RoleRef) -> str:
    """A role as the emitted module reaches it."""
    return f"run.{role.name}" if role.decay is None else f'run.averaged("{role.name}", {role.decay!r})'


def _component(at: Lowering, value: Value, args: list[int]) -> int:
    """A call of a component's module, which gives what the stage declares: a tensor, or several by their names."""
    path = (in_module(at.role_of(value)), COMPONENT.of(value), METHOD.find(value))
    callee = ".".join(p for p in path if p is not None)
    result = at.inside.result if at.inside is not None else None
    if result is None:
        raise CannotRun(f"`{value.span.text}`", value.span)
    if isinstance(result, Fields):
        method = METHOD.find(value)
        named = [f'"{n}"' for n, _ in result.fields] + ([f'method="{method}"'] if method is not None else [])
        callee = f"{path[0]}.{path[1]}.giving({', '.join(named)})"
    return at.build.add("component", args, result, callee=callee, nested=False, names=NAMES.of(value))


def _constant(at: Lowering, value: Value, _: list[int]) -> int:
    """A number, or one for each channel, which then lines up with latents of this rank."""
    name = NAME.of(value)
    rank = at.inside.rank if at.inside is not None else 0
    align = f"axis=1, ndim={rank}" if rank else "axis=0, ndim=1"
    return at.build.add(
        "constant",
        (),
        Array(()),
        hint=name,
        callee=f"{in_module(at.role_of(value))}.{COMPONENT.of(value)}",
        read=f'constant("{name}", {align})',
    )


RULES: Mapping[str, Rule] = {"component": _component, "constant": _constant}
