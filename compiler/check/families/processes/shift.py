"""The `shift` of a process: a number, or a formula of sizes and of the number of steps `n`.

`dynamic(h*w/4, [256, 0.5], [4096, 1.15], terminal = 0.02)` is the form that schedulers of diffusers have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ....base import limits
from ....base.diagnostic_bag import Bag
from ....base.frozen import replace
from ....program.process import Process
from ....program.shifts import FUNCTIONS, STEPS, DynamicShift, Tree, arity, exponential, names_of
from ....syntax import ast
from ....types.dims import Dim
from ....types.types import Space
from ...core.suggestions import did_you_mean

FORM = "`shift = dynamic(h*w/4, [256, 0.5], [4096, 1.15])`"
KINDS = ("exponential", "linear")


class BadShift(Exception):
    def __init__(self, message: str, node: ast.Syntax, help: str = "") -> None:
        super().__init__(message)
        self.node, self.help = node, help


def shift_of(e: ast.Entry, lets: tuple[ast.Bind, ...], bag: Bag) -> tuple[float, DynamicShift | None]:
    """A shift as it is written: a number, or 1 and how it follows from what is known later. Reports what is wrong."""
    if e.value is None:
        return 1.0, None
    try:
        found = _dynamic(e.value) or DynamicShift(_tree(e.value, {b.targets[0].id: b.value for b in lets}))
    except BadShift as why:
        bag.error("bad-setting", str(why), why.node.span, help=why.help)
        return 1.0, None
    if any(names_of(found.tree)):
        return 1.0, found
    number = found.of(None)
    if number is None or number > limits.SHIFT:
        bag.error("bad-setting", f"`shift` is a number above 0, at most {limits.SHIFT:,}", e.span)
        return 1.0, None
    return number, found if found.terminal else None


def at_sizes(p: Process, sizes: Mapping[str, Dim], space: Space | None, bag: Bag) -> Process:
    """The process where a family's sizes, and the axes of its latents, are these. Reports a shift that reads none of them,
    or that is no number there."""
    if p.dynamic is None:
        return p
    parts = [s for _, s in space.factors] or [space] if space is not None else []
    axes = {a: d for s in parts for a, d in zip(s.axes, s.dims) if a not in (None, "b")}
    known = {n: d for n, d in {**axes, **sizes}.items() if n is not None}
    place = p.settings["shift"].span if "shift" in p.settings else p.place
    for name in names_of(p.dynamic.tree):
        if name not in known and name != STEPS:
            listed = f"it reads sizes and axes ({', '.join(known)}), and `{STEPS}`, the number of steps"
            bag.error(
                "unknown-name",
                f"`shift` knows no `{name}`",
                place,
                help=did_you_mean(name, [*known, STEPS], listed),
            )
            return replace(p, dynamic=None)
    numbers = {n: d.constant for n, d in known.items() if d.constant is not None}
    dynamic = replace(p.dynamic, sizes=numbers)
    if set(names_of(dynamic.tree)) - {STEPS} <= numbers.keys():
        found = dynamic.of(20)
        if found is None or found > limits.SHIFT:
            facts = tuple(f"{n} = {numbers[n]}" for n in sorted(set(names_of(dynamic.tree)) & numbers.keys()))
            bag.error(
                "bad-setting", f"`shift` is a number above 0, at most {limits.SHIFT:,}", place, facts=facts
            )
            return replace(p, dynamic=None)
        if not dynamic.by_steps:
            return replace(p, shift=found, dynamic=dynamic)
    return replace(p, dynamic=dynamic)


def _dynamic(e: ast.Expr) -> DynamicShift | None:
    """`dynamic(TOKENS, [TOKENS, MU], [TOKENS, MU], terminal = 0.02, kind = exponential)`"""
    if not isinstance(e, ast.Call) or not isinstance(e.func, ast.Name) or e.func.id != "dynamic":
        return None
    plain = [a.value for a in e.args if a.name is None]
    named = {a.name: a.value for a in e.args if a.name is not None}
    if len(plain) != 3 or named.keys() - {"terminal", "kind"}:
        raise BadShift("`dynamic` takes the number of tokens and two points of a line, [tokens, mu]", e, FORM)
    (a0, m0), (a1, m1) = _point(plain[1]), _point(plain[2])
    if a0 >= a1:
        raise BadShift("the two points of `dynamic` have rising numbers of tokens", plain[2], FORM)
    terminal = named.get("terminal")
    last = _number(terminal) if terminal is not None else 0.0
    if last is None or not 0 <= last < 1:
        raise BadShift(
            "`terminal` is a noise level, the last one before data", e, f"{FORM[:-2]}, terminal = 0.02)`"
        )
    kind = named.get("kind")
    if kind is not None and (not isinstance(kind, ast.Name) or kind.id not in KINDS):
        raise BadShift("`kind` is `exponential`, for exp(mu), or `linear`, for mu itself", kind)
    is_linear = isinstance(kind, ast.Name) and kind.id == "linear"
    keys: dict[str, object] = {
        "base_image_seq_len": int(a0),
        "max_image_seq_len": int(a1),
        "base_shift": m0,
        "max_shift": m1,
        "shift_terminal": last or None,
        "time_shift_type": "linear" if is_linear else "exponential",
    }
    return DynamicShift(exponential(_tree(plain[0], {}), (a0, m0), (a1, m1), not is_linear), last, keys)


def _point(e: ast.Expr) -> tuple[float, float]:
    numbers = [_number(i) for i in e.items] if isinstance(e, ast.ListExpr) else []
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        raise BadShift("a point of `dynamic` is a list of two numbers, [tokens, mu]", e, FORM)
    return numbers[0], numbers[1]


def _number(e: ast.Expr) -> float | None:
    match e:
        case ast.Number(value=v):
            return float(v)
        case ast.Unary(op="-", operand=ast.Number(value=v)):
            return -float(v)
    return None


def _tree(e: ast.Expr, lets: Mapping[str, ast.Expr], within: Collection[str] = ()) -> Tree:
    match e:
        case ast.Number(value=v):
            return float(v)
        case ast.Name(id=name):
            if name in within:
                raise BadShift(f"`{name}` is computed of itself", e)
            return _tree(lets[name], lets, (*within, name)) if name in lets else name
        case ast.Unary(op="-", operand=x):
            return ("-", 0.0, _tree(x, lets, within))
        case ast.Binary(op=op, left=left, right=right) if op in FUNCTIONS:
            return (op, _tree(left, lets, within), _tree(right, lets, within))
        case ast.Call(func=ast.Name(id=name), args=args) if len(args) == arity(name):
            return (name, *(_tree(a.value, lets, within) for a in args))
    help = (
        f"it is made of numbers, sizes, `{STEPS}`, + - * /, `select` and functions of a number such as `exp`"
    )
    raise BadShift("this cannot stand in a shift", e, help)
