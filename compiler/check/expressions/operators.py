"""Arithmetic: types and quantities of sums, products and comparisons."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ....stages.op import Op
from ....stages.table import OPERATORS
from ...base.diagnostics import Fix, Label
from ...base.frozen import replace
from ...program.ops import VALUE
from ...program.values import Value
from ...syntax import ast
from ...types import points
from ...types.coefficients import Coef, const, function, power, read
from ...types.coefficients import unknown as unknown_number
from ...types.describe import noun, shown_constant
from ...types.dims import Dim
from ...types.quantity import DIRECTION, Quantity
from ...types.types import Latent, Level, ListOf, Record, Scalar, Tensor, TimeType, Tuple, Type
from ..core.annotations import MEDIA
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.matching.quantity_match import spaces_fit
from ..core.session import Session
from ..core.term import Term, unknown
from .products import is_one_tensor


def alike(a: Type, b: Type) -> bool:
    """Whether two values may stand in one list."""
    numbers = ("int", "float")
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return a.kind == b.kind or (a.kind in numbers and b.kind in numbers)
    return type(a) is type(b)


def as_number(term: Term) -> Term:
    """A draw in [0, 1] read as a plain number: the noise level of a flow process."""
    if isinstance(term.type, Level):
        scalar = Scalar("float", term.type.axes, term.type.scope)
        v = term.value
        value = Value("number", (v,), scalar, v.span, {}, v.trace)
        return replace(term, value=value, coef=read("sigma", "flow", term.type.time))
    return term


def unary(session: Session, e: ast.Unary, context: Context) -> Term:
    x = as_number(evaluate(session, e.operand, context))
    if x.unknown:
        return unknown(e.span)
    if e.op == "not":
        if not isinstance(x.type, Scalar) or x.type.kind != "bool":
            return session.error("type-mismatch", f"`not` wants true or false, not {x.type}", e.span)
        opposite = (not x.constant) if isinstance(x.constant, bool) else None
        return Term(session.value("not", (x,), x.type, e.span, context), constant=opposite)
    if isinstance(x.type, Latent):
        q = x.type.quantity.negated() if x.type.quantity is not None else None
        return Term(session.value("neg", (x,), Latent(x.type.space, q), e.span, context))
    if isinstance(x.type, Tensor):
        return Term(session.value("neg", (x,), computed(x.type), e.span, context))
    if isinstance(x.type, Scalar) and x.type.kind in ("int", "float"):
        constant = -x.constant if isinstance(x.constant, (int, Fraction)) else None
        return Term(
            session.value("neg", (x,), x.type, e.span, context),
            coef=-x.coef if x.coef is not None else None,
            dim=-x.dim if x.dim is not None else None,
            constant=constant,
        )
    return session.error("type-mismatch", f"{x.type} has no negative", e.span)


def binary(session: Session, e: ast.Binary, context: Context) -> Term:
    """A left-leaning chain is walked in a loop, so that a long sum needs no deep stack."""
    chain: list[ast.Binary] = []
    node: ast.Expr = e
    while isinstance(node, ast.Binary):
        chain.append(node)
        node = node.left
    term = evaluate(session, node, context)
    for step in reversed(chain):
        term = _combined(session, step, term, evaluate(session, step.right, context), context)
        if step is not e:
            session.note(step.span, term, context)
    return term


def _combined(session: Session, e: ast.Binary, a: Term, b: Term, context: Context) -> Term:
    if a.unknown or b.unknown:
        return unknown(e.span)
    a, b = as_number(a), as_number(b)
    if OPERATORS[e.op].gives == "bool":
        return _compare(session, e, a, b, context)
    for x, other in ((a, b), (b, a)):
        if isinstance(x.type, TimeType):
            return _time_in_arithmetic(session, e, x, other)
        if isinstance(x.type, (Record, Tuple, ListOf)) or not isinstance(x.type, (Scalar, Latent, Tensor)):
            return session.error(
                "type-mismatch", f"`{e.op}` works on numbers and latents, not on {noun(x.type)}", x.span
            )
        if isinstance(x.type, Scalar) and x.type.kind in ("str", "bool"):
            return session.error(
                "type-mismatch", f"`{e.op}` works on numbers and latents, not on {noun(x.type)}", x.span
            )
    if isinstance(a.type, Latent) or isinstance(b.type, Latent):
        return _latents(session, e, a, b, context)
    if isinstance(a.type, Tensor) or isinstance(b.type, Tensor):
        return _tensors(session, e, a, b, context)
    return _numbers(session, e, a, b, context)


def _time_in_arithmetic(session: Session, e: ast.Binary, time: Term, other: Term) -> Term:
    """Refuses a time among numbers: its noise level was meant, or a time that is so much noisier or cleaner."""
    read = f"{time.span.text}.sigma"
    computed = e.span.text.replace(time.span.text, read, 1)
    moves = isinstance(other.type, Scalar) and (
        e.op == "+" or (e.op == "-" and time.span.start == e.span.start)
    )
    if moves and computed.isprintable() and len(computed) < 60:
        made = f"level(clamp({computed}, 0, 1))"
        help, fix = f"`{made}` is a time, `{computed}` a number", Fix("make a time of it", e.span, made)
    else:
        help, fix = f"read its noise level: `{read}`", Fix("read its noise level", time.span, read)
    return session.error(
        "type-mismatch", "a time is not a number", time.span, "a time", help=help, fixes=(fix,)
    )


def _numbers(session: Session, e: ast.Binary, a: Term, b: Term, context: Context) -> Term:
    assert isinstance(a.type, Scalar) and isinstance(b.type, Scalar)
    whole = a.type.kind == b.type.kind == "int" and e.op != "/"
    axes = a.type.axes if len(a.type.axes) >= len(b.type.axes) else b.type.axes
    scope = "step" if a.type.scope == b.type.scope == "step" else "sample"
    type_ = Scalar("int" if whole else "float", axes, scope)
    dim: Dim | None = None
    if whole and a.dim is not None and b.dim is not None and e.op in "+-*":
        dim = {"+": a.dim + b.dim, "-": a.dim - b.dim, "*": a.dim * b.dim}[e.op]
    elif whole and e.op in ("//", "%") and a.dim is not None and b.dim is not None:
        dim = _divided(session, e.op, a.dim, b.dim)
    constant: Fraction | int | None = None
    x, y = a.constant, b.constant
    if isinstance(x, (int, Fraction)) and isinstance(y, (int, Fraction)):
        if y == 0 and e.op in ("/", "//", "%"):
            return session.error("bad-setting", "this divides by zero", e.span)
        constant = _fold(e, x, y)
        if whole and isinstance(constant, int):
            dim = Dim.of(constant)
    elif e.op in ("/", "//", "%") and b.coef is not None and b.coef.is_zero:
        return session.error(
            "bad-setting",
            "this divides by zero: what it divides by is 0 whatever its parts are",
            e.span,
            labels=(Label(b.span, "always 0"),) if b.span != e.span else (),
        )
    coef: Coef | None = None
    if constant is not None:
        coef = const(constant)
    elif a.coef is not None and b.coef is not None:
        coef = _arithmetic(e.op, a.coef, b.coef)
    if coef is None:
        coef = unknown_number(f"number {session.numbers.next()}")
    value = session.value(OPERATORS[e.op].name, (a, b), type_, e.span, context)
    if dim is not None:
        session.numbers.is_whole(value, dim)
    return Term(value, coef=coef, dim=dim, constant=constant, choice=a.choice or b.choice)


def _divided(session: Session, sign: str, a: Dim, b: Dim) -> Dim | None:
    """The quotient or remainder of whole numbers, between the bounds that it has."""
    numbers = session.numbers
    low, high, least, most = numbers.smallest(a), numbers.largest(a), numbers.smallest(b), numbers.largest(b)
    if least is None or least < 1:
        return None
    if sign == "%":
        bounds = (Dim.of(0), b - 1)
        if low is not None and high is not None and low >= 0 and high < least:
            return a
    elif low is not None and high is not None and most is not None and low >= 0:
        bounds = (Dim.of(low // most), Dim.of(high // least))
    else:
        return None
    return numbers.result(sign, (a, b), f"{_plain(a)} {sign} {_plain(b)}", *bounds)


def _plain(d: Dim) -> str:
    """A dim as it is written, without the numbers that tell variables of one name apart."""
    return re.sub(r"#\d+", "", str(d))


def whole_result(session: Session, op: Op, terms: Sequence[Term]) -> Dim | None:
    """The whole number that a function gives of whole numbers, between the bounds that it has; None where those are open."""
    numbers, dims = session.numbers, [t.dim for t in terms if t.dim is not None]
    if len(dims) < len(terms):
        return None
    ends = [(numbers.smallest(d), numbers.largest(d)) for d in dims]
    low, high = op.interval(*((-math.inf if a is None else a, math.inf if b is None else b) for a, b in ends))
    if not math.isfinite(low) or not math.isfinite(high):
        return None
    text = f"{op.name}({', '.join(map(_plain, dims))})"
    return numbers.result(op.name, tuple(dims), text, Dim.of(int(low)), Dim.of(int(high)))


def _fold(e: ast.Binary, x: int | Fraction, y: int | Fraction) -> int | Fraction | None:
    """The number, where it is of moderate size; a float can hold every constant that is known."""
    if not _moderate(x) or not _moderate(y):
        return None
    if e.op == "**":
        found = x ** int(y) if isinstance(y, int) and 0 <= y <= 64 else None
    else:
        found = _computed(e.op, x, y)
    return found if found is not None and _moderate(found) else None


def _computed(sign: str, x: object, y: object) -> Any:
    compute = OPERATORS[sign].python
    assert compute is not None
    return compute(x, y)


def _moderate(x: int | Fraction) -> bool:
    return max(abs(x.numerator), x.denominator) < 1 << 700


def _compare(session: Session, e: ast.Binary, a: Term, b: Term, context: Context) -> Term:
    for x, other in ((a, b), (b, a)):
        if not isinstance(x.type, (Scalar, TimeType)):
            return session.error("type-mismatch", f"`{e.op}` compares numbers, not {x.type}", x.span)
        if isinstance(x.type, TimeType) and not isinstance(other.type, TimeType):
            return session.error(
                "not-a-time",
                "a time is compared with a number, which may be a tick or a noise level",
                e.span,
                labels=(Label(x.span, "a time"), Label(other.span, "a number")),
                help=f"read its noise level: `{x.span.text}.sigma`",
                fixes=(Fix("read its noise level", x.span, f"{x.span.text}.sigma"),),
            )
    constant: object = None
    if OPERATORS[e.op].rule == "logical":
        if isinstance(a.constant, bool) and isinstance(b.constant, bool):
            constant = _computed(e.op, a.constant, b.constant)
    elif isinstance(a.constant, (int, Fraction)) and isinstance(b.constant, (int, Fraction)):
        constant = _computed(e.op, a.constant, b.constant)
    elif isinstance(a.constant, str) and isinstance(b.constant, str) and e.op in ("==", "!="):
        constant = (a.constant == b.constant) == (e.op == "==")
    axes = max((x.type.axes for x in (a, b) if isinstance(x.type, (Scalar, TimeType))), key=len)
    scopes = [x.type.scope for x in (a, b) if isinstance(x.type, Scalar)]
    scope = "sample" if axes or "sample" in scopes else "step"
    coef = None
    if constant is None and a.coef is not None and b.coef is not None:
        coef = function(OPERATORS[e.op].name, a.coef, b.coef)
    return Term(
        session.value(OPERATORS[e.op].name, (a, b), Scalar("bool", axes, scope), e.span, context),
        coef=coef,
        constant=constant,
    )


def _latents(session: Session, e: ast.Binary, a: Term, b: Term, context: Context) -> Term:
    if isinstance(a.type, Latent) and isinstance(b.type, Latent):
        if not spaces_fit(b.type.space, a.type.space):
            return session.error(
                "space-mismatch",
                f"a latent of `{a.type.space}` and one of `{b.type.space}` cannot be combined",
                e.span,
                f"`{a.type.space}` {e.op} `{b.type.space}`",
                help="`bridge(x0, to = role)` brings clean latents into a role's space",
            )
        type_ = _pair(e.op, a.type, b.type)
        made = session.value(OPERATORS[e.op].name, (a, b), type_, e.span, context)
        return Term(_with_noise_added(session, made), coef=_of_each(e, a, b, type_))
    latent, number = (a, b) if isinstance(a.type, Latent) else (b, a)
    assert isinstance(latent.type, Latent)
    if isinstance(number.type, Tensor):
        if number.type.kind != "mask":
            return session.error(
                "type-mismatch", f"a latent cannot be combined with {number.type}", number.span
            )
        if not is_one_tensor(session, latent, f"{number.type} lies beside one tensor"):
            return unknown(e.span)
        q = latent.type.quantity
        kept = q if q is not None and (q.is_direction or e.op == "*") else None
        return Term(
            session.value(OPERATORS[e.op].name, (a, b), Latent(latent.type.space, kept), e.span, context)
        )
    if e.op in "+-" and number.coef != 0 and latent.type.quantity is not None:
        return session.error(
            "type-mismatch",
            "a number cannot be added to a latent",
            number.span,
            "a number",
            help="scale a latent instead: `0.5*x`",
        )
    q = latent.type.quantity
    coef = session.latents.coefficient(number.value) if number.coef is None else number.coef
    found: Quantity | None = None
    if e.op in "+-":
        found = q
    elif q is not None and e.op == "*":
        found = q.scale(coef)
    elif q is not None and e.op == "/" and latent is a:
        if coef.is_zero:
            return session.error("bad-setting", "this divides by zero", number.span)
        found = q.divide(coef)
    type_ = Latent(latent.type.space, found)
    made = session.value(OPERATORS[e.op].name, (a, b), type_, e.span, context)
    return Term(made, coef=_of_each(e, a, b, type_))


def _of_each(e: ast.Binary, a: Term, b: Term, made: Latent) -> Coef | None:
    """The number of each element, where both sides are numbers of it that are known: of a channel's loss."""
    if made.quantity is not None or a.coef is None or b.coef is None:
        return None
    return _arithmetic(e.op, a.coef, b.coef)


def _arithmetic(sign: str, a: Coef, b: Coef) -> Coef | None:
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b
        case "**":
            return power(a, b)
        case _:
            return None


def _with_noise_added(session: Session, v: Value) -> Value:
    """A sum with the size that its noise has: independent draws add as their squares do."""
    form = session.form(v)
    sides = [f for a in v.args if (f := session.form(a)) is not None]
    noises = {s for f in sides for s in f.shares if not s.clean}
    if form is None or not form.known or len(noises) < 2:
        return v  # one noise adds as numbers do
    assert isinstance(v.type, Latent) and v.type.quantity is not None
    if form.is_way:
        return v
    size = form.noise_size if form.dependent is None else unknown_number(f"noises at {v.span.start}")
    if points.nearly(size.points, 1):  # shares are written in digits: 0.6 and 0.8, but 0.3 and 0.9539392
        size = const(1)
    summed = replace(v, type=Latent(v.type.space, Quantity(v.type.quantity.a, size)))
    session.latents.put(summed, form)
    return summed


def _pair(op: str, a: Latent, b: Latent) -> Latent:
    """Two latents of one space combined. An element-wise weight on a difference leaves it a difference."""
    p, q = a.quantity, b.quantity
    if op == "+" and p is not None and q is not None:
        return Latent(a.space, p + q)
    if op == "-" and p is not None and q is not None:
        return Latent(a.space, p - q)
    direction = (p is not None and p.is_direction and q is None) or (
        op == "*" and q is not None and q.is_direction and p is None
    )
    return Latent(a.space, DIRECTION if direction and op in "*/" else None)


def _tensors(session: Session, e: ast.Binary, a: Term, b: Term, context: Context) -> Term:
    if isinstance(a.type, Tensor) and isinstance(b.type, Tensor):
        if a.type.kind != b.type.kind:
            code = "dtype-mismatch" if "pixels" not in (a.type.kind, b.type.kind) else "type-mismatch"
            labels = (Label(a.span, str(a.type)),)
            return session.error(
                code, f"{a.type} and {b.type} cannot be combined", b.span, str(b.type), labels=labels
            )
        if len(a.type.dims) != len(b.type.dims):
            message = f"{a.type} and {b.type} differ in their number of dims"
            return session.error("rank-mismatch", message, e.span)
        if a.type.dims != b.type.dims:
            return session.error("dim-mismatch", f"{a.type} and {b.type} differ in size", e.span)
    type_ = a.type if isinstance(a.type, Tensor) else b.type
    assert isinstance(type_, Tensor)
    return Term(session.value(OPERATORS[e.op].name, (a, b), computed(type_), e.span, context))


def computed(t: Tensor) -> Tensor:
    """What arithmetic makes of a tensor: pixels and waves leave their range, and are numbers from then on."""
    return replace(t, kind="f32") if t.kind in MEDIA else t


def plus_one(session: Session, x: Term, context: Context) -> Term:
    """`1 + x` of a number, at the place of x."""
    assert isinstance(x.type, Scalar)
    one = Term(
        session.value("const", (), Scalar("int"), x.span, context, VALUE(1)), coef=const(1), constant=1
    )
    constant = 1 + x.constant if isinstance(x.constant, (int, Fraction)) else None
    value = session.value("add", (one, x), Scalar("float", x.type.axes, x.type.scope), x.span, context)
    return Term(value, coef=x.coef + 1 if x.coef is not None else None, constant=constant)


def facts_of(e: ast.Expr, context: Context) -> tuple[str, ...]:
    """The values of the names in a condition, for the message of a failed assertion."""
    found = []
    stack: list[ast.Expr] = [e]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Binary):
            stack += [node.right, node.left]
        elif isinstance(node, ast.Name):
            binding = context.scope.find(node.id)
            if binding is not None and binding.term.constant is not None:
                where = binding.term.choice or binding.span
                found.append(
                    f"{node.id} = {shown_constant(binding.term.constant)}"
                    + (f" from {where}" if where else "")
                )
    return tuple(dict.fromkeys(found))
