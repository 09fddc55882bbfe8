"""What a process states of its schedule and its sampling grids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from .....stages.schedules import POWERS
from ....base.diagnostic_bag import Bag
from ....program.grids import SHIFT, BadGrid, Betas, GridRule
from ....program.process import Process
from ....program.shifts import FUNCTIONS, Tree, arity
from ....syntax import ast
from ...core.suggestions import did_you_mean

EXAMPLES: Mapping[str, str] = {
    "schedule": "schedule = betas(scaled_linear, 0.00085, 0.012, 1000)",
    "grid": "grid(n) = [1 - i/n for i in 0 .. n]",
}
MOST_ENTRIES = 100_000
PROBES = (50, 20, 4)
"""Numbers of steps at which a rule is tried where it is stated."""


def schedule(entry: ast.Entry, kind: str, bag: Bag) -> Betas | None:
    """`betas(scaled_linear, first, last, count)`, perhaps `zero_snr = true`; reports what is wrong with it."""
    if kind != "vp":
        bag.error(
            "bad-setting",
            "a schedule of betas is one of a variance-preserving process",
            entry.span,
            help="`noisy = a*x0 + s*eps`",
        )
        return None
    match entry.value:
        case ast.Call(
            func=ast.Name(id="betas"), args=(ast.Arg(name=None, value=ast.Name() as spacing), *rest)
        ):
            pass
        case _:
            _unclear(entry, bag)
            return None
    if spacing.id not in POWERS:
        known = f"betas are spaced {' or '.join(POWERS)}"
        help = did_you_mean(spacing.id, POWERS, known)
        bag.error("unknown-name", f"`{spacing.id}` is no spacing of betas", spacing.span, help=help)
        return None
    zero_snr = False
    numbers: list[Fraction] = []
    for a in rest:
        match a:
            case ast.Arg(name=None, value=ast.Number(value=value)):
                numbers.append(Fraction(value))
            case ast.Arg(name="zero_snr", value=ast.Bool(value=value)):
                zero_snr = value
            case _:
                _unclear(entry, bag)
                return None
    if len(numbers) != 3 or numbers[2].denominator != 1:
        _unclear(entry, bag)
        return None
    first, last, count = numbers
    if not (0 < first < last < 1 and 2 <= count <= MOST_ENTRIES):
        bag.error(
            "bad-setting",
            f"betas rise within (0, 1), over 2 to {MOST_ENTRIES:,} entries",
            entry.span,
            help=f"for example `{EXAMPLES['schedule']}`",
        )
        return None
    return Betas(float(first), float(last), int(count), POWERS[spacing.id], zero_snr)


def grid(entry: ast.Entry, bag: Bag) -> GridRule | None:
    """`grid(n) = [EXPR for i in LOW .. HIGH]`; reports what is wrong with it."""
    match entry:
        case ast.Entry(
            given=ast.Name(id=n),
            value=ast.Each(item=item, name=ast.Name(id=i), over=ast.Range(low=low, high=high)),
        ) if n != i:
            pass
        case _:
            _unclear(entry, bag)
            return None
    counts_ticks = False
    match item:
        case ast.Call(func=ast.Name(id="ticks"), args=(ast.Arg(name=None, value=inner),)):
            item, counts_ticks = inner, True
        case _:
            pass
    try:
        made, first, end = _tree(item, (n, i, SHIFT)), _tree(low, (n, SHIFT)), _tree(high, (n, SHIFT))
    except _Meaningless as e:
        bag.error("bad-setting", "this means nothing in a grid", e.node.span, help=e.help)
        return None
    return GridRule(n, i, made, first, end, counts_ticks, entry.span)


class _Meaningless(Exception):
    def __init__(self, node: ast.Syntax, help: str) -> None:
        super().__init__()
        self.node, self.help = node, help


def _tree(e: ast.Expr, names: Sequence[str]) -> Tree:
    match e:
        case ast.Number(value=v):
            return float(v)
        case ast.Name(id=name) if name in names:
            return name
        case ast.Name(id=name):
            raise _Meaningless(e, did_you_mean(name, names, f"it reads {', '.join(names)}"))
        case ast.Unary(op="-", operand=x):
            return ("-", 0.0, _tree(x, names))
        case ast.Binary(op=op, left=left, right=right) if op in FUNCTIONS:
            return (op, _tree(left, names), _tree(right, names))
        case ast.Call(func=ast.Name(id=name), args=args) if len(args) == arity(name):
            return (name, *(_tree(a.value, names) for a in args))
        case _:
            raise _Meaningless(e, f"for example `{EXAMPLES['grid']}`")


def check_grid(process: Process, bag: Bag) -> None:
    """Tries the rule; what it cannot give for few steps is told where they are asked for."""
    assert process.grid is not None
    for n in PROBES:
        try:
            process.grid_levels(n)
        except BadGrid as problem:
            bag.error(
                "bad-setting",
                f"this rule gives no grid of {n} steps: {problem}",
                process.grid.span,
                help=f"for example `{EXAMPLES['grid']}`",
            )
            return


def _unclear(entry: ast.Entry, bag: Bag) -> None:
    name = entry.path[-1]
    what = "names a table of noise" if name == "schedule" else "is a list over the steps"
    bag.error("bad-setting", f"`{name}` {what}", entry.span, help=f"for example `{EXAMPLES[name]}`")
