"""Loops, checked by induction: a carried latent has at the head what the back edge gives, one round later.

With the heads as hypothesis the body is checked for good: the start is compared with the head of the first round, and the
back edge with the head moved by one round.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...base.diagnostics import Label
from ...base.frozen import replace
from ...modules.names.declared import rebound
from ...program.ops import INDEX, ITERABLE, REGION
from ...program.values import Region, Value
from ...syntax import ast
from ...syntax.visitor import expressions_in, names_read
from ...types.coefficients import KINDS, Time, read
from ...types.coefficients import unknown as unknown_number
from ...types.describe import NOISY_AT, describe, difference
from ...types.dims import Dim
from ...types.quantity import Quantity, noisy
from ...types.time_names import TimeNames
from ...types.types import Latent, Level, Scalar, TimeType, Tuple, Type, Unknown
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.lexical_scope import Binding, LexicalScope, time_names
from ..core.matching.quantity_match import (
    ITS_FIRST_TIME,
    Expected,
    classify,
    is_mix,
    is_noisy_at,
    noises_of,
    require,
    spaces_fit,
)
from ..core.session import Session
from ..core.term import Term, unknown
from ..expressions.sequences import known_entry
from .carried_forms import put_exit, put_heads
from .iteration import LoopRange, check_iteration, range_of
from .loop_head import WHOLE, Slot, hypothesis, slots_of


def run(session: Session, s: ast.For, context: Context) -> None:
    iterable = evaluate(session, s.iterable, context)
    loop_range = None if iterable.unknown else range_of(session, s, iterable)
    outer = rebound(s, context.scope.find)
    if loop_range is None:
        for name, found in outer.items():
            context.scope.names[name] = Binding(unknown(s.span), found.span)
        for name in names_read(expressions_in(s.body)):
            if (binding := context.scope.find(name)) is not None:
                binding.used = True
        return
    heads, entering = hypothesis(session, s, loop_range, outer, context)
    _check_with_heads(session, s, loop_range, outer, heads, entering, context)


def _at_index(q: Quantity, loop_range: LoopRange, session: Session, at: Dim) -> Quantity:
    """`q` with the loop variable put to `at`; entries of known lists become their levels."""
    time = _noisy_time(q)
    kind = _kind_of(q, time)
    if time is not None and kind is not None:  # however it is written: at level 1 EDM's sigma is no number
        q = noisy(kind, time)
    moved = q.substitute({loop_range.variable: at})
    for time in moved.times():
        known = known_entry(session, time)
        if known is not None and known != time:
            moved = Quantity(moved.a.at(time, known), moved.b.at(time, known))
    return moved


def _check_with_heads(
    session: Session,
    s: ast.For,
    loop_range: LoopRange,
    outer: Mapping[str, Binding],
    heads: dict[str, Term],
    entering: set[Slot],
    context: Context,
) -> None:
    put_heads(session, loop_range, ((b.term, heads[n]) for n, b in outer.items()))
    count = (loop_range.high - loop_range.low).constant
    runs = loop_range.kind != "range" or (count is not None and count >= 1)
    mismatched: set[str] = set()
    for name, binding in outer.items():
        # what no round reads before it is bound again may enter as anything
        first, head = binding.term, heads[name]
        for slot, _ in slots_of(name, first):
            if slot not in entering and runs:
                continue
            if not _check_start(
                session, s, loop_range, name, _item(first, slot[1]), _item(head, slot[1]), context
            ):
                mismatched.add(name)
    after, scope = check_iteration(session, s, loop_range, heads, context)
    for name in outer:
        if name not in mismatched and not _check_round(
            session, s, loop_range, name, heads[name], after[name], context, scope
        ):
            mismatched.add(name)
    region = Region(
        loop_range.index.value,
        tuple(t.value for t in loop_range.targets),
        tuple(heads[n].value for n in outer),
        tuple(after[n].value for n in outer),
    )
    loop = session.value(
        "loop",
        (*loop_range.args, *(b.term for b in outer.values())),
        Tuple(tuple(heads[n].type for n in outer)),
        s.span,
        context,
        REGION(region),
        ITERABLE(loop_range.kind),
    )
    for i, (name, start) in enumerate([(n, b.term) for n, b in outer.items()]):
        type_ = _exit_type(session, loop_range, heads[name].type)
        here = context.scope.names.get(name)
        binding = Binding(unknown(s.span), outer[name].span, outer[name].used, here is None or here.by_loop)
        # what it is after a mistake nobody knows, and what follows from that is none
        if not (name in mismatched or _ends_unknown(after[name]) or _past_the_end(session, type_)):
            left = Value("result", (loop,), type_, s.span, dict([INDEX(i)]), context.trace, name)
            binding.term = _exit(session, loop_range, left, start, after[name])
        context.scope.names[name] = binding


def _exit(session: Session, loop_range: LoopRange, value: Value, start: Term, after: Term) -> Term:
    """What a carried name is after its loop, of what it was before and what a round ends with."""
    coef = None
    if isinstance(value.type, Scalar):
        coef = unknown_number(f"after {value.name} {value.span.start}")
    if not isinstance(value.type, Tuple):
        put_exit(session, loop_range, start.value, after.value, value)
        return Term(value, coef=coef)
    parts = enumerate(value.type.items)
    items = tuple(Term(Value("item", (value,), t, value.span, dict([INDEX(k)]))) for k, t in parts)
    for k, item in enumerate(items):
        put_exit(session, loop_range, _item(start, k).value, _item(after, k).value, item.value)
    return Term(value, coef=coef, items=items)


def _exit_type(session: Session, loop_range: LoopRange, t: Type) -> Type:
    match t:
        case Latent(space=space, quantity=q) if q is not None:
            return Latent(space, _at_index(q, loop_range, session, loop_range.high))
        case TimeType(time=time, axes=axes):
            moved = time.substitute({loop_range.variable: loop_range.high})
            return TimeType(known_entry(session, moved) or moved, axes)
        case Tuple(items=items):
            return Tuple(tuple(_exit_type(session, loop_range, i) for i in items))
        case _:
            return t


def _ends_unknown(after: Term) -> bool:
    """Whether a round ends with nothing that is known, for a reason that was reported in its body."""
    return after.unknown or (
        isinstance(after.type, Tuple) and any(isinstance(t, Unknown) for t in after.type.items)
    )


def _past_the_end(session: Session, t: Type) -> bool:
    """Whether a latent is noisy at an entry that its list does not have, which was reported where it is read."""
    if not isinstance(t, Latent) or t.quantity is None:
        return False
    for time in t.quantity.times():
        entries = session.time_lists.known[time.key].levels if time.key in session.time_lists.known else None
        at = time.index.constant if time.index is not None else None
        if entries is not None and at is not None and at >= len(entries):
            return True
    return False


def _check_start(
    session: Session, s: ast.For, loop_range: LoopRange, name: str, start: Term, head: Term, context: Context
) -> bool:
    """Whether a name enters the first round as what that takes it for; reports if it does not."""
    if start.unknown:
        _ask(session, loop_range, start, head)
    if start.unknown or head.unknown:
        return True
    times = _time_of(start.type), _time_of(head.type)
    if times[0] is not None and times[1] is not None:
        first = times[1].substitute({loop_range.variable: loop_range.low})
        return _same_time(session, name, times[0], known_entry(session, first) or first, start, s, context)
    if not isinstance(start.type, Latent) or not isinstance(head.type, Latent):
        if type(start.type) is not type(head.type):
            session.error(
                "type-mismatch",
                f"`{name}` enters the loop as {start.type} and comes back as {head.type}",
                s.span,
            )
        return type(start.type) is type(head.type)
    q = head.type.quantity
    if q is None:
        return True
    entered = _at_index(q, loop_range, session, loop_range.low)
    time = _noisy_time(entered)
    kind = _kind_of(entered, time) or session.default_kind
    wanted = Expected(
        head.type.space,
        entered,
        f"the loop's first round, in which `{name}` is used,",
        time,
        ITS_FIRST_TIME,
        kind,
        Label(s.span, "this loop"),
        top=session.top(kind),
    )
    choice = start.choice
    for arg in loop_range.args:
        choice = choice or arg.choice
    chosen = session.time_lists.choices.get(time.key) if time is not None and time.kind == "element" else None
    if time is not None and time.kind == "level":
        chosen = next(
            (c for t in q.times() if (c := session.time_lists.choices.get(t.key)) is not None), None
        )
    return require(replace(start, choice=chosen or choice), wanted, session, context)


def _ask(session: Session, loop_range: LoopRange, start: Term, head: Term) -> None:
    """What a loop inside asks of a name that the loop around carries, of which nothing is known yet."""
    demand = session.time_lists.demands.get(id(start.value))
    if demand is None or not isinstance(head.type, Latent) or head.type.quantity is None:
        return
    entered = _at_index(head.type.quantity, loop_range, session, loop_range.low)
    time = _noisy_time(entered)
    kind = _kind_of(entered, time)
    if time is not None and kind is not None:
        demand.append((kind, time, head.type.space))


def _item(term: Term, index: int) -> Term:
    if index == WHOLE:
        return term
    return term.items[index] if term.items is not None and index < len(term.items) else unknown(term.span)


def _time_of(t: Type) -> Time | None:
    return t.time if isinstance(t, (TimeType, Level)) else None


def _same_time(
    session: Session, name: str, found: Time, wanted: Time, term: Term, s: ast.For, context: Context
) -> bool:
    """A time that is carried, where a round begins with it and where it comes from; reports if they differ."""
    if found == wanted:
        return True
    names = context.times
    have, want = (
        next((n for n, known in names.of((t,), but=name) if known == t), "another time")
        for t in (found, wanted)
    )
    session.error(
        "time-mismatch",
        f"`{name}` is {have} here, and the round that begins with it takes it as {want}",
        term.span,
        have,
        labels=(Label(s.span, "the loop in which it is carried"),),
        help="a time that is carried moves from entry to entry, as the latents that belong to it",
    )
    return False


def _landing(now: Quantity, found: Quantity, wanted: Quantity, names: TimeNames, kind: str) -> str:
    """Which factor of a round's end is off, and the step that lands where the next round begins."""
    here, there = _noisy_time(now), _noisy_time(wanted)
    off = difference(found, wanted, names)
    if here is None or there is None or not off:
        return ""
    by_time = {time: name.strip("`") for name, time in reversed(tuple(names.of({here, there})))}
    t, following = by_time.get(here, ""), by_time.get(there, "")
    if t == following or not (t.isidentifier() and following.isidentifier()):
        return off
    if kind in ("vp", "trig"):
        step = f"`{following}.alpha*x0 + {following}.sigma*eps`, with x0 and eps at {t},"
    else:
        step = f"a step of `({following}.sigma - {t}.sigma)*v`, with the velocity v at {t},"
    return f"{off}. {step} lands there"


def _noisy_time(q: Quantity) -> Time | None:
    for time in q.times():
        for kind in KINDS:
            if q == Quantity(read("alpha", kind, time), read("sigma", kind, time)):
                return time
    return None


def _kind_of(q: Quantity, time: Time | None) -> str | None:
    if time is None:
        return None
    for kind in KINDS:
        if q == Quantity(read("alpha", kind, time), read("sigma", kind, time)):
            return kind
    return None


def _check_round(
    session: Session,
    s: ast.For,
    loop_range: LoopRange,
    name: str,
    head: Term,
    after: Term,
    context: Context,
    scope: LexicalScope,
) -> bool:
    """Whether a round ends with what the next one begins with; reports if it does not."""
    if head.unknown or after.unknown:
        return True
    if isinstance(head.type, Tuple) and isinstance(after.type, Tuple) and after.items is not None:
        pairs = zip(head.items or (), after.items)
        fits = [_check_round(session, s, loop_range, name, a, b, context, scope) for a, b in pairs]
        return all(fits)
    now, then = _time_of(head.type), _time_of(after.type)
    if now is not None and then is not None:
        next_ = now.substitute({loop_range.variable: Dim.of(loop_range.variable) + 1})
        return _same_time(session, name, then, next_, after, s, replace(context, scope=scope))
    if not isinstance(head.type, Latent) or not isinstance(after.type, Latent):
        if type(head.type) is not type(after.type):
            session.error(
                "type-mismatch",
                f"`{name}` is {head.type} at the start of a round and {after.type} at its end",
                after.span,
            )
        return type(head.type) is type(after.type)
    if not spaces_fit(after.type.space, head.type.space):
        session.error(
            "space-mismatch",
            f"`{name}` changes its space in the loop: `{head.type.space}` becomes `{after.type.space}`",
            after.span,
        )
        return False
    if head.type.quantity is None:
        return True
    step = {loop_range.variable: Dim.of(loop_range.variable) + 1}
    wanted = head.type.quantity.substitute(step)
    found = after.type.quantity
    if found is None:
        session.error(
            "nonlinear-quantity",
            f"`{name}` is a mix of x0 and eps when the loop begins, and a non-linear function at its end",
            after.span,
        )
        return False
    if is_mix(session, after.value, found, wanted):
        return True
    time = _noisy_time(wanted)
    kind = (_kind_of(wanted, time) if time is not None else None) or "flow"
    if time is not None and is_noisy_at(found, kind, time, session.top(kind)):
        return True
    names = time_names(scope)
    code, help = classify(found, wanted, names)
    back = _noisy_time(found)
    if time is not None and back is not None:
        code = "time-mismatch"
    have = describe(found, names, session.default_kind)
    want = describe(wanted, names, session.default_kind)
    noises = noises_of(session, after)
    if not noises.help or found.a != wanted.a:
        help = _landing(head.type.quantity, found, wanted, names, kind) or (
            help if code != "time-mismatch" else ""
        )
    if noises.help and found.a == wanted.a:
        code, help = noises.code, noises.help
    if time is not None and not want.startswith(NOISY_AT):  # the next round's time has no name
        want = f"{NOISY_AT}the next round's time"
    session.error(
        code,
        f"at the end of a round `{name}` is {have}, and the next round takes it as {want}",
        after.span,
        have,
        labels=(
            Label(s.span, "the loop in which it is carried"),
            *(noises.labels if help == noises.help else ()),
        ),
        help=help or "each round must land on the noise level at which the next one begins",
    )
    return False
