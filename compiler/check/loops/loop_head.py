"""What carried names are at a loop's head: what the back edge gives, what the body asks for, else what they start as.

The body is checked on trial with the carried names unknown. That shows what the back edge gives where it does not depend
on the head, and at which time the body takes a carried latent as noisy (a demand).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ...base.frozen import replace
from ...program.ops import INDEX, NAME
from ...program.values import Value
from ...syntax import ast
from ...syntax.visitor import expressions_in, names_read
from ...types.coefficients import KINDS, Time
from ...types.coefficients import unknown as unknown_number
from ...types.dims import Dim
from ...types.quantity import noisy
from ...types.types import UNKNOWN, Latent, Scalar, Space, TimeType, Tuple, Type, Unknown
from ..core.context import Context
from ..core.lexical_scope import Binding, LexicalScope
from ..core.matching.quantity_match import is_noisy_at, same_key
from ..core.session import Session
from ..core.term import Term, unknown
from ..expressions.sequences import known_entry
from .carried_forms import put_heads
from .iteration import LoopRange, check_iteration, on_trial


def hypothesis(
    session: Session, s: ast.For, loop_range: LoopRange, outer: Mapping[str, Binding], context: Context
) -> tuple[dict[str, Term], set[Slot]]:
    """A type for each carried name at the loop's head, and which of them a round reads as it enters."""
    slots = {slot: t for n, binding in outer.items() for slot, t in slots_of(n, binding.term)}
    known: dict[Slot, Type] = {}
    used: set[Slot] = set()

    def tried(heads: Mapping[Slot, Type], blank: Mapping[Slot, Term]) -> dict[str, Term]:
        terms = _heads(outer, slots, heads, blank, s)
        with on_trial(session):
            put_heads(session, loop_range, ((b.term, terms[n]) for n, b in outer.items()))
            after, scope = check_iteration(session, s, loop_range, terms, context)
        used.update(slot for slot in slots if _is_read(slot, s, scope))
        return after

    while len(known) < len(slots):
        found = _from_body(session, loop_range, slots, known, tried, s)
        known.update(found)
        if not found:
            rest = {slot: t for slot, t in slots.items() if slot not in known}
            found = _from_start(session, loop_range, rest, known, tried)
            known.update(found or rest)
    return _heads(outer, slots, known, {}, s), used


Slot = tuple[str, int]
"""A carried name, or one of the values in brackets that it stands for; a name alone has the number WHOLE."""
WHOLE = -1
Trial = Callable[[Mapping[Slot, Type], Mapping[Slot, Term]], dict[str, Term]]
"""A round, with these heads and with blanks for others: what each carried name is at its end."""


def _from_body(
    session: Session,
    loop_range: LoopRange,
    slots: Mapping[Slot, Type],
    known: Mapping[Slot, Type],
    tried: Trial,
    s: ast.For,
) -> dict[Slot, Type]:
    """Heads that follow from the body: it asks for them at a time, or ends a round with them."""
    blank = {slot: unknown(s.span) for slot in slots if slot not in known}
    demands: dict[Slot, list[tuple[str, Time, Space]]] = {}
    for slot, term in blank.items():
        demands[slot] = session.time_lists.demands[id(term.value)] = []
    after = tried(known, blank)
    for term in blank.values():
        del session.time_lists.demands[id(term.value)]
    found: dict[Slot, Type] = {}
    for slot in blank:
        end = _part(after[slot[0]].type, slot[1])
        if demands[slot]:
            kind, time, space = demands[slot][0]
            start = slots[slot]
            if isinstance(start, Latent) and same_key(start.space, space):  # maybe at another size
                space = start.space
            asked = Latent(space, noisy(kind, time))
            enters = _enters(session, slots[slot], kind, time, loop_range)
            found[slot] = (
                asked
                if enters
                else _along(session, slots[slot], _near(time, loop_range), loop_range) or asked
            )
        elif not isinstance(end, Unknown):
            moving = _entry_of_round(session, slots[slot], end, loop_range)
            found[slot] = moving or _moved(end, {loop_range.variable: Dim.of(loop_range.variable) - 1})
    return found


def _from_start(
    session: Session,
    loop_range: LoopRange,
    rest: Mapping[Slot, Type],
    known: Mapping[Slot, Type],
    tried: Trial,
) -> dict[Slot, Type]:
    """Heads that follow from the start alone: those that stay what they were, or move along with the loop's times."""
    heads = dict(rest)
    for _ in range(2):
        after = tried({**known, **heads}, {})
        ends = {slot: _part(after[slot[0]].type, slot[1]) for slot in rest}
        found = {
            slot: t
            for slot, t in heads.items()
            if not isinstance(ends[slot], Unknown) and _returns_to(t, ends[slot], loop_range)
        }
        if found:
            return found
        heads = {
            slot: _along(
                session, t, (*_times(ends[slot], loop_range), *_entries(session, loop_range)), loop_range
            )
            or t
            for slot, t in rest.items()
        }
    return {}


def _entry_of_round(session: Session, start: Type, end: Type, loop_range: LoopRange) -> TimeType | None:
    """A time that starts as the first entry of a list and ends a round as some other: it is the round's own."""
    if not isinstance(start, TimeType) or not isinstance(end, TimeType) or end.time.index is None:
        return None
    at = Time("element", end.time.key, Dim.of(loop_range.variable))
    first = at.substitute({loop_range.variable: loop_range.low})
    return TimeType(at, end.axes) if start.time == (known_entry(session, first) or first) else None


def _enters(session: Session, start: Type, kind: str, time: Time, loop_range: LoopRange) -> bool:
    """Whether a start is noisy at what is the first round's time; in doubt, yes."""
    first = time.substitute({loop_range.variable: loop_range.low})
    if not isinstance(start, Latent) or start.quantity is None:
        return True
    return is_noisy_at(start.quantity, kind, known_entry(session, first) or first, session.top(kind))


def _times(end: Type, loop_range: LoopRange) -> list[Time]:
    """The entries of lists that a round's end reads and that move with the rounds."""
    times = end.quantity.times() if isinstance(end, Latent) and end.quantity is not None else ()
    moving = (t for t in times if t.index is not None and loop_range.variable in t.index.variables)
    return sorted(moving, key=lambda t: t.identity)


def _entries(session: Session, loop_range: LoopRange) -> Iterator[Time]:
    """The entries of all known lists that a round may be at."""
    for key in session.time_lists.known:
        yield from _near(Time("element", key, Dim.of(loop_range.variable)), loop_range)


def _near(time: Time, loop_range: LoopRange) -> list[Time]:
    """The entries of a time's list about a round, if it is one of them."""
    variable = Dim.of(loop_range.variable)
    if time.index is None or loop_range.variable not in time.index.variables:
        return []
    return [Time("element", time.key, at) for at in (variable, variable - 1, variable + 1)]


def _along(session: Session, start: Type, times: Iterable[Time], loop_range: LoopRange) -> Latent | None:
    """What starts noisy at one of these times of the first round, as noisy at that of each round."""
    if not isinstance(start, Latent) or start.quantity is None:
        return None
    for at in times:
        for kind in KINDS:
            if at.key in session.time_lists.known and _enters(session, start, kind, at, loop_range):
                return Latent(start.space, noisy(kind, at))
    return None


def _returns_to(head: Type, after: Type, loop_range: LoopRange) -> bool:
    """Whether a round ends with what the next one begins with."""
    if not isinstance(head, Latent) or not isinstance(after, Latent) or head.quantity is None:
        return True
    return after.quantity == head.quantity.substitute({loop_range.variable: Dim.of(loop_range.variable) + 1})


def slots_of(name: str, start: Term) -> Iterator[tuple[Slot, Type]]:
    if isinstance(start.type, Tuple):
        yield from (((name, i), t) for i, t in enumerate(start.type.items))
    else:
        yield (name, WHOLE), start.type


def _part(t: Type, index: int) -> Type:
    """What a round's end gives for a slot; unknown where it has no such part."""
    if index == WHOLE:
        return t
    return t.items[index] if isinstance(t, Tuple) and index < len(t.items) else UNKNOWN


def _head_term(
    name: str, slots: Iterable[Slot], known: Mapping[Slot, Type], blank: Mapping[Slot, Term], s: ast.For
) -> Term:
    """The head of a carried name, with blanks where nothing is known of it yet."""
    if (name, WHOLE) in blank:
        return blank[name, WHOLE]
    if (name, WHOLE) in known:
        return _head(known[name, WHOLE], s, name)
    own = [slot for slot in slots if slot[0] == name]
    head = _head(Tuple(tuple(known.get(slot, UNKNOWN) for slot in own)), s, name)
    return replace(head, items=tuple(blank.get(slot, item) for slot, item in zip(own, head.items or ())))


def _heads(
    outer: Iterable[str],
    slots: Iterable[Slot],
    known: Mapping[Slot, Type],
    blank: Mapping[Slot, Term],
    s: ast.For,
) -> dict[str, Term]:
    return {n: _head_term(n, slots, known, blank, s) for n in outer}


def _is_read(slot: Slot, s: ast.For, scope: LexicalScope) -> bool:
    """Whether a round reads what it enters with; a part of several, unless its name is never read."""
    name, index = slot
    if scope.parent is None or not scope.parent.names[name].used:
        return False
    if index == WHOLE:
        return True
    targets = []
    for statement in s.body:
        match statement:
            case ast.Bind(targets=names, value=ast.Name(id=read)) if read == name and index < len(names) > 1:
                targets.append(names[index].id)
            case _ if name in names_read(expressions_in([statement])):
                return True
    return any(n not in scope.names or scope.names[n].used for n in targets)


def _head(t: Type, s: ast.For, name: str) -> Term:
    value = Value("carried", (), t, s.span, dict([NAME(name)]), (), name)
    dim = None
    coef = unknown_number(f"carried {name} {s.span.start}") if isinstance(t, Scalar) else None
    items = None
    if isinstance(t, Tuple):
        items = tuple(
            Term(
                Value("item", (value,), item, s.span, dict([INDEX(i)])),
                unknown_number(f"carried {name}.{i} {s.span.start}") if isinstance(item, Scalar) else None,
            )
            for i, item in enumerate(t.items)
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
