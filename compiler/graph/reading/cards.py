"""Cards and edges of one function, as it is after one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ....stages.table import OPS
from ...base.frozen import replace, struct
from ...base.source import Span
from ...ir.autograd import is_trained_call
from ...ir.graph import LOG, NEXT, Function, Node
from ...program.ops import NAME, OPTIONS, PER, ROLE, SCOPE, STAGE, VALUE
from ...program.values import Value
from ..document import Card, Edge, Loss, Place, Port
from .folding import Fold, fold
from .steps import Arrival, Steps
from .words import Naming, counted, levels, port, rounds, written

Ways = tuple[tuple[Card, ...], tuple[Edge, ...], tuple[Loss, ...]]


def cards(steps: Steps, at: Naming, apart: Mapping[int, object] | None = None) -> Ways:
    """Everything that is drawn of a function. `apart` keeps nodes of different kernels on different cards."""
    drawing = _Drawing(steps, at, fold(steps, apart))
    return drawing.cards(), drawing.edges(), drawing.losses()


@struct
class _End:
    """Where an edge comes in: a card and one of its ports, and whether from the round before."""

    card: str
    port: str
    back: bool = False


class _Drawing:
    def __init__(self, steps: Steps, at: Naming, folds: Iterable[Fold]) -> None:
        self.steps, self.at = steps, at
        self.folds = self._without_unread(folds)
        self.card_of = {m: f for f in self.folds for m in f.members}
        self.same = self._equal_fields()
        self.ends = dict(steps.function.graph.outputs)

    # which cards there are

    def _without_unread(self, folds: Iterable[Fold]) -> tuple[Fold, ...]:
        """A loop's index that nothing reads is not drawn."""
        return tuple(
            f
            for f in folds
            if f.top not in self.steps.items or any(True for _ in self.steps.seen_readers(f.top))
        )

    def _equal_fields(self) -> Mapping[int, int]:
        """A field of the batch stands once, however often it is read."""
        first: dict[object, int] = {}
        found = {}
        for f in self.folds:
            n = self.steps.nodes[f.top]
            if f.kind == "data" and n.op != "param":
                found[f.top] = first.setdefault((n.op, n.attributes, self.steps.loop[f.top]), f.top)
        return found

    def id(self, node: int) -> str:
        top = self.card_of[node].top
        return f"n{self.same.get(top, top)}"

    def cards(self) -> tuple[Card, ...]:
        made = []
        for f in self.folds:
            if self.same.get(f.top, f.top) == f.top:
                plan = f.members
                if f.top in self.same:
                    plan = tuple(i for i, first in self.same.items() if first == f.top)
                made.append(self._card(f, plan))
        inner, outer = self._ports()
        made = [replace(c, ports=(*inner.get(c.id, ()), *outer.get(c.id, ()))) for c in made]
        return (*self._in_lanes(made), *self._results())

    def _card(self, f: Fold, plan: tuple[int, ...]) -> Card:
        s, n = self.steps, self.steps.nodes[f.top]
        value = s.value(f.top)
        call = next((s.nodes[m] for m in f.members if OPS[s.nodes[m].op].box == "stage"), None)
        role = _role(call) if call is not None else ""
        stage = s.stages.get(str(dict(call.attributes).get("function", ""))) if call is not None else None
        average = stage.role[1] if stage is not None and stage.role is not None else None
        trains = call is not None and is_trained_call(call, s.function.roles, dict(s.stages))
        loop = s.loop[f.top]
        words = self._words(f, n, value, call, role)
        if average is not None:
            words = replace(words, note=" · ".join(filter(None, (average.written, words.note))))
        spans = tuple(dict.fromkeys(sp for m in f.members for sp in s.nodes[m].spans))
        notes = [note for m in f.members for note in s.nodes[m].notes]
        return Card(
            f"n{f.top}",
            f.kind,
            words.title,
            words.note,
            role or "data",
            f"n{loop}" if loop is not None else None,
            trains=trains,
            frozen=stage is not None and (stage.frozen or not trains) and f.kind == "stage",
            tape=any(m in s.tape for m in f.members),
            shared=len(n.spans) > 1
            or (call is not None and call.op == "shared")
            or any("also for" in t for t in notes),
            hoisted=call is not None and call.op == "cached",
            doc="; ".join(notes),
            trace=tuple(place(sp) for sp in (*(n.trace), *spans[:1])),
            formula=words.formula,
            plan=plan,
        )

    def _words(self, f: Fold, n: Node, value: Value | None, call: Node | None, role: str) -> _Words:
        text = " ".join(n.spans[0].text.split()) if n.spans else ""
        name = n.name or (value.name if value is not None else "")
        return WRITERS[f.kind](self, n, value, call, role, name, text)

    def _in_lanes(self, made: list[Card]) -> Iterator[Card]:
        """A card without a role stands with the one role that all it reads stand with, if it says so."""
        sources: dict[str, set[str]] = {}
        lanes = {c.id: c.lane for c in made}
        for e in self.edges():
            if not e.back and e.target in lanes and e.source in lanes:
                sources.setdefault(e.target, set()).add(e.source)
        for c in made:
            value = self.steps.value(int(c.id[1:]))
            if c.lane == "data" and value is not None and OPS[value.op].box == "mix":
                ref = ROLE.find(value)
                found = {lanes[i] for i in sources.get(c.id, ())} - {"data"}
                lanes[c.id] = ref.name if ref is not None else found.pop() if len(found) == 1 else "data"
        for c in reversed(made):
            inside = {lanes[i.id] for i in made if i.parent == c.id and i.kind == "stage"}
            if c.kind == "loop" and len(inside) == 1:
                lanes[c.id] = inside.pop()
        return (replace(c, lane=lanes[c.id]) for c in made)

    # what stands at the right

    def _results(self) -> Iterator[Card]:
        f = self.steps.function
        for name, id in f.graph.outputs:
            if f.kind == "update" and not name.startswith((LOG, NEXT)) and self._is_loss_card(id):
                continue
            title, note = _result_words(f, name)
            kind = "loss" if f.kind == "update" and not name.startswith((LOG, NEXT)) else "result"
            given = port(name or "result", "in", self.steps.nodes[id].type, self.steps.value(id), self.at)
            yield Card(f"out.{name or f.name}", kind, title, note or given.words, ports=(given,))
        for role in f.roles if f.kind == "update" else ():
            ports = (Port(role, "in", quantity="number", words="gradient"),)
            yield Card(f"trains.{role}", "result", role, "is trained", role, trains=True, ports=ports)

    def _is_loss_card(self, id: int) -> bool:
        """Whether an output is a loss as it stands, on a card of its own."""
        found = self.card_of.get(id)
        if found is None or found.top != id or found.kind not in ("loss", "op"):
            return False
        return [i for _, i in self.steps.function.graph.outputs].count(id) == 1

    def losses(self) -> tuple[Loss, ...]:
        f = self.steps.function
        if f.kind != "update":
            return ()
        made = []
        for name, id in f.graph.outputs:
            if name.startswith((LOG, NEXT)):
                continue
            value = self.steps.value(id)
            node = self.id(id) if self._is_loss_card(id) else f"out.{name}"
            made.append(Loss(name, _weight(value), _normaliser(value), node, tuple(self._trained_by(id))))
        return tuple(made)

    def _trained_by(self, output: int) -> Iterator[str]:
        """Roles of the update whose parameters a gradient of this output reaches."""
        s = self.steps
        stack, seen = [output], set()
        found = set()
        while stack:
            i = stack.pop()
            if i in seen or i not in s.tape:
                continue
            seen.add(i)
            n = s.nodes[i]
            for role in s.function.roles:
                if is_trained_call(n, (role,), dict(s.stages)):
                    found.add(role)
            if n.op_info.differentiable or n.body is not None or n.op == "result":
                stack += n.inputs
            if n.body is not None:
                stack += [r for _, r in n.body.outputs]
            if i in s.carried:
                stack.append(s.carried[i][2])
            if not n.op_info.differentiable and s.values is None:
                break
        if any("gradient" in dict(s.nodes[i].attributes) for i in seen):
            found = set(s.function.roles)
        return iter(r for r in s.function.roles if r in found)

    # edges

    def _arrivals(self) -> Iterator[tuple[int, int, Arrival, _End]]:
        """(reader, input, what arrives, where)."""
        s = self.steps
        for f in self.folds:
            for m in f.members:
                n = s.nodes[m]
                count = len(n.body.outputs) if n.body is not None else 0
                given = len(n.inputs) - count
                for k, i in enumerate(n.inputs):
                    end = _End(self.id(m), self._port_name(n, k))
                    if n.body is not None and k >= given:
                        head = n.body.parameters[len(n.body.parameters) - count + k - given]
                        end = _End(f"n{head}", "start")
                    for a in s.arrivals(i):
                        yield m, k, a, end
                if n.body is not None:
                    heads = n.body.parameters[len(n.body.parameters) - count :]
                    for k, (_, i) in enumerate(n.body.outputs):
                        for a in s.arrivals(i):
                            yield heads[k], k, a, _End(f"n{heads[k]}", "next", True)

    def _meetings(self) -> Iterator[tuple[int, Arrival, _End]]:
        """Arrivals from other cards. What a call is handed and its card's arithmetic reads too comes in once."""
        found = [
            (reader, a, end)
            for reader, _, a, end in self._arrivals()
            if end.back or self.id(a.node) != end.card
        ]
        named = {(self.id(a.node), self._gives(a).name, end.card) for _, a, end in found if end.port}
        for reader, a, end in found:
            if end.port or (self.id(a.node), self._gives(a).name, end.card) not in named:
                yield reader, a, end

    def _port_name(self, n: Node, k: int) -> str:
        function = self.steps.stages.get(str(dict(n.attributes).get("function", "")))
        if function is not None and function.parameters and n.op_info.calls:
            return function.parameters[k % len(function.parameters)]
        if n.body is not None:
            return "over"
        names = dict(n.attributes).get("names")
        if isinstance(names, tuple) and k < len(names) and names[k]:
            return str(names[k])
        return ""

    def edges(self) -> tuple[Edge, ...]:
        found: dict[tuple[str, str, str, str, bool], Edge] = {}
        for reader, a, end in self._meetings():
            source, gives = self.id(a.node), self._gives(a)
            takes = end.port or gives.name
            key = (source, gives.name, end.card, takes, end.back)
            gradient = not a.stopped and self._gradient(a, reader)
            label = _on_the_way(self.steps, a) or gives.words
            old = found.get(key)
            if old is None or (gradient and not old.gradient):
                found[key] = Edge(
                    f"{source}.{gives.name}-{end.card}.{takes}",
                    source, gives.name, end.card, takes,
                    label, gives.quantity, gradient, end.back,
                )  # fmt: skip
        return (*found.values(), *self._last_edges())

    def _gradient(self, a: Arrival, reader: int) -> bool:
        """Whether a gradient comes back along an edge: both ends are recorded, and the reader passes it on."""
        s = self.steps
        if a.node not in s.tape or not all(s.nodes[w].op_info.differentiable for w in a.way):
            return False
        n = s.nodes[reader]
        return reader in s.tape and (n.op_info.differentiable or n.body is not None)

    def _last_edges(self) -> Iterator[Edge]:
        f = self.steps.function
        for name, id in f.graph.outputs:
            is_loss = f.kind == "update" and not name.startswith((LOG, NEXT))
            if is_loss and self._is_loss_card(id):
                continue
            for a in self.steps.arrivals(id):
                gives = self._gives(a)
                source, target = self.id(a.node), f"out.{name or f.name}"
                yield Edge(
                    f"{source}.{gives.name}-{target}", source, gives.name, target, name or "result",
                    gives.words, gives.quantity, is_loss and a.node in self.steps.tape and not a.stopped,
                )  # fmt: skip
        for loss in self.losses():
            for role in loss.trains:
                yield Edge(
                    f"{loss.node}-trains.{role}", loss.node, loss.name, f"trains.{role}", role,
                    "gradient", "number", True,
                )  # fmt: skip

    def _gives(self, a: Arrival) -> Port:
        """The port that a value leaves a card by: of a loop, by what it carries."""
        s, n = self.steps, self.steps.nodes[a.node]
        if n.body is not None:
            index = next((int(s.nodes[w].text("index")) for w in a.way if s.nodes[w].op == "result"), 0)
            head = n.body.parameters[len(n.body.parameters) - len(n.body.outputs) + index]
            carried = s.nodes[head]
            value = next((s.value(w) for w in a.way if s.nodes[w].op == "result"), None)
            return port(carried.name or carried.hint or "x", "out", carried.type, value, self.at)
        if n.op == "batched":  # its results have one type
            part = next((w for w in a.way if s.nodes[w].op == "part"), None)
            of = s.nodes[part] if part is not None else n
            return port(of.name or of.hint or f"{of.id}", "out", of.type, None, self.at)
        value = s.value(a.node)
        own = value if self.card_of[a.node].top == a.node or value is None else None
        name = n.name or (own.name if own is not None else "") or n.hint
        if own is None and value is not None:
            name = n.hint or n.name
        return port(name or _noun(n), "out", n.type, own, self.at)

    def _ports(self) -> tuple[dict[str, list[Port]], dict[str, list[Port]]]:
        inner: dict[str, dict[str, Port]] = {}
        outer: dict[str, dict[str, Port]] = {}
        for _, a, end in self._meetings():
            source, gives = self.id(a.node), self._gives(a)
            outer.setdefault(source, {}).setdefault(gives.name, gives)
            takes = replace(gives, name=end.port or gives.name, side="in")
            inner.setdefault(end.card, {}).setdefault(takes.name, takes)
        for _, id in self.steps.function.graph.outputs:
            for a in self.steps.arrivals(id):
                gives = self._gives(a)
                outer.setdefault(self.id(a.node), {}).setdefault(gives.name, gives)
        for loss in self.losses():
            if loss.node.startswith("n"):
                given = Port(loss.name, "out", quantity="number", words="loss")
                outer[loss.node] = {loss.name: given}
        return (
            {k: list(v.values()) for k, v in inner.items()},
            {k: list(v.values()) for k, v in outer.items()},
        )


# words


@struct
class _Words:
    title: str
    note: str = ""
    formula: str = ""


def _caption(value: Value, role: str, name: str, at: Naming) -> str:
    """The caption of an op, filled in; what it says of a name goes where there is none."""
    op = OPS[value.op]
    caption = op.caption if name else op.caption.removeprefix("{name} = ")
    return caption.format(
        op=op.name,
        name=name,
        role=role,
        stage=STAGE.find(value) or "",
        field=NAME.find(value) or "",
        distribution="",
    )


def _stage_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    assert call is not None
    known = dict(call.attributes)
    called = str(
        known.get("stage") or known.get("name") or known.get("callee") or known.get("what") or ""
    ).strip('"')
    title = f"{role}.{called}" if role and not called.startswith(role) else called
    if value is not None and OPS[value.op].box == "stage" and OPS[value.op].of_role:
        title = f"{role}.{value.op}"
    if call.op == "batched":
        function = d.steps.stages[call.text("function")]
        title, name = f"{role}.{function.stage}", f"{len(call.inputs) // max(1, _width(call))} calls as one"
    if call.op == "cached":
        sources = known.get("sources")
        of = (
            ", ".join(repr(v) if k == "text" else f"batch.{v}" for k, v in sources)
            if isinstance(sources, tuple)
            else ""
        )
        return _Words(title, f"kept on disk, by {of}", text)
    return _Words(title, name if name != title else "", text)


def _width(call: Node) -> int:
    width = dict(call.attributes).get("width")
    return width if isinstance(width, int) else len(call.inputs)


def _draw_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    if value is None or not value.args:
        return _Words(name or n.op, "", text)
    scope = SCOPE.find(value) or "sample"
    law = written(value.args[0])
    return _Words(f"{name or 'draw'} ~ {_short(law)}", f"one per {scope}", f"{name} ~ {law}")


def _time_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    if value is not None and value.op == "levels":
        return _Words(name or "times", levels(value), text)
    if n.op == "param":
        number = n.name or n.hint
        return _Words(f"{number}", "this round's", text if len(text) < 20 else number)
    return _Words(name or n.hint or n.op, _short(text), text)


def _data_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    field = str(dict(n.attributes).get("name", "") or n.name or n.hint)
    return _Words(f"batch.{field}" if n.op != "param" else field, "", text)


def _op_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    if value is not None and OPS[value.op].box == "mix":
        ref = ROLE.find(value)
        title = _caption(value, "", name, d.at)
        return _Words(title, ref.name if ref is not None else _short(text), text)
    return _Words(f"{name} = {_short(text)}" if name and name != text else _short(text), "", text)


def _loss_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    out = next((o for o, i in d.ends.items() if i == n.id), name)
    said = " · ".join(filter(None, (_short(text), _normaliser(value))))
    return _Words(f"loss {out}" if out else n.op, said, text)


def _text_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    held = d.steps.nodes[n.inputs[0]]
    said = dict(held.attributes).get("value") if held.op == "const" else None
    empty = "the empty prompt" if said == "" else "for each sample"
    return _Words(f'"{said}"' if said is not None else name or "text", empty, text)


def _loop_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    head = text.partition("{")[0].strip()
    ends = [dict(d.steps.nodes[i].attributes).get("value") for i in n.inputs[:2]]
    if n["iterable"] == "range" and all(isinstance(e, int) for e in ends):
        return _Words(counted(str(max(0, int(str(ends[1])) - int(str(ends[0]))))), head, head)
    return _Words(rounds(value) if value is not None and value.op == "loop" else "loop", head, head)


def _state_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    if n.op == "param":
        return _Words(n.name or n.hint or "x", "carried from round to round")
    named = dict(n.attributes).get("name")
    return _Words(str(named or n.op), STATES.get(n.op, ""), text)


STATES: Mapping[str, str] = {
    "state": "kept from step to step",
    "of_batch": "of the whole batch",
    "step": "the number of this step",
}


def _constant_words(
    d: _Drawing, n: Node, value: Value | None, call: Node | None, role: str, name: str, text: str
) -> _Words:
    return _Words(str(dict(n.attributes).get("callee", "")), str(dict(n.attributes).get("read", "")), text)


WRITERS = {
    "stage": _stage_words,
    "draw": _draw_words,
    "time": _time_words,
    "data": _data_words,
    "op": _op_words,
    "loss": _loss_words,
    "text": _text_words,
    "loop": _loop_words,
    "state": _state_words,
    "constant": _constant_words,
}
"""By kind of card, how its title, note and formula read."""


def _result_words(f: Function, name: str) -> tuple[str, str]:
    if name.startswith(LOG):
        return f"log {name[len(LOG) :]}", "reported, no loss"
    if name.startswith(NEXT):
        return f"{name[len(NEXT) :]} becomes", "a state, from this step on"
    if f.kind == "update":
        return f"loss {name}", ""
    return name or f.kind, ""


def _weight(value: Value | None) -> str:
    """The number that a loss is multiplied by: `0.5` of `0.5*mse(a, b)`."""
    if value is not None and value.op == "mul":
        known = [VALUE.find(a) for a in value.args]
        texts = [
            a.name or " ".join(a.span.text.split()) for a, k in zip(value.args, known) if not _has_loss(a)
        ]
        return " · ".join(texts) or "1"
    return "1"


def _has_loss(v: Value) -> bool:
    return OPS[v.op].is_loss or (v.op in ("mul", "div", "add", "neg") and any(map(_has_loss, v.args)))


def _normaliser(value: Value | None) -> str:
    """What a loss is the mean over, as far as one loss stands in it."""
    if value is None:
        return ""
    if OPS[value.op].is_loss:
        per = PER.find(value)
        options = OPTIONS.find(value) or ()
        over = f"mean of each {per}" if per else "mean over all elements"
        return f"{over}, {', '.join(options)} given" if options else over
    found = {_normaliser(a) for a in value.args if _has_loss(a)}
    return found.pop() if len(found) == 1 else ""


def _on_the_way(steps: Steps, a: Arrival) -> str:
    """The text of an entry that is read of a list on the way: `steps[i + 1]`."""
    for w in reversed(a.way):
        n = steps.nodes[w]
        if n.op in ("index", "gather", "gather_rows") and n.spans:
            return " ".join(n.spans[0].text.split())
    return ""


def _noun(n: Node) -> str:
    return n.op


def _role(call: Node) -> str:
    known = dict(call.attributes)
    role = known.get("role")
    return str(role).removeprefix("run.") if role else ""


def _short(text: str, most: int = 44) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def place(span: Span) -> Place:
    last = span.source.position(max(span.start, span.end - 1))[0]
    text = span.text if len(span.text) <= 400 else f"{span.text[:399]}…"
    return Place(span.source.path, span.line, last, text)
