"""A process's formulas: which of the known mixes it is, and what its network says, as quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from ..base.diagnostic_bag import Bag
from ..base.diagnostics import nearest, respelt
from ..base.frozen import struct
from ..syntax import ast
from .quantity import CLEAN, NOISE, ONE, Coef, Quantity, Time, TooComplex, const, read, square_root, unknown

SETTINGS = ("noisy", "predict", "ticks", "shift")
MAX_SHIFT = 1000


class BadFormula(Exception):
    def __init__(self, message: str, node: ast.Node) -> None:
        super().__init__(message)
        self.node = node


@struct
class Process:
    """A family's process with its formulas.

    `kind` is one of quantity.KINDS. `noisy` and `predict` are expressions over x0, eps and the process's own names of
    its level (`s`; `a` for alpha; `u` for a trig angle). `prediction` is what the network says, as a quantity at the
    time `at` (a symbol). `ticks` maps the level to what the network is fed. `shift` is that of training and grids.
    `chosen` names what the program or the variant states in the family's place.
    """

    name: str
    kind: str
    declaration: ast.ProcessDecl
    shift: float
    chosen: tuple[str, ...] = ()


Mixed = Coef | Quantity


@struct
class ProcessModel:
    """A process as the checker uses it. `typed` is what lowering gets."""

    typed: Process
    level_names: Mapping[str, str]  # the declaration's own names → "sigma", "alpha", "angle"

    @property
    def kind(self) -> str:
        return self.typed.kind

    def noisy(self, time: Time) -> Quantity:
        return Quantity(read("alpha", self.kind, time), read("sigma", self.kind, time))

    def predicted(self, time: Time) -> Quantity:
        """What the network says at a time."""
        entry = _entry(self.typed.declaration, "predict")
        assert entry is not None and entry.value is not None
        found = evaluate(entry.value, self._names(time), self.typed.declaration.lets)
        return found if isinstance(found, Quantity) else Quantity(const(0), const(0))

    def _names(self, time: Time) -> dict[str, Mixed]:
        alpha, sigma = read("alpha", self.kind, time), read("sigma", self.kind, time)
        names: dict[str, Mixed] = {"x0": CLEAN, "eps": NOISE, "xt": self.noisy(time)}
        for name, meaning in self.level_names.items():
            if meaning == "angle":
                names[f"cos({name})"], names[f"sin({name})"] = alpha, sigma
            else:
                names[name] = alpha if meaning == "alpha" else sigma
        return names

    def level_of_ticks(self, ticks: Fraction) -> Fraction | None:
        """The noise level (of a flow process: sigma) at which the network is fed `ticks`; None if not known here.

        Raises ValueError when the ticks are outside what the process has.
        """
        low, high = self.tick_range
        if low is None or high is None:
            if ticks < 0:
                raise ValueError("ticks are not negative")
            return None
        if not min(low, high) <= ticks <= max(low, high):
            raise ValueError(f"`{self.typed.name}` has ticks from {float(low):g} to {float(high):g}")
        found = (ticks - low) / (high - low)
        return found if self.kind == "flow" else None

    @property
    def tick_range(self) -> tuple[Fraction | None, Fraction | None]:
        """Ticks at noise level 0 and 1, where the formula is linear in the level."""
        entry = _entry(self.typed.declaration, "ticks")
        if entry is None or entry.value is None:
            return None, None
        found = []
        for s in (Fraction(0), Fraction(1), Fraction(1, 2)):
            names: dict[str, Mixed] = {n: const(s) for n, m in self.level_names.items() if m == "sigma"}
            try:
                ticks = evaluate(entry.value, names, ())
            except BadFormula:
                return None, None
            if not isinstance(ticks, Coef) or ticks.constant is None:
                return None, None
            found.append(ticks.constant)
        low, high, middle = found
        return (low, high) if middle * 2 == low + high and low != high else (None, None)


def _entry(d: ast.ProcessDecl, name: str) -> ast.Entry | None:
    return next((e for e in d.entries if e.name == name), None)


def build(d: ast.ProcessDecl, bag: Bag, chosen: tuple[str, ...] = ()) -> ProcessModel | None:
    """Read a process declaration; reports what is wrong with it and gives None then.

    `chosen` are its settings that the program or a variant states.
    """
    for e in d.entries:
        if e.name not in SETTINGS:
            near = nearest(e.name, SETTINGS)
            bag.error(
                "unknown-setting",
                f"a process has no `{e.name}`",
                e.span,
                help=f"did you mean `{near}`?" if near else f"a process has {', '.join(SETTINGS)}",
                fixes=respelt(e.name, near, e.span, closed=True),
            )
    noisy, predict = _entry(d, "noisy"), _entry(d, "predict")
    for name, entry in (("noisy", noisy), ("predict", predict)):
        if entry is None or entry.value is None:
            bag.error(
                "missing-argument",
                f"process `{d.name.id}` does not say `{name}`",
                d.name.span,
                help="for example `noisy = (1 - s)*x0 + s*eps`"
                if name == "noisy"
                else "for example `predict = eps - x0`",
            )
            return None
    assert noisy is not None and noisy.value is not None and predict is not None and predict.value is not None
    shift_entry = _entry(d, "shift")
    shift = 1.0
    if shift_entry is not None and shift_entry.value is not None:
        value = shift_entry.value
        if isinstance(value, ast.Number) and 0 < value.value <= MAX_SHIFT:
            shift = float(value.value)
        else:
            bag.error("bad-setting", f"`shift` is a number above 0, at most {MAX_SHIFT:,}", shift_entry.span)
    try:
        kind, names = _classify(noisy.value, d)
        model = ProcessModel(Process(d.name.id, kind, d, shift, chosen), names)
        said = evaluate(predict.value, model._names(Time("symbol", "process")), d.lets)
        if not isinstance(said, Quantity):
            raise BadFormula("`predict` is not a mix of x0 and eps", predict.value)
        mix = model.noisy(Time("symbol", "process"))
        if (mix.a * said.b - mix.b * said.a).is_zero:
            raise BadFormula(
                "`predict` is a multiple of the noisy input: nothing can be told from it", predict.value
            )
    except BadFormula as e:
        bag.error("bad-setting", str(e), e.node.span)
        return None
    except TooComplex:
        bag.error("bad-setting", "this formula is too large to be followed", d.span)
        return None
    return model


def _classify(formula: ast.Expr, d: ast.ProcessDecl) -> tuple[str, dict[str, str]]:
    free = [n for n in _free_names(formula) if n not in ("x0", "eps", "cos", "sin", "sqrt")]
    lets = {b.targets[0].id for b in d.lets}
    free = [n for n in free if n not in lets]
    for b in d.lets:
        free += [
            n for n in _free_names(b.value) if n not in (*free, *lets, "x0", "eps", "cos", "sin", "sqrt")
        ]
    env: dict[str, Mixed] = {"x0": CLEAN, "eps": NOISE}
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


def evaluate(e: ast.Expr, names: Mapping[str, Mixed], lets: tuple[ast.Bind, ...]) -> Mixed:
    """A formula over named coefficients and quantities. Raises `BadFormula`."""
    env = dict(names)
    for b in lets:
        env[b.targets[0].id] = evaluate(b.value, env, ())
    return _walk(e, env)


def _walk(e: ast.Expr, env: Mapping[str, Mixed]) -> Mixed:
    match e:
        case ast.Number(value=v):
            return const(v)
        case ast.Name(id=name):
            if name in env:
                return env[name]
            raise BadFormula(f"`{name}` means nothing in a process's formula", e)
        case ast.Unary(op="-", operand=x):
            inner = _walk(x, env)
            return inner.negated() if isinstance(inner, Quantity) else -inner
        case ast.Binary(op="**", left=left, right=ast.Number(value=2)):
            base = _walk(left, env)
            if isinstance(base, Coef):
                return base * base
        case ast.Binary(op=op, left=left, right=right) if op in _OPERATIONS:
            return _OPERATIONS[op](_walk(left, env), _walk(right, env), e)
        case ast.Call(func=ast.Name(id=name), args=(ast.Arg(name=None, value=x),)):
            if isinstance(x, ast.Name) and f"{name}({x.id})" in env:
                return env[f"{name}({x.id})"]
            if name == "sqrt":
                inner = _walk(x, env)
                if isinstance(inner, Coef):
                    return _root(inner, env)
        case _:
            pass
    raise BadFormula("this cannot stand in a process's formula", e)


def _root(inner: Coef, env: Mapping[str, Mixed]) -> Coef:
    # a formula's own a and s come before those of other processes with the same values
    for known in env.values():
        if isinstance(known, Coef) and known.op in ("alpha", "sigma") and inner == known * known:
            return known
    return square_root(inner)


def _add(a: Mixed, b: Mixed, e: ast.Expr) -> Mixed:
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        return a + b
    if isinstance(a, Coef) and isinstance(b, Coef):
        return a + b
    raise BadFormula("a number cannot be added to x0 or eps", e)


def _subtract(a: Mixed, b: Mixed, e: ast.Expr) -> Mixed:
    return _add(a, b.negated() if isinstance(b, Quantity) else -b, e)


def _multiply(a: Mixed, b: Mixed, e: ast.Expr) -> Mixed:
    if isinstance(a, Quantity) and isinstance(b, Coef):
        return a.scale(b)
    if isinstance(a, Coef) and isinstance(b, Quantity):
        return b.scale(a)
    if isinstance(a, Coef) and isinstance(b, Coef):
        return a * b
    raise BadFormula("two latents cannot be multiplied in a process's formula", e)


def _divide(a: Mixed, b: Mixed, e: ast.Expr) -> Mixed:
    if not isinstance(b, Coef) or b.constant == 0:
        raise BadFormula("this division makes no sense", e)
    return a.divide(b) if isinstance(a, Quantity) else a / b


_OPERATIONS: Mapping[str, Callable[[Mixed, Mixed, ast.Expr], Mixed]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
}


def velocity(kind: str, t: Time) -> Quantity:
    """The derivative of the noisy latents along the path: eps - x0 for flow, alpha*eps - sigma*x0 on the circle."""
    if kind in ("vp", "trig"):
        return Quantity(-read("sigma", kind, t), read("alpha", kind, t))
    return Quantity(-ONE, ONE) if kind == "flow" else NOISE


DERIVED: Mapping[str, Callable[[ProcessModel, Time], Quantity]] = {
    "predict": lambda p, t: p.predicted(t),
    "x0": lambda p, t: CLEAN,
    "eps": lambda p, t: NOISE,
    "velocity": lambda p, t: velocity(p.kind, t),
    "score": lambda p, t: Quantity(ONE * 0, -ONE / read("sigma", p.kind, t)),
}
"""What a role says of (x, t, c), whatever its network predicts."""
