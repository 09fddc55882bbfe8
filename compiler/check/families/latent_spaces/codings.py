"""How a space's latents come about: codec, normalisation as a formula, and pixels for one latent along each axis."""

from __future__ import annotations

from fractions import Fraction

from ....base.frozen import replace
from ....program.family import Coding, Ratio
from ....program.ops import COMPONENT, NAME, PER, THROUGH_CONFIG
from ....program.values import Formula, Value
from ....syntax import ast
from ....syntax.visitor import nodes
from ....types.types import UNKNOWN, Latent, Scalar, Space
from ..processes.formulas import typed


def coding(d: ast.SpaceDecl, space: Space | None) -> Coding:
    """How a space's latents come about. What `_normalize` refuses has the op `unknown` in the formula."""
    codec = d.codec.id if d.codec is not None else ""
    rule = next((e for e in d.entries if e.name == "normalize"), None)
    normalize = None
    if rule is not None and rule.value is not None:
        z = Value(
            "param", (), UNKNOWN if space is None else Latent(space, None), d.name.span, dict([NAME("z")])
        )
        normalize = Formula((z,), typed(rule.value, {"z": z}, lambda e: constant(e, codec)))
    dims = d.type.dims if d.type is not None else ()
    ratios = {
        e.axis: Ratio(ratio, e.span)
        for e in dims
        if e.axis is not None and (ratio := _pixels_for_one(e.value)) is not None
    }
    return Coding(codec, normalize, ratios, d.span, d.name.span, rule.span if rule is not None else None)


def constant(e: ast.Expr, codec: str) -> Value | None:
    """`vae.config.scaling_factor` and `vae.bn.running_mean`, constants of the codec's config and its own;
    `vae.config.latents_mean[t]` has one for each channel and latent frame."""
    if isinstance(e, ast.Index) and (whole := constant(e.base, codec)) is not None:
        frames = isinstance(e.index, ast.Name) and e.index.id == "t"
        return replace(whole, span=e.span, attrs={**whole.attrs, **dict([PER("frame")])}) if frames else None
    owner, *rest = path_of(e) or ("",)
    if owner != codec or not rest:
        return None
    through = rest[0] == "config" and len(rest) > 1
    attrs = dict([COMPONENT(codec), NAME(".".join(rest[through:])), THROUGH_CONFIG(through)])
    return Value("constant", (), Scalar("float"), e.span, attrs)


def path_of(e: ast.Expr) -> tuple[str, ...]:
    """The names of `vae.config.scaling_factor`; none of what is no such path."""
    names: list[str] = []
    while isinstance(e, ast.Attr):
        names.insert(0, e.name)
        e = e.base
    return (e.id, *names) if isinstance(e, ast.Name) and names else ()


def _pixels_for_one(e: ast.Expr) -> Fraction | None:
    """How many of a size make one latent: 8 for `H/8`, 4 for `(F - 1)/4 + 1`. None for what is no line in one size."""
    names = {n.id for n in nodes([e]) if isinstance(n, ast.Name)}
    line = _line(e) if len(names) == 1 else None
    return 1 / line[0] if line is not None and line[0] > 0 else None


def _line(e: ast.Expr) -> tuple[Fraction, Fraction] | None:
    """Slope and offset in the one size that an expression reads."""
    match e:
        case ast.Number(value=value):
            return Fraction(0), Fraction(value)
        case ast.Name():
            return Fraction(1), Fraction(0)
        case ast.Binary(op=op, left=left, right=right):
            a, b = _line(left), _line(right)
            if a is None or b is None:
                return None
            if op in "+-":
                sign = 1 if op == "+" else -1
                return a[0] + sign * b[0], a[1] + sign * b[1]
            if op == "*" and 0 in (a[0], b[0]):
                return a[0] * b[1] + b[0] * a[1], a[1] * b[1]
            if op == "/" and b[0] == 0 and b[1] != 0:
                return a[0] / b[1], a[1] / b[1]
    return None
