"""What an operation of the graph is: its kind, its torch source text, and how that text binds.

An op is defined once, in the file of the stage or subject that it belongs to; `compiler/ir/graph.py` gathers them
in its table. The torch text is the op's meaning: emitted modules consist of it. Numbers that are the same
for all samples are plain Python values in an emitted module, tensors are torch tensors; an op whose text
differs between the two gives `host` as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["structure", "host", "pointwise", "broadcast", "reduction", "random", "opaque"]

ANY, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
"""How tightly source text binds, loosest first."""


@dataclass(frozen=True)
class Op:
    """`torch` is source text with `{0}`, `{1}`, ... for inputs and `{name}` for attributes.

    `binds` is how tightly the text binds, `slots` how tightly each input must (the last entry holds for all
    further ones). `imports` is a function `module:name` that the text calls. `differentiable` is False
    where no gradient passes. A "random" op is never shared or reordered with another of its stream; an
    "opaque" one is a call whose inside the compiler does not see.

    The fusion rule, for an op that may stand in a kernel on float32 scalars: either `triton`, source text
    as `torch` is, with `partials`, for each input what it gets of the result's gradient `g` as an
    expression of the inputs `a`, `b`, `c` and the result `y` ("" for none); or `scalar`, the op as an
    expression of others in `a`, `b`, `c`, from which its derivative follows. A reduction's `scalar` is what
    it adds up (a loss's `delta` by its name); `reduces` tells whether it divides by the count.
    """

    name: str
    kind: Kind
    arity: int | None
    torch: str = ""
    binds: int = ATOM
    slots: tuple[int, ...] = (ANY,)
    host: str = ""
    imports: str = ""
    differentiable: bool = True
    triton: str = ""
    partials: tuple[str, ...] = ()
    scalar: str = ""
    reduces: Literal["", "mean", "sum"] = ""
    per_sample: bool = False

    @property
    def deterministic(self) -> bool:
        return self.kind != "random"


def binary(
    name: str,
    sign: str,
    binds: int,
    *,
    commutes: bool = False,
    differentiable: bool = True,
    triton: str = "",
    partials: tuple[str, ...] = (),
) -> Op:
    """An infix operation; Python evaluates from the left."""
    return Op(
        name,
        "pointwise",
        2,
        f"{{0}} {sign} {{1}}",
        binds,
        (binds, binds if commutes else binds + 1),
        differentiable=differentiable,
        triton=triton or (f"{{0}} {sign} {{1}}" if partials or not differentiable else ""),
        partials=partials,
    )


def method(
    name: str, call: str, host: str = "", *, triton: str = "", partial: str = "", scalar: str = ""
) -> Op:
    """A tensor method of one input; `host` is the call on a Python number."""
    text, partials = f"{{0}}.{call}", (partial,) if partial else ()
    return Op(
        name, "pointwise", 1, text, ATOM, (ATOM,), host, triton=triton, partials=partials, scalar=scalar
    )
