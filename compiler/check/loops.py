"""Loops, checked by induction: a carried latent has at the head what the back edge gives, one round later.

The body is tried with the carried names unknown. That tells what the back edge gives where it does not depend on the
head, and at which time the body takes a carried latent as noisy (a demand). With these as hypothesis the body is
checked for good, and the back edge is compared with the head moved by one round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import syntax as ast
from ..diagnostics import Label
from ..dims import Dim
from ..quantity import Quantity, Time, describe, read
from ..quantity import unknown as unknown_number
from ..typed import Region, Value
from ..types import Latent, ListOf, Scalar, TimeType, Tuple, Type
from .compare import Expected, classify, is_noisy_at, require, spaces_fit
from .terms import Binding, Scope, Term, time_names, unknown
from .walk import expressions_in, names_read

if TYPE_CHECKING:
    from .elaborate import Elaborator, Frame


@dataclass(frozen=True)
class _Rounds:
    """What a loop goes over: the loop variable as a dim, its names' terms, and the ends."""

    kind: str  # "range", "list", "pairs"
    args: tuple[Term, ...]
    variable: str
    low: Dim
    high: Dim  # exclusive
    targets: tuple[Term, ...]
    index: Term  # the round's number


def run(el: Elaborator, s: ast.For, frame: Frame) -> None:
    iterable = el.expression(s.iterable, frame)
    rounds = None if iterable.unknown else _rounds(el, s, iterable, frame)
    outer = _assigned_outside(s, frame)
    if rounds is None:
        for name in outer:
            frame.scope.names[name] = Binding(unknown(s.span), s.span)
        for name in names_read(expressions_in(s.body)):
            if (binding := frame.scope.find(name)) is not None:
                binding.used = True
        return
    heads, entering = _hypothesis(el, s, rounds, outer, frame)
    _final(el, s, rounds, outer, heads, entering, frame)


def _assigned_outside(s: ast.For, frame: Frame) -> dict[str, Binding]:
    """The names from outside that the body rebinds."""
    found: dict[str, Binding] = {}
    stack = list(s.body)
    local = {t.id for t in s.targets}
    while stack:
        statement = stack.pop(0)
        names: tuple[ast.Name, ...] = ()
        if isinstance(statement, ast.Bind):
            names = statement.targets
        elif isinstance(statement, ast.Draw):
            names = (statement.target,)
        elif isinstance(statement, ast.For):
            stack = [*statement.body, *stack]
        for name in names:
            binding = frame.scope.find(name.id)
            if binding is not None and name.id not in local:
                found[name.id] = binding
    return found


def _rounds(el: Elaborator, s: ast.For, iterable: Term, frame: Frame) -> _Rounds | None:
    def wants(n: int, what: str) -> bool:
        if len(s.targets) == n:
            return True
        el.error(
            "type-mismatch", f"this loop goes over {what}: it takes {n} name{'s' if n > 1 else ''}", s.span
        )
        return False

    if isinstance(iterable.constant, tuple):
        low, high = iterable.constant
        for end in (low, high):
            if isinstance(end.type, Scalar) and (end.type.axes or end.type.scope != "step"):
                made = end.value
                el.error(
                    "rank-divergence",
                    "the number of rounds differs between samples and so between ranks",
                    made.span,
                    "drawn for each sample" if made.op == "draw" else "not the same on every rank",
                    labels=(Label(s.iterable.span, "decides how often this loop runs"),),
                    help="draw it once a step: `~ ... per step`",
                )
        if not wants(1, "numbers"):
            return None
        a = low.dim if low.dim is not None else el.fresh("low", Dim.of(0), Dim.of(1_000_000))
        b = high.dim if high.dim is not None else el.fresh("high", Dim.of(0), Dim.of(1_000_000))
        i = el.fresh(s.targets[0].id, a, b - 1)
        (variable,) = i.variables
        index = Term(Value("loop_index", (), Scalar("int"), s.targets[0].span), unknown_number(variable), i)
        return _Rounds("range", (low, high), variable, a, b, (index,), index)
    if not isinstance(iterable.type, ListOf):
        el.error("type-mismatch", f"`for` goes over a list or a range, not {iterable.type}", s.iterable.span)
        return None
    if iterable.key:
        el.lists[iterable.key] = iterable
        if iterable.choice is not None:
            el.list_choices[iterable.key] = iterable.choice
    length = iterable.type.length
    high = length if length is not None else el.fresh("len", Dim.of(1), Dim.of(1_000_000))
    i = el.fresh("i", Dim.of(0), high - 1)
    (variable,) = i.variables
    index = Term(Value("loop_index", (), Scalar("int"), s.span), unknown_number(variable), i)
    if iterable.grid_length is not None:
        if not wants(2, "pairs (t, next)"):
            return None
        targets = tuple(
            Term(Value("loop_item", (), TimeType(Time("element", iterable.key, at)), n.span))
            for n, at in zip(s.targets, (i, i + 1))
        )
        return _Rounds("pairs", (iterable,), variable, Dim.of(0), high, targets, index)
    item = iterable.type.item
    if isinstance(item, Tuple):
        if not wants(len(item.items), "tuples"):
            return None
        targets = tuple(Term(Value("loop_item", (), t, n.span)) for n, t in zip(s.targets, item.items))
    elif isinstance(item, TimeType):
        if not wants(1, "times"):
            return None
        time = TimeType(Time("element", iterable.key, i), item.axes)
        targets = (Term(Value("loop_item", (), time, s.targets[0].span), choice=iterable.choice),)
    else:
        if not wants(1, "values"):
            return None
        coef = unknown_number(f"item {variable}") if isinstance(item, Scalar) else None
        targets = (Term(Value("loop_item", (), item, s.targets[0].span), coef),)
    return _Rounds("list", (iterable,), variable, Dim.of(0), high, targets, index)


def _body(
    el: Elaborator, s: ast.For, rounds: _Rounds, heads: Mapping[str, Term], frame: Frame
) -> tuple[dict[str, Term], Scope]:
    """One pass over the body; what each carried name is at its end."""
    scope = Scope({t.id: Binding(term, t.span) for t, term in zip(s.targets, rounds.targets)}, frame.scope)
    hidden: dict[str, Binding] = {}
    # carried names live in a scope between the outside and the body, where the body may bind them once more
    carried_scope = Scope({n: Binding(t, None) for n, t in heads.items()}, frame.scope)
    scope.parent = carried_scope
    el.body(s.body, replace(frame, scope=scope, loops=(*frame.loops, rounds.index)))
    for name, binding in scope.names.items():
        if name in heads:
            hidden[name] = binding
            binding.used = True
    el.note_uses(scope)
    for name, binding in carried_scope.names.items():
        outside = frame.scope.find(name)
        if outside is not None and binding.used:
            outside.used = True
    return {n: hidden[n].term if n in hidden else carried_scope.names[n].term for n in heads}, scope


@contextmanager
def _quietly(el: Elaborator) -> Iterator[None]:
    el.bag.muted += 1
    reported = set(el.reported)
    try:
        yield
    finally:
        el.bag.muted -= 1
        el.reported = reported


def _hypothesis(
    el: Elaborator, s: ast.For, rounds: _Rounds, outer: Mapping[str, Binding], frame: Frame
) -> tuple[dict[str, Term], set[str]]:
    """A type for each carried name at the loop's head, and which of them a round reads as it enters."""
    known: dict[str, Type] = {}
    used: set[str] = set()
    for _ in range(len(outer) + 1):
        blank = {n: unknown(s.span) for n in outer if n not in known}
        heads = {**{n: _head(t, s, n) for n, t in known.items()}, **blank}
        demands: dict[str, list[tuple[str, Time, object]]] = {}
        for name, term in blank.items():
            demands[name] = el.demands[id(term.value)] = []  # type: ignore[assignment]
        with _quietly(el):
            after, scope = _body(el, s, rounds, heads, frame)
        if scope.parent is not None:
            used |= {n for n in outer if scope.parent.names[n].used}
        for term in blank.values():
            del el.demands[id(term.value)]
        before = len(known)
        for name in blank:
            if demands[name]:
                kind, time, space = demands[name][0]
                known[name] = Latent(space, Quantity(read("alpha", kind, time), read("sigma", kind, time)))  # type: ignore[arg-type]
            elif not after[name].unknown:
                back = {rounds.variable: Dim.of(rounds.variable) - 1}
                known[name] = _moved(after[name].type, back)
        if len(known) == before or len(known) == len(outer):
            break
    for name, binding in outer.items():
        known.setdefault(name, binding.term.type)
    return {n: _head(known[n], s, n) for n in outer}, used


def _head(t: Type, s: ast.For, name: str) -> Term:
    value = Value("carried", (), t, s.span, {"name": name}, (), name)
    dim = None
    coef = unknown_number(f"carried {name} {s.span.start}") if isinstance(t, Scalar) else None
    items = None
    if isinstance(t, Tuple):
        items = tuple(
            Term(Value("item", (value,), item, s.span, {"index": i})) for i, item in enumerate(t.items)
        )
    return Term(value, coef=coef, dim=dim, items=items)


def _moved(t: Type, env: dict[str, Dim]) -> Type:
    """A type with the loop variable replaced."""
    match t:
        case Latent(space=space, quantity=q) if q is not None:
            return Latent(space, q.substitute(env))
        case TimeType(time=time, axes=axes):
            return TimeType(time.substitute(env), axes)
        case Tuple(items=items):
            return Tuple(tuple(_moved(i, env) for i in items))
        case _:
            return t


def _settle(q: Quantity, rounds: _Rounds, el: Elaborator, at: Dim) -> Quantity:
    """`q` with the loop variable put to `at`; entries of known lists become their levels."""
    moved = q.substitute({rounds.variable: at})
    for time in moved.times():
        known = el.known_entry(time)
        if known is not None and known != time:
            moved = Quantity(moved.a.at(time, known), moved.b.at(time, known))
    return moved


def _final(
    el: Elaborator,
    s: ast.For,
    rounds: _Rounds,
    outer: Mapping[str, Binding],
    heads: dict[str, Term],
    entering: set[str],
    frame: Frame,
) -> None:
    count = (rounds.high - rounds.low).constant
    runs = rounds.kind != "range" or (count is not None and count >= 1)
    for name, binding in outer.items():
        # what no round reads before it is bound again may enter as anything
        if name in entering or not runs:
            _check_start(el, s, rounds, name, binding.term, heads[name], frame)
    after, scope = _body(el, s, rounds, heads, frame)
    for name in outer:
        _check_round(el, s, rounds, name, heads[name], after[name], frame, scope)
    region = Region(
        rounds.index.value,
        tuple(t.value for t in rounds.targets),
        tuple(heads[n].value for n in outer),
        tuple(after[n].value for n in outer),
    )
    loop = el.value(
        "loop",
        (*rounds.args, *(b.term for b in outer.values())),
        Tuple(tuple(heads[n].type for n in outer)),
        s.span,
        frame,
        region=region,
        iterable=rounds.kind,
    )
    for i, name in enumerate(outer):
        type_ = _exit_type(el, rounds, heads[name].type)
        value = Value("result", (loop,), type_, s.span, {"index": i}, frame.trace, name)
        coef = unknown_number(f"after {name} {s.span.start}") if isinstance(type_, Scalar) else None
        items = None
        if isinstance(type_, Tuple):
            items = tuple(
                Term(Value("item", (value,), item, s.span, {"index": k}))
                for k, item in enumerate(type_.items)
            )
        exit_term = Term(value, coef=coef, items=items)
        frame.scope.names[name] = Binding(exit_term, outer[name].span, used=outer[name].used)


def _exit_type(el: Elaborator, rounds: _Rounds, t: Type) -> Type:
    match t:
        case Latent(space=space, quantity=q) if q is not None:
            return Latent(space, _settle(q, rounds, el, rounds.high))
        case TimeType(time=time, axes=axes):
            moved = time.substitute({rounds.variable: rounds.high})
            return TimeType(el.known_entry(moved) or moved, axes)
        case Tuple(items=items):
            return Tuple(tuple(_exit_type(el, rounds, i) for i in items))
        case _:
            return t


def _check_start(
    el: Elaborator, s: ast.For, rounds: _Rounds, name: str, start: Term, head: Term, frame: Frame
) -> None:
    if start.unknown or head.unknown:
        return
    if isinstance(start.type, Tuple) and isinstance(head.type, Tuple) and start.items is not None:
        for a, b in zip(start.items, head.items or ()):
            _check_start(el, s, rounds, name, a, b, frame)
        return
    if not isinstance(start.type, Latent) or not isinstance(head.type, Latent):
        if type(start.type) is not type(head.type):
            el.error(
                "type-mismatch",
                f"`{name}` enters the loop as {start.type} and comes back as {head.type}",
                s.span,
            )
        return
    q = head.type.quantity
    if q is None:
        return
    first = _settle(q, rounds, el, rounds.low)
    time = _noisy_time(first)
    wanted = Expected(
        head.type.space,
        first,
        f"the loop's first round, in which `{name}` is used,",
        time,
        "its first time",
        _kind_of(first, time) or el.default_kind,
        Label(s.span, "this loop"),
    )
    choice = start.choice
    for arg in rounds.args:
        choice = choice or arg.choice
    chosen = el.list_choices.get(time.key) if time is not None and time.kind == "element" else None
    if time is not None and time.kind == "level":
        chosen = next((c for t in q.times() if (c := el.list_choices.get(t.key)) is not None), None)
    require(replace(start, choice=chosen or choice), wanted, el.bag, el.times(frame))


def _noisy_time(q: Quantity) -> Time | None:
    for time in q.times():
        for kind in ("flow", "vp", "trig", "edm"):
            if q == Quantity(read("alpha", kind, time), read("sigma", kind, time)):
                return time
    return None


def _kind_of(q: Quantity, time: Time | None) -> str | None:
    if time is None:
        return None
    for kind in ("flow", "vp", "trig", "edm"):
        if q == Quantity(read("alpha", kind, time), read("sigma", kind, time)):
            return kind
    return None


def _check_round(
    el: Elaborator,
    s: ast.For,
    rounds: _Rounds,
    name: str,
    head: Term,
    after: Term,
    frame: Frame,
    scope: Scope,
) -> None:
    if head.unknown or after.unknown:
        return
    if isinstance(head.type, Tuple) and isinstance(after.type, Tuple) and after.items is not None:
        for a, b in zip(head.items or (), after.items):
            _check_round(el, s, rounds, name, a, b, frame, scope)
        return
    if not isinstance(head.type, Latent) or not isinstance(after.type, Latent):
        if type(head.type) is not type(after.type):
            el.error(
                "type-mismatch",
                f"`{name}` is {head.type} at the start of a round and {after.type} at its end",
                after.span,
            )
        return
    if not spaces_fit(after.type.space, head.type.space):
        el.error(
            "space-mismatch",
            f"`{name}` changes its space in the loop: `{head.type.space}` becomes `{after.type.space}`",
            after.span,
        )
        return
    if head.type.quantity is None:
        return
    step = {rounds.variable: Dim.of(rounds.variable) + 1}
    wanted = head.type.quantity.substitute(step)
    found = after.type.quantity
    if found is None:
        el.error(
            "nonlinear-quantity",
            f"`{name}` is a mix of x0 and eps when the loop begins, and a non-linear function at its end",
            after.span,
        )
        return
    if found == wanted:
        return
    time = _noisy_time(wanted)
    if time is not None and is_noisy_at(found, _kind_of(wanted, time) or "flow", time):
        return
    times = time_names(scope)
    code, _, _, help = classify(found, wanted, times)
    back = _noisy_time(found)
    if time is not None and back is not None:
        code = "time-mismatch"
    have = describe(found, times.items(), el.default_kind)
    want = describe(wanted, times.items(), el.default_kind)
    ends = "the next round's time" if time is not None and not want.startswith("noisy at") else want
    el.error(
        code,
        f"at the end of a round `{name}` is {have}, and the next round takes it as "
        + (f"noisy at {ends}" if ends == "the next round's time" else ends),
        after.span,
        have,
        labels=(Label(s.span, "the loop in which it is carried"),),
        help=help or "each round must land on the noise level at which the next one begins",
    )
