"""Cards and edges of one function, as it is after one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from ....stages.table import OPS
from ...base.frozen import replace, struct
from ...ir.autograd import is_trained_call
from ...ir.graph import LOG, NEXT, Function, Node
from ...program.ops import ROLE
from ..document import Card, Cost, Edge, Loss, Port
from .edges import edges
from .folding import Fold, fold
from .folds import Folds, outputs_of
from .forwards import forwards_of
from .losses import is_loss, normaliser, trained_by, weight
from .places import doc_above, place
from .steps import Steps
from .titles import role_of, words
from .words import Naming, port


@struct
class Drawn:
    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    losses: tuple[Loss, ...]


def drawn(
    steps: Steps,
    at: Naming,
    apart: Mapping[int, object] | None = None,
    shared: Collection[int] = (),
) -> Drawn:
    """Everything that is drawn of a function. `apart` keeps nodes of different kernels on different cards, `shared` are nodes
    that took the place of others."""
    folds = Folds(steps, at, fold(steps, apart))
    losses = tuple(_losses(folds))
    found = edges(folds, losses)
    made = _in_lanes(
        folds, _with_ports(folds, [_card(folds, f, plan, shared) for f, plan in folds.drawn()], losses), found
    )
    return Drawn((*made, *_results(folds)), found, losses)


def _card(folds: Folds, f: Fold, plan: tuple[int, ...], shared: Collection[int]) -> Card:
    s, n = folds.steps, folds.steps.nodes[f.top]
    members = [s.nodes[m] for m in f.members]
    call = next((m for m in members if m.op_info.box == "stage"), None)
    stage = s.stages.get(str(dict(call.attributes).get("function", ""))) if call is not None else None
    role = role_of(call) if call is not None else ""
    if not role and stage is not None and stage.role is not None:
        role = stage.role[0]
    average = stage.role[1] if stage is not None and stage.role is not None else None
    trains = call is not None and is_trained_call(call, s.function.roles, dict(s.stages))
    said = words(s, f, call, role, folds.outputs.get(f.top, ""))
    note = " · ".join(filter(None, (average.written if average is not None else "", said.note)))
    declared = doc_above(stage.span) if stage is not None else ""
    notes = "; ".join(dict.fromkeys(note for m in members for note in m.notes))
    loop = s.loop[f.top]
    return Card(
        f"n{f.top}",
        f.kind,
        said.title,
        note,
        role or "data",
        f"n{loop}" if loop is not None else None,
        trains=trains,
        frozen=f.kind == "stage" and not trains and s.function.kind != "graph",
        tape=any(m in s.tape for m in f.members),
        shared=any(m.id in shared or m.op == "shared" for m in members),
        hoisted=any("sources" in dict(m.attributes) for m in members),
        doc=" ".join(filter(None, (declared, notes))),
        trace=tuple(place(sp) for sp in (*n.trace, *n.spans[:1])),
        formula=said.formula,
        cost=_cost(s, call) if call is not None else None,
        plan=plan,
    )


def _cost(steps: Steps, call: Node) -> Cost | None:
    """How often a network is called here."""
    often = forwards_of(steps, call.id)
    return Cost(forwards=often) if often else None


def _with_ports(folds: Folds, cards: Iterable[Card], losses: Iterable[Loss]) -> list[Card]:
    takes: dict[str, dict[str, Port]] = {}
    gives: dict[str, dict[str, Port]] = {}
    for m in folds.meetings():
        gives.setdefault(m.source, {}).setdefault(m.gives.name, m.gives)
        takes.setdefault(m.target, {}).setdefault(m.takes.name, m.takes)
    for _, id, _ in outputs_of(folds.steps.function):
        for a in folds.steps.arrivals(id):
            given = folds.gives(a)
            gives.setdefault(folds.id(a.node), {}).setdefault(given.name, given)
    for loss in losses:
        if loss.node in gives:
            gives[loss.node] = {loss.name: _number(loss.name, "out")}
    return [replace(c, ports=(*takes.get(c.id, {}).values(), *gives.get(c.id, {}).values())) for c in cards]


def _in_lanes(folds: Folds, cards: list[Card], found: Iterable[Edge]) -> Iterator[Card]:
    """A mix of one role's results stands with that role, and so does a loop that calls no other."""
    lanes = {c.id: c.lane for c in cards}
    sources: dict[str, set[str]] = {}
    for e in found:
        if not e.back and e.source in lanes:
            sources.setdefault(e.target, set()).add(e.source)
    for c in cards:
        value = folds.steps.value(int(c.id[1:]))
        if c.lane == "data" and value is not None and OPS[value.op].box in ("mix", "stage"):
            ref = ROLE.find(value)
            held = {lanes[i] for i in sources.get(c.id, ())} - {"data"}
            lanes[c.id] = ref.name if ref is not None else held.pop() if len(held) == 1 else "data"
    for c in reversed(cards):
        called = {lanes[i.id] for i in cards if i.parent == c.id} - {"data"}
        if c.kind == "loop" and len(called) == 1:
            lanes[c.id] = called.pop()
    return (replace(c, lane=lanes[c.id]) for c in cards)


def _results(folds: Folds) -> Iterator[Card]:
    f = folds.steps.function
    for name, id, card in outputs_of(f):
        if is_loss(f, name) and folds.is_loss_card(id):
            continue
        title, note = _result_words(f, name)
        given = port(name or "result", "in", folds.steps.nodes[id].type, folds.steps.value(id), folds.at)
        if is_loss(f, name):
            yield Card(card, "loss", title, note or given.words, ports=(given, _number(name, "out")))
        else:
            yield Card(card, "result", title, note or given.words, ports=(given,))
    for role in f.roles if f.kind == "update" else ():
        ports = (Port(role, "in", quantity="number", words="gradient"),)
        yield Card(f"trains.{role}", "result", role, "trained by this update", role, trains=True, ports=ports)


def _number(name: str, side: str) -> Port:
    return Port(name, side, "f32[]", dtype="f32", quantity="number", words="loss")


def _result_words(f: Function, name: str) -> tuple[str, str]:
    if name.startswith(LOG):
        return f"log {name[len(LOG) :]}", "reported, no loss"
    if name.startswith(NEXT):
        return f"{name[len(NEXT) :]} becomes", "a state, from this step on"
    return (f"loss {name}", "") if is_loss(f, name) else (name or f.stage or RESULTS.get(f.kind, f.kind), "")


RESULTS = {"graph": "result"}
"""What a function's value without a name is called, where not as its kind."""


def _losses(folds: Folds) -> Iterator[Loss]:
    for name, id, card in outputs_of(folds.steps.function):
        if is_loss(folds.steps.function, name):
            value = folds.steps.value(id)
            node = folds.id(id) if folds.is_loss_card(id) else card
            yield Loss(name, weight(value), normaliser(value), node, tuple(trained_by(folds.steps, id)))
