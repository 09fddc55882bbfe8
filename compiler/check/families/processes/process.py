"""A process's formulas: which of the known mixes it is, what its network says, and what the network is fed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from .....stages import table
from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Label
from ....base.frozen import replace
from ....base.source import Span
from ....program.family import Component
from ....program.grids import Betas, exact
from ....program.ops import NAME, VALUE
from ....program.process import NOW, Process, Stated, level_of_sigma, velocity
from ....program.values import Formula, Value
from ....syntax import ast
from ....syntax.visitor import nodes
from ....types.coefficients import ONE, Coef, const, read, square_root, unknown
from ....types.quantity import CLEAN, NOISE, Quantity, noisy
from ....types.types import Scalar, TimeType
from ...core.suggestions import did_you_mean, report_unknown
from ..declarations import FamilyDeclarations
from . import formulas, grids
from .process_formulas import BadFormula, Mixed, evaluate, read_by
from .shift import shift_of

SETTINGS = ("noisy", "predict", "ticks", "shift", "range", "schedule", "grid")
FUNCTIONS = tuple(name for name, op in table.FUNCTIONS.items() if op.rule == "elementwise")
"""What a `ticks` may call beside a component's own method."""


SYMBOLS: Mapping[str, Mixed] = {"x0": CLEAN, "eps": NOISE}
"""What a process mixes, as its formulas name it."""


def build(
    d: ast.ProcessDecl,
    bag: Bag,
    components: Mapping[str, Component] | None = None,
    chosen: tuple[str, ...] = (),
) -> Process | None:
    """Reads a process declaration; reports what is wrong with it and gives None then.

    `components` are what its `ticks` may call; None where they are not known. `chosen` are its settings that the program
    or a variant states.
    """
    for e in d.entries:
        if e.name not in SETTINGS:
            report_unknown(
                bag,
                "unknown-setting",
                f"a process has no `{e.name}`",
                e.span,
                e.name,
                SETTINGS,
                otherwise=f"a process has {', '.join(SETTINGS)}",
                closed=True,
            )
    mixing, predict = _value(d, "noisy"), _value(d, "predict")
    for name, value, example in (
        ("noisy", mixing, "noisy = (1 - s)*x0 + s*eps"),
        ("predict", predict, "predict = eps - x0"),
    ):
        if value is None:
            bag.error(
                "missing-argument",
                f"process `{d.name.id}` does not say `{name}`",
                d.name.span,
                help=f"for example `{example}`",
            )
            return None
    assert mixing is not None and predict is not None
    shift_entry = _entry(d, "shift")
    shift, dynamic = shift_of(shift_entry, d.lets, bag) if shift_entry is not None else (1.0, None)
    range_entry = _entry(d, "range")
    try:
        kind, levels = _classify(mixing, d)
        mix = noisy(kind, NOW)
        prediction = evaluate(predict, _names(kind, levels, mix), d.lets)
        if not isinstance(prediction, Quantity):
            raise BadFormula("`predict` is not a mix of x0 and eps", predict)
        if (mix.a * prediction.b - mix.b * prediction.a).is_zero:
            raise BadFormula(
                "`predict` is a multiple of the noisy input: nothing can be told from it", predict
            )
    except BadFormula as e:
        bag.error("bad-setting", str(e), e.node.span)
        return None
    ticks = _value(d, "ticks")
    table_entry, grid_entry = _entry(d, "schedule"), _entry(d, "grid")
    table = grids.schedule(table_entry, kind, bag) if table_entry is not None else None
    if table_entry is not None:
        _one_of(table_entry, [_entry(d, "ticks"), range_entry], bag)
    if ticks is not None and components is not None:
        _check_ticks(ticks, [*levels, *(b.targets[0].id for b in d.lets)], components, bag)
        _check_range(ticks, levels, bag)
        _check_schedule(ticks, levels, components, bag)
    process = Process(
        name=d.name.id,
        kind=kind,
        prediction=prediction,
        ticks=_table_ticks(d, table) if table else _typed_ticks(ticks, levels, d.lets) if ticks else None,
        tick_ends=_tick_ends(ticks, levels) if ticks is not None else None,
        shift=shift,
        place=d.name.span,
        settings=_settings(d),
        lets=bool(d.lets),
        chosen=chosen,
        top=Fraction(table.levels[-1]) if table is not None else _top(range_entry, kind, ticks, bag),
        table=table,
        grid=grids.grid(grid_entry, bag) if grid_entry is not None else None,
        dynamic=dynamic,
    )
    if process.grid is not None:
        grids.check_grid(process, bag)
    return process


def process_of(
    declared: FamilyDeclarations,
    components: Mapping[str, Component],
    stated: Sequence[ast.Entry],
    bag: Bag,
) -> Process | None:
    """A family's process: its own, or the only one of its file; `stated` is what a variant puts in place of its own."""
    own = list(declared.of(ast.ProcessDecl))
    for extra in own[1:]:
        bag.error(
            "duplicate-name",
            f"family `{declared.name}` has two processes",
            extra.name.span,
            labels=(Label(own[0].name.span, "the first one"),),
            help="a family has one process",
        )
    found = own[:1] or declared.processes_of_file()
    if len(found) != 1:
        return None
    # what a variant says of its network is the family's word for these weights, as a checkpoint's would be
    chosen = tuple(e.name for e in stated if e.name == "shift")
    return build(_with(found[0], stated), bag, components, chosen)


def _with(d: ast.ProcessDecl, stated: Sequence[ast.Entry]) -> ast.ProcessDecl:
    """A process with entries in place of its own, or beside them."""
    if not stated:
        return d
    by_name = {e.name: e for e in stated}
    kept = [by_name.pop(e.name, e) for e in d.entries]
    return replace(d, entries=(*kept, *by_name.values()))


def _one_of(entry: ast.Entry, others: Sequence[ast.Entry | None], bag: Bag) -> None:
    """A schedule says by itself what ticks are, and where the process ends."""
    for other in others:
        if other is not None:
            bag.error(
                "bad-setting",
                f"`schedule` says what `{other.name}` would",
                other.span,
                labels=(Label(entry.span, "the schedule"),),
                help="leave one of the two out",
            )


def levels(place: Span) -> Process:
    """That of a family of heads which states none: a flow, so that `t.sigma` is the noise level."""
    return Process("levels", "flow", velocity("flow", NOW), None, None, 1.0, place)


def _entry(d: ast.ProcessDecl, name: str) -> ast.Entry | None:
    return next((e for e in d.entries if e.name == name), None)


def _value(d: ast.ProcessDecl, name: str) -> ast.Expr | None:
    entry = _entry(d, name)
    return entry.value if entry is not None else None


def _settings(d: ast.ProcessDecl) -> dict[str, Stated]:
    found: dict[str, Stated] = {}
    for e in d.entries:
        found.setdefault(e.name, _stated(e))
    return found


def _stated(e: ast.Entry) -> Stated:
    return Stated(e.span, e.value.span if e.value is not None else None)


def _top(entry: ast.Entry | None, kind: str, ticks: ast.Expr | None, bag: Bag) -> Fraction | None:
    """The level at which a process ends: that of the larger sigma of its `range`, if it states one."""
    if entry is None:
        scheduled = ticks is not None and any(isinstance(n, ast.Attr) for n in nodes([ticks]))
        return None if kind == "edm" or scheduled else Fraction(1)
    items = entry.value.items if isinstance(entry.value, ast.ListExpr) else ()
    ends = [Fraction(i.value) for i in items if isinstance(i, ast.Number)]
    above = "" if kind == "edm" else ", at most 1"
    if len(items) != 2 or len(ends) != 2 or not 0 <= ends[0] < ends[1] <= (ends[1] if kind == "edm" else 1):
        bag.error(
            "bad-setting",
            f"`range` holds the least and the largest sigma of a process{above}",
            entry.span,
            help="for example `range = [0.002, 80]`"
            if kind == "edm"
            else "for example `range = [0, 0.9977]`",
        )
        return None
    return level_of_sigma(kind, ends[1])


def _names(kind: str, levels: Mapping[str, str], mix: Quantity) -> dict[str, Mixed]:
    """What the formulas of a process may name: data and noise, the noisy latents `xt`, and its own names of the level."""
    names: dict[str, Mixed] = {**SYMBOLS, "xt": mix}
    for name, meaning in levels.items():
        if meaning == "angle":
            names[f"cos({name})"], names[f"sin({name})"] = mix.a, mix.b
        else:
            names[name] = read(meaning, kind, NOW)
    return names


# ticks


def _check_ticks(ticks: ast.Expr, known: Collection[str], components: Collection[str], bag: Bag) -> None:
    """`ticks` reads the level by its own names, and may call a component: `unet.schedule(s)`."""
    plain = {id(n.func) for n in nodes([ticks]) if isinstance(n, ast.Call)}
    owners = {id(n.base) for n in nodes([ticks]) if isinstance(n, ast.Attr)}
    for node in nodes([ticks]):
        if not isinstance(node, ast.Name) or (id(node) in plain and node.id in FUNCTIONS):
            continue
        if id(node) in owners:
            if node.id not in components:
                help = did_you_mean(node.id, components)
                bag.error("unknown-name", f"no component is called `{node.id}`", node.span, help=help)
        elif node.id not in known:
            help = did_you_mean(node.id, known, f"the noise level is called {' or '.join(known)}")
            bag.error("unknown-name", f"`ticks` knows no `{node.id}`", node.span, help=help)


def _check_range(ticks: ast.Expr, levels: Mapping[str, str], bag: Bag) -> None:
    """Ticks tell the network which noise level it is at: they are not the same at all of them, and count from 0."""
    own = next((n for n, meaning in levels.items() if meaning != "alpha"), "s")
    if not any(isinstance(n, ast.Name) for n in nodes([ticks])):
        bag.error(
            "bad-setting",
            "`ticks` are the same at every noise level, so that the network is told none",
            ticks.span,
            help=f"for example `ticks = 1000*{own}`",
        )
    elif (ends := _tick_ends(ticks, levels)) is not None and min(ends) < 0:
        at = "all noise" if ends[1] < 0 else "data"
        bag.error(
            "bad-setting",
            f"`ticks` are {float(min(ends)):g} at {at}, and ticks are not negative",
            ticks.span,
            help=f"for example `ticks = 1000*{own}`, or `ticks = 1 - {own}` where the network is told how clean its input is",
        )


def _check_schedule(
    ticks: ast.Expr, levels: Mapping[str, str], components: Mapping[str, Component], bag: Bag
) -> None:
    """A class of a library tells its ticks by the schedule of its checkpoint alone, at the level itself."""
    own = next((n for n, meaning in levels.items() if meaning != "alpha"), "s")
    for node in nodes([ticks]):
        match node:
            case ast.Call(func=ast.Attr(base=ast.Name(id=name), name=method), args=args) if (
                name in components
            ):
                if components[name].cls.startswith("python."):
                    continue
                plain = len(args) == 1 and isinstance(args[0].value, ast.Name) and args[0].value.id in levels
                if method != "schedule" or not plain or node is not ticks:
                    bag.error(
                        "bad-setting",
                        f"`{name}` is a class of a library, and its checkpoint's schedule tells nothing but ticks",
                        ticks.span,
                        help=f"`ticks = {name}.schedule({own})`; a class of the family's own may "
                        "have methods that compute ticks",
                    )
                    return
            case _:
                pass


def _tick_ends(ticks: ast.Expr, levels: Mapping[str, str]) -> tuple[Fraction, Fraction] | None:
    """Ticks at noise level 0 and 1, where the formula is linear in the level."""
    found = []
    for s in (Fraction(0), Fraction(1), Fraction(1, 2)):
        names: dict[str, Mixed] = {n: const(s) for n, m in levels.items() if m == "sigma"}
        try:
            at = evaluate(ticks, names, ())
        except BadFormula:
            return None
        if not isinstance(at, Coef) or at.constant is None:
            return None
        found.append(at.constant)
    low, high, middle = found
    return (low, high) if middle * 2 == low + high and low != high else None


def _table_ticks(d: ast.ProcessDecl, table: Betas) -> Formula:
    """The entry of the schedule at a level."""
    span = d.name.span
    level = Value("param", (), TimeType(NOW), span, dict([NAME("t")]))
    numbers = [
        Value("const", (), Scalar("float" if isinstance(x, float) else "int"), span, dict([VALUE(exact(x))]))
        for x in table.numbers
    ]
    return Formula((level,), Value("entry_of", (level, *numbers), Scalar("float"), span))


def _typed_ticks(ticks: ast.Expr, levels: Mapping[str, str], lets: tuple[ast.Bind, ...]) -> Formula:
    t = Value("param", (), TimeType(NOW, ("b",)), ticks.span, dict([NAME("t")]))
    names = {
        name: Value(meaning, (t,), Scalar("float", ("b",), "sample"), ticks.span)
        for name, meaning in levels.items()
    }
    for b in lets:
        names[b.targets[0].id] = formulas.typed(b.value, names)

    def scheduled(e: ast.Expr) -> Value | None:
        """A component's own schedule: `unet.schedule(s)`."""
        match e:
            case ast.Call(func=ast.Attr(base=ast.Name(id=component), name=method), args=args):
                passed = tuple(formulas.typed(a.value, names) for a in args)
                number = Scalar("float", ("b",), "sample")
                return formulas.component_call(component, method, args, passed, number, e.span)
        return None

    return Formula((t,), formulas.typed(ticks, names, scheduled))


# formulas over data and noise


def _classify(formula: ast.Expr, d: ast.ProcessDecl) -> tuple[str, dict[str, str]]:
    free = [n for n in _free_names(formula) if n not in SYMBOLS]
    own = read_by(formula, d.lets)
    lets = {b.targets[0].id for b in d.lets}
    free = [n for n in free if n not in lets]
    for b in own:
        free += [n for n in _free_names(b.value) if n not in (*free, *lets, *SYMBOLS)]
    env: dict[str, Mixed] = {**SYMBOLS}
    for n in free:
        env[n] = unknown(n)
        env[f"cos({n})"], env[f"sin({n})"] = unknown(f"cos {n}"), unknown(f"sin {n}")
    mix = evaluate(formula, env, d.lets)
    if not isinstance(mix, Quantity):
        raise BadFormula("`noisy` is not a mix of x0 and eps", formula)
    for n in free:
        s = unknown(n)
        if mix == Quantity(ONE - s, s):
            return "flow", {n: "sigma"}
        if mix == Quantity(ONE, s):
            return "edm", {n: "sigma"}
        if mix == Quantity(square_root(ONE - s * s), s):
            return "vp", {n: "sigma"}
        if mix == Quantity(unknown(f"cos {n}"), unknown(f"sin {n}")):
            return "trig", {n: "angle"}
        for m in free:
            if m != n and mix == Quantity(unknown(m), s):
                return "vp", {m: "alpha", n: "sigma"}
    raise BadFormula(
        "`noisy` is none of the mixes that are known: (1 - s)*x0 + s*eps, a*x0 + s*eps with a² + s² = 1, "
        "x0 + s*eps, cos(u)*x0 + sin(u)*eps",
        formula,
    )


def _free_names(e: ast.Expr) -> list[str]:
    found: list[str] = []
    stack: list[ast.Expr] = [e]
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(id=name):
                if name not in found:
                    found.append(name)
            case ast.Binary(left=left, right=right):
                stack += [right, left]
            case ast.Unary(operand=x):
                stack.append(x)
            case ast.Call(args=args):
                stack += [a.value for a in args]
            case _:
                pass
    return found
