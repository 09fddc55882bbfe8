"""A program's graph as boxes and wires: stages by role, draws, losses, the spaces on the wires."""

from __future__ import annotations

import networkx as nx

from ...stages.table import OPS
from ..base.frozen import replace, struct
from ..program.ops import INDEX, ITERABLE, NAME, REGION, ROLE, SPACE, STAGE, STANDS_FOR, VALUE
from ..program.typed_program import TypedProgram, TypedRole
from ..program.values import RoleRef, Value
from ..types.types import Latent, Level, Record, Scalar, Tensor, TimeType, Type


@struct
class Box:
    """`kind` is "data", "draw", "stage", "mix", "loss" or "result"; `lane` a role's name, "data" for what
    no role makes."""

    id: str
    kind: str
    title: str
    note: str
    lane: str
    frozen: bool = False


@struct
class Wire:
    """`label` is the space, record or type that runs along it; `stopped` where the gradient is cut."""

    source: str
    target: str
    label: str
    stopped: bool = False


@struct
class Panel:
    """One update, sample or product."""

    title: str
    lanes: tuple[str, ...]
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]

    def graph(self) -> nx.DiGraph:
        """Boxes and wires as a graph over box ids."""
        graph = nx.DiGraph()
        graph.add_nodes_from((b.id, {"box": b}) for b in self.boxes)
        graph.add_edges_from((w.source, w.target, {"wire": w}) for w in self.wires)
        return graph


@struct
class Picture:
    program: str
    panels: tuple[Panel, ...]


def picture(program: TypedProgram) -> Picture:
    """What `fdc graph` draws of a program."""
    panels = []
    for u in program.updates:
        often = f", {u.schedule.often}" if u.schedule.words else ""
        drawing = _Drawing(program)
        for name, value in u.losses:
            drawing.output("loss", f"loss {name}", value, u.roles[0])
        panels.append(drawing.panel(f"update {', '.join(u.roles)}{often}"))
    for v in program.validations:
        if v.sample is not None:
            drawing = _Drawing(program)
            drawing.output("result", "sample", v.sample, "data")
            panels.append(drawing.panel(f"validation sample{f' `{v.name}`' if v.name else ''}"))
    for p in program.produce:
        drawing = _Drawing(program)
        for name, value in p.fields:
            drawing.output("result", name, value, "data")
        panels.append(drawing.panel(f"produce {p.name}"))
    return Picture(program.name, tuple(panels))


Incoming = tuple[str, str, bool]
"""Box id, what runs along the wire, and whether the gradient was cut on the way."""


class _Drawing:
    def __init__(self, program: TypedProgram) -> None:
        self.roles = program.roles
        self.boxes: list[Box] = []
        self.wires: dict[tuple[str, str], Wire] = {}
        self.known: dict[tuple[int, str], tuple[Incoming, ...]] = {}
        self.twins: dict[object, str] = {}
        self.heads: dict[str, frozenset[int]] = {}

    def panel(self, title: str) -> Panel:
        used = {b.lane for b in self.boxes}
        lanes = tuple(lane for lane in ("data", *self.roles) if lane in used)
        return Panel(title, lanes, tuple(self.boxes), tuple(self.wires.values()))

    def output(self, kind: str, title: str, value: Value, lane: str) -> None:
        sources = self.sources(value, "")
        known = {b.id: b for b in self.boxes}
        if kind == "loss" and len(sources) == 1 and known[sources[0][0]].kind == "loss":
            box = next(i for i, b in enumerate(self.boxes) if b.id == sources[0][0])
            self.boxes[box] = replace(self.boxes[box], title=title, note=self.boxes[box].title, lane=lane)
            return
        note = "" if kind == "loss" else _label(value.type)
        self._box(Box(f"n{len(self.boxes)}", kind, title, note, lane), sources, object())

    def _box(self, box: Box, sources: tuple[Incoming, ...], key: object) -> str:
        found = self.twins.get(key)
        if found is None:
            self.twins[key] = found = box.id
            self.boxes.append(box)
        for source, label, stopped in sources:
            old = self.wires.get((source, found))
            if old is None or (old.stopped and not stopped):
                self.wires[source, found] = Wire(source, found, label, stopped)
        return found

    def sources(self, value: Value, inside: str) -> tuple[Incoming, ...]:
        """The boxes that a value comes from. `inside` says how often the loop around it runs."""
        if inside and not self._depends(value, self.heads[inside]):
            inside = ""
        key = (id(value), inside if value.op == "carried" else "")
        if key not in self.known:
            self.known[key] = ()
            self.known[key] = self._sources(value, inside)
        return self.known[key]

    def _lane(self, value: Value, sources: tuple[Incoming, ...]) -> str:
        """A mix of one role's results stands with that role."""
        lanes = {b.lane for b in self.boxes if b.id in {s[0] for s in sources}}
        return lanes.pop() if value.op == "guide" and len(lanes) == 1 else "data"

    def _depends(self, value: Value, heads: frozenset[int]) -> bool:
        """Whether a value is made anew in every round of the loop with these parameters."""
        seen: set[int] = set()
        stack = [value]
        while stack:
            v = stack.pop()
            if id(v) in heads:
                return True
            if id(v) not in seen:
                seen.add(id(v))
                region = REGION.find(v)
                stack.extend((*v.args, *(region.results if region is not None else ())))
        return False

    def _sources(self, value: Value, inside: str) -> tuple[Incoming, ...]:
        region = REGION.find(value)
        if region is not None:
            start = value.args[len(value.args) - len(region.carried) :]
            heads = (region.index, *region.items, *region.carried)
            self.heads[_rounds(value)] = frozenset(map(id, heads))
            for head, first in zip(region.carried, start, strict=True):
                self.known[id(head), inside] = self.known[id(head), _rounds(value)] = self.sources(
                    first, inside
                )
            made = [s for r in region.results for s in self.sources(r, _rounds(value))]
            return _unique([*made, *(s for a in value.args for s in self.sources(a, inside))])
        if value.op == "result":
            loop = value.args[0]
            self.sources(loop, inside)
            result = REGION.of(loop).results[INDEX.of(value)]
            return self.sources(result, _rounds(loop))
        if value.op == "guide" and VALUE.find(value.args[2]) == 1:
            return self.sources(value.args[0], inside)
        from_here = _unique([s for a in value.args for s in self.sources(a, inside)])
        if value.op == "stop":
            return tuple((box, label, True) for box, label, _ in from_here)
        if OPS[value.op].box in ("data", "draw", "stage", "mix", "loss") and not (
            value.op == "field" and value.args[0].op != "batch"
        ):
            return self._boxed(value, from_here, inside)
        return from_here

    def _boxed(self, value: Value, sources: tuple[Incoming, ...], inside: str) -> tuple[Incoming, ...]:
        ref = ROLE.find(value)
        role = self.roles.get(ref.name) if ref is not None else None
        kind, title = OPS[value.op].box, _title(value, role)
        frozen = role is not None and kind == "stage" and _is_frozen(value, role, ref)
        note = " · ".join(filter(None, ("frozen" if frozen else "", inside)))
        lane = role.name if role is not None else self._lane(value, sources)
        key: object = (value.op, title, lane, note, sources)
        if OPS[value.op].distinct or OPS[value.op].is_loss:
            key = object()
        note = STANDS_FOR.find(value) or note
        id = self._box(Box(f"n{len(self.boxes)}", kind, title, note, lane, frozen), sources, key)
        return ((id, _label(value.type), False),)


def _rounds(loop: Value) -> str:
    if ITERABLE.find(loop) == "range":
        low, high = loop.args[:2]
        known, start = VALUE.find(high), VALUE.find(low)
        bound = high.name or ("n" if known is None else known)
        start = low.name or "n" if start is None else start
        return f"{bound} rounds" if start == 0 else f"rounds {start} .. {bound}"
    grid = loop.args[0]
    steps = VALUE.find(grid.args[0]) if grid.op == "grid" else None
    return f"{steps} rounds" if steps is not None else "each round"


def _unique(found: list[Incoming]) -> tuple[Incoming, ...]:
    kept: dict[str, Incoming] = {}
    for source in found:
        if source[0] not in kept or kept[source[0]][2]:
            kept[source[0]] = source
    return tuple(kept.values())


def _title(value: Value, role: TypedRole | None) -> str:
    """The caption of a value's op, filled in; what it says of a name goes where there is none."""
    op = OPS[value.op]
    name = value.name or op.hint
    caption = op.caption if name else op.caption.removeprefix("{name} = ")
    return caption.format(
        op=op.name,
        name=name,
        role=role.name if role is not None else "",
        stage=STAGE.find(value) or "",
        field=NAME.find(value) or "",
        distribution=_distribution(value.args[0]) if op.box == "draw" else "",
    )


def _distribution(d: Value) -> str:
    if OPS[d.op].distribution in ("changed", "cut"):
        return f"{d.op} {_distribution(d.args[0])}"
    space = SPACE.find(d)
    return f"{d.op}[{space.name}]" if space is not None else d.op


def _is_frozen(value: Value, role: TypedRole, ref: object) -> bool:
    if isinstance(ref, RoleRef) and ref.average is not None:
        return True
    if role.settings.get("train", "frozen") == "frozen":
        return True
    stage = role.family.stages[STAGE.of(value) if value.op == "stage" else role.family.denoise]
    return not role.family.is_trainable(stage)


def _label(type: Type) -> str:
    match type:
        case Latent(space=space):
            return space.name
        case Record(name=name):
            return name
        case Tensor(kind=kind):
            return kind
        case TimeType() | Level():
            return "time"
        case Scalar(kind="str"):
            return "text"
        case Scalar(kind=kind):
            return kind
        case _:
            return ""
