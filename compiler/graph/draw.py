"""A program's graph as a picture: stages by role, draws, losses, the spaces on the wires. Mermaid, DOT and
SVG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import cast

import networkx as nx

from ..base.frozen import struct
from ..program.typed_program import Region, RoleRef, TypedProgram, TypedRole, Value
from ..syntax import ast
from ..types.types import Latent, Level, Record, Scalar, Space, Tensor, TimeType, Type

DERIVED = frozenset({"predict", "x0", "eps", "velocity", "score"})
LOSSES = frozenset({"mse", "l1", "huber", "pseudo_huber"})
BOXED = DERIVED | LOSSES | {"stage", "draw", "noisy", "target", "guide", "field", "recast", "bridge"}
"""Ops that are drawn; the arithmetic between them is only wires."""


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
        every = u.every.attrs.get("value")
        often = f", every {every} steps" if isinstance(every, int) and every > 1 else ""
        drawing = _Drawing(program)
        for name, value in u.losses:
            drawing.output("loss", f"loss {name}", value, u.roles[0])
        panels.append(drawing.panel(f"update {', '.join(u.roles)}{often}"))
    if program.sample is not None:
        drawing = _Drawing(program)
        drawing.output("result", "sample", program.sample, "data")
        panels.append(drawing.panel("validation sample"))
    for p in program.produce:
        drawing = _Drawing(program)
        for name, value in p.fields:
            drawing.output("result", name, value, "data")
        panels.append(drawing.panel(f"produce {p.name}"))
    return Picture(program.name, tuple(panels))


Source = tuple[str, str, bool]
"""Box id, what runs along the wire, and whether the gradient was cut on the way."""


class _Drawing:
    def __init__(self, program: TypedProgram) -> None:
        self.roles = program.roles
        self.boxes: list[Box] = []
        self.wires: dict[tuple[str, str], Wire] = {}
        self.known: dict[tuple[int, str], tuple[Source, ...]] = {}
        self.twins: dict[object, str] = {}
        self.heads: dict[str, frozenset[int]] = {}

    def panel(self, title: str) -> Panel:
        used = {b.lane for b in self.boxes}
        lanes = tuple(lane for lane in ("data", *self.roles) if lane in used)
        return Panel(title, lanes, tuple(self.boxes), tuple(self.wires.values()))

    def output(self, kind: str, title: str, value: Value, lane: str) -> None:
        sources = self.sources(value, "")
        known = {b.id: b for b in self.boxes}
        if kind == "loss" and len(sources) == 1 and known[sources[0][0]].title in LOSSES:
            box = next(i for i, b in enumerate(self.boxes) if b.id == sources[0][0])
            self.boxes[box] = replace(self.boxes[box], title=title, note=self.boxes[box].title, lane=lane)
            return
        note = "" if kind == "loss" else _label(value.type)
        self._box(Box(f"n{len(self.boxes)}", kind, title, note, lane), sources, object())

    def _box(self, box: Box, sources: tuple[Source, ...], key: object) -> str:
        found = self.twins.get(key)
        if found is None:
            self.twins[key] = found = box.id
            self.boxes.append(box)
        for source, label, stopped in sources:
            old = self.wires.get((source, found))
            if old is None or (old.stopped and not stopped):
                self.wires[source, found] = Wire(source, found, label, stopped)
        return found

    def sources(self, value: Value, inside: str) -> tuple[Source, ...]:
        """The boxes that a value comes from. `inside` says how often the loop around it runs."""
        if inside and not self._depends(value, self.heads[inside]):
            inside = ""
        key = (id(value), inside if value.op == "carried" else "")
        if key not in self.known:
            self.known[key] = ()
            self.known[key] = self._sources(value, inside)
        return self.known[key]

    def _lane(self, value: Value, sources: tuple[Source, ...]) -> str:
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
                region = v.attrs.get("region")
                stack.extend((*v.args, *(region.results if isinstance(region, Region) else ())))
        return False

    def _sources(self, value: Value, inside: str) -> tuple[Source, ...]:
        region = value.attrs.get("region")
        if isinstance(region, Region):
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
            result = cast(Region, loop.attrs["region"]).results[int(str(value.attrs["index"]))]
            return self.sources(result, _rounds(loop))
        if value.op == "guide" and value.args[2].attrs.get("value") == 1:
            return self.sources(value.args[0], inside)
        from_here = _unique([s for a in value.args for s in self.sources(a, inside)])
        if value.op == "stop":
            return tuple((box, label, True) for box, label, _ in from_here)
        if value.op in BOXED and not (value.op == "field" and value.args[0].op != "batch"):
            return self._boxed(value, from_here, inside)
        return from_here

    def _boxed(self, value: Value, sources: tuple[Source, ...], inside: str) -> tuple[Source, ...]:
        ref = value.attrs.get("role")
        role = self.roles.get(ref.name) if isinstance(ref, RoleRef) else None
        kind, title = _shown(value, role)
        frozen = role is not None and kind == "stage" and _is_frozen(value, role, ref)
        note = " · ".join(filter(None, ("frozen" if frozen else "", inside)))
        lane = role.name if role is not None else self._lane(value, sources)
        key: object = object() if value.op == "draw" else (value.op, title, lane, note, sources)
        if value.op in LOSSES:
            key = object()
        note = str(value.attrs.get("stands_for", note))
        id = self._box(Box(f"n{len(self.boxes)}", kind, title, note, lane, frozen), sources, key)
        return ((id, _label(value.type), False),)


def _rounds(loop: Value) -> str:
    if loop.attrs.get("iterable") == "range":
        low, high = loop.args[:2]
        bound = high.name or str(high.attrs.get("value", "n"))
        start = low.attrs.get("value", low.name or "n")
        return f"{bound} rounds" if start == 0 else f"rounds {start} .. {bound}"
    grid = loop.args[0]
    steps = grid.args[0].attrs.get("value") if grid.op == "grid" else None
    return f"{steps} rounds" if steps is not None else "each round"


def _unique(found: list[Source]) -> tuple[Source, ...]:
    kept: dict[str, Source] = {}
    for source in found:
        if source[0] not in kept or kept[source[0]][2]:
            kept[source[0]] = source
    return tuple(kept.values())


def _shown(value: Value, role: TypedRole | None) -> tuple[str, str]:
    """Kind and title of a box."""
    name = role.name if role is not None else ""
    match value.op:
        case "stage":
            return "stage", f"{name}.{value.attrs['stage']}"
        case "draw":
            return "draw", f"{value.name or 'draw'} ~ {_distribution(value.args[0])}"
        case "field":
            return "data", f"batch.{value.attrs['name']}"
        case "noisy":
            return "mix", f"{value.name or 'xt'} = noisy(x0, eps, t)"
        case "target":
            return "mix", "target(x0, eps, t)"
        case "guide":
            return "mix", f"{value.name} = guide(c, u)" if value.name else "guide(c, u)"
        case op if op in LOSSES:
            return "loss", op
        case op:
            return "stage", f"{name}.{op}"


def _distribution(d: Value) -> str:
    if d.op == "noise":
        space = d.attrs.get("space")
        return f"noise[{space.name}]" if isinstance(space, Space) else "noise"
    if d.op in ("shifted", "clamp"):
        return f"{d.op} {_distribution(d.args[0])}"
    return d.op


def _is_frozen(value: Value, role: TypedRole, ref: object) -> bool:
    if isinstance(ref, RoleRef) and ref.decay is not None:
        return True
    if role.settings.get("train", "frozen") == "frozen":
        return True
    stage = role.family.stages[str(value.attrs["stage"]) if value.op == "stage" else role.family.denoise]
    by = stage.by
    if isinstance(by, ast.ByComponent) and by.component.id in role.family.components:
        return not role.family.components[by.component.id].trainable
    return stage.kind.id in ("encode", "decode", "audio_decode")


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


# text formats

_MERMAID = {
    "data": ("[/", "/]"),
    "draw": ("([", "])"),
    "stage": ("[", "]"),
    "mix": ("(", ")"),
    "loss": ("{{", "}}"),
    "result": ("[/", "/]"),
}


def to_mermaid(p: Picture) -> str:
    """A Mermaid flowchart: a subgraph for each update, and in it for each role."""
    lines = ["flowchart LR", "  classDef frozen stroke-dasharray: 5 4"]
    for k, panel in enumerate(p.panels):
        lines.append(f'  subgraph p{k}["{_plain(panel.title)}"]')
        for lane in panel.lanes:
            mine = [b for b in panel.boxes if b.lane == lane]
            pad = "    "
            if lane != "data":
                lines.append(f'    subgraph p{k}_{lane}["{lane}"]')
                pad = "      "
            for b in mine:
                opening, closing = _MERMAID[b.kind]
                text = _plain(b.title) + (f"<br/><i>{_plain(b.note)}</i>" if b.note else "")
                lines.append(f'{pad}p{k}{b.id}{opening}"{text}"{closing}{":::frozen" if b.frozen else ""}')
            if lane != "data":
                lines.append("    end")
        lines.append("  end")
        for w in panel.wires:
            arrow = "-.->" if w.stopped else "-->"
            label = f"|{_plain(w.label)}|" if w.label else ""
            lines.append(f"  p{k}{w.source} {arrow}{label} p{k}{w.target}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return escape(text, quote=True).replace("|", "&#124;")


_DOT = {
    "data": "note",
    "draw": "ellipse",
    "stage": "box",
    "mix": "box",
    "loss": "hexagon",
    "result": "note",
}


def to_dot(p: Picture) -> str:
    """Graphviz: a cluster for each update, and in it for each role."""
    lines = [
        "digraph {",
        "  rankdir=LR",
        '  node [fontname="sans-serif"]',
        '  edge [fontname="sans-serif", fontsize=10]',
    ]
    for k, panel in enumerate(p.panels):
        lines += [f"  subgraph cluster_{k} {{", f"    label={_quoted(panel.title)}"]
        for j, lane in enumerate(panel.lanes):
            if lane != "data":
                lines += [f"    subgraph cluster_{k}_{j} {{", f"      label={_quoted(lane)}"]
            for b in panel.boxes:
                if b.lane == lane:
                    label = _quoted(b.title + (f"\n{b.note}" if b.note else ""))
                    styles = [*(["rounded"] if b.kind == "mix" else []), *(["dashed"] if b.frozen else [])]
                    style = f', style="{",".join(styles)}"' if styles else ""
                    lines.append(f"      p{k}{b.id} [label={label}, shape={_DOT[b.kind]}{style}]")
            if lane != "data":
                lines.append("    }")
        for w in panel.wires:
            style = ", style=dashed" if w.stopped else ""
            lines.append(f"    p{k}{w.source} -> p{k}{w.target} [label={_quoted(w.label)}{style}]")
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


# svg

TEXT, SMALL, LETTER, SMALL_LETTER = 13, 11, 7.3, 6.1
BOX, SLOT, GAP, COLUMN, LANE, MARGIN = 44, 12, 14, 86, 12, 24
LABELS = 92
INK, MUTED, PAPER = "#1f2937", "#64748b", "#ffffff"
FILL = {
    "data": ("#f1f5f9", "#94a3b8"),
    "draw": ("#fef3c7", "#d97706"),
    "stage": ("#dbeafe", "#2563eb"),
    "mix": ("#f8fafc", "#64748b"),
    "loss": ("#fee2e2", "#dc2626"),
    "result": ("#dcfce7", "#16a34a"),
}
BANDS = ("#f8fafc", "#f3f6fb")


@struct
class Spot:
    """A box, or a passing wire (`box` None), in its column: left, top, width, height."""

    key: str
    box: Box | None
    x: float
    y: float
    w: float
    h: float

    @property
    def middle(self) -> float:
        return self.y + self.h / 2


@struct
class Layout:
    panel: Panel
    spots: dict[str, Spot]
    bands: tuple[tuple[str, float, float], ...]
    width: float
    height: float
    columns: dict[str, int]


def _width(box: Box) -> float:
    return max(len(box.title) * LETTER, len(box.note) * SMALL_LETTER) + 26


def layout(panel: Panel) -> Layout:
    """Columns from left to right by longest path, a band for each lane, a slot where a wire passes."""
    graph = panel.graph()
    columns: dict[str, int] = {}
    for id in nx.topological_sort(graph):
        columns[id] = max((columns[p] + 1 for p in graph.predecessors(id)), default=0)
    for id in reversed(list(nx.topological_sort(graph))):
        after = [columns[s] for s in graph.successors(id)]
        if after and not graph.in_degree(id):
            columns[id] = max(0, min(after) - 1)
    count = max(columns.values(), default=0) + 1
    boxes = {b.id: b for b in panel.boxes}
    widths = [max((_width(boxes[i]) for i in columns if columns[i] == c), default=0.0) for c in range(count)]
    lefts: list[float] = [LABELS + MARGIN]
    for w in widths[:-1]:
        lefts.append(lefts[-1] + w + COLUMN)
    spots: dict[str, Spot] = {}
    bands = []
    y = 44.0
    for lane in panel.lanes:
        top, bottom = y, y + LANE
        for c in range(count):
            inside = y + LANE
            for key, box in _column(panel, boxes, columns, lane, c):
                h = BOX if box is not None else SLOT
                spots[key] = Spot(key, box, lefts[c], inside, widths[c] if box is None else _width(box), h)
                inside += h + (GAP if box is not None else 2)
            bottom = max(bottom, inside)
        bands.append((lane, top, bottom))
        y = bottom + 6
    return Layout(panel, spots, tuple(bands), lefts[-1] + widths[-1] + MARGIN, y + 8, columns)


def _column(
    panel: Panel, boxes: dict[str, Box], columns: dict[str, int], lane: str, c: int
) -> Iterator[tuple[str, Box | None]]:
    for b in panel.boxes:
        if b.lane != lane:
            continue
        if columns[b.id] == c:
            yield b.id, b
        ends = [columns[w.target] for w in panel.wires if w.source == b.id]
        if ends and columns[b.id] < c < max(ends):
            yield f"{b.id}@{c}", None


def to_svg(p: Picture) -> str:
    """A picture on a light ground, panels below each other, roles as lanes."""
    layouts = [layout(panel) for panel in p.panels]
    width = max((found.width for found in layouts), default=200.0)
    height = sum(found.height for found in layouts) + 62
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="Inter, Helvetica, Arial, sans-serif">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0.8 L7.4 4 L0 7.2 z" fill="{MUTED}"/></marker></defs>',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
    ]
    y = 0.0
    for found in layouts:
        parts += [f'<g transform="translate(0 {y:.1f})">', *_panel(found, width), "</g>"]
        y += found.height
    parts += [*_legend(y + 26), "</svg>"]
    return "\n".join(parts) + "\n"


def _panel(found: Layout, width: float) -> Iterator[str]:
    yield _text(MARGIN, 30, found.panel.title, 15, INK, "600")
    for k, (lane, top, bottom) in enumerate(found.bands):
        yield (
            f'<rect x="{MARGIN - 10}" y="{top:.1f}" width="{width - 2 * MARGIN + 20:.1f}" '
            f'height="{bottom - top:.1f}" rx="8" fill="{BANDS[k % 2]}"/>'
        )
        yield _text(MARGIN, top + 22, "" if lane == "data" else lane, TEXT, MUTED, "600")
    for b in found.panel.boxes:
        yield from _wires(found, b)
    for b in found.panel.boxes:
        label = next((w.label for w in found.panel.wires if w.source == b.id and w.label), "")
        spot = found.spots[b.id]
        if label:
            yield _text(spot.x + spot.w + 5, spot.middle - 6, label, SMALL, MUTED, halo=True)
    for spot in found.spots.values():
        if spot.box is not None:
            yield from _shape(spot, spot.box)


def _wires(found: Layout, box: Box) -> Iterator[str]:
    """Wires out of a box: one trunk through the columns that they pass, a branch to each target."""
    mine = [w for w in found.panel.wires if w.source == box.id]
    if not mine:
        return
    start = found.spots[box.id]
    own, last = found.columns[box.id], max(found.columns[w.target] for w in mine)
    stations = [(start.x + start.w, start.middle)]
    trunk = ""
    for c in range(own + 1, last):
        slot = found.spots[f"{box.id}@{c}"]
        x, y = stations[-1]
        trunk += _curve(x, y, slot.x, slot.middle) + f" L{slot.x + slot.w:.1f} {slot.middle:.1f}"
        stations.append((slot.x + slot.w, slot.middle))
    if trunk:
        yield f'<path d="{trunk}" fill="none" stroke="{MUTED}" stroke-width="1.2"/>'
    for w in mine:
        x, y = stations[found.columns[w.target] - own - 1]
        end = found.spots[w.target]
        incoming = sorted(
            (v.source for v in found.panel.wires if v.target == w.target),
            key=lambda s: _arrival(found, s, found.columns[w.target]),
        )
        place = end.y + end.h * (incoming.index(w.source) + 1) / (len(incoming) + 1)
        dash = ' stroke-dasharray="2 4"' if w.stopped else ""
        yield (
            f'<path d="{_curve(x, y, end.x - 1, place)}" fill="none" stroke="{MUTED}" stroke-width="1.2" '
            f'marker-end="url(#tip)"{dash}/>'
        )


def _arrival(found: Layout, source: str, column: int) -> float:
    before = found.spots.get(f"{source}@{column - 1}", found.spots[source])
    return before.middle


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    half = max(18.0, (to_x - x) / 2)
    return f"M{x:.1f} {y:.1f} C{x + half:.1f} {y:.1f} {to_x - half:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _shape(spot: Spot, box: Box) -> Iterator[str]:
    fill, stroke = FILL[box.kind]
    dash = ' stroke-dasharray="5 4"' if box.frozen else ""
    paint = f'fill="{"#f8fbff" if box.frozen else fill}" stroke="{stroke}" stroke-width="1.4"{dash}'
    x, y, w, h = spot.x, spot.y, spot.w, spot.h
    if box.kind == "loss":
        points = (
            (x + 10, y),
            (x + w - 10, y),
            (x + w, y + h / 2),
            (x + w - 10, y + h),
            (x + 10, y + h),
            (x, y + h / 2),
        )
        yield f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}" {paint}/>'
    else:
        radius = {"draw": h / 2, "mix": 12, "stage": 5}.get(box.kind, 2)
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h}" rx="{radius}" {paint}/>'
    middle = x + w / 2
    if box.note:
        yield _text(middle, y + 19, box.title, TEXT, INK, "500", "middle")
        yield _text(middle, y + 34, box.note, SMALL, MUTED, "400", "middle")
    else:
        yield _text(middle, y + h / 2 + 4.5, box.title, TEXT, INK, "500", "middle")


def _legend(y: float) -> Iterator[str]:
    x = float(MARGIN)
    words = (("data", "data"), ("draw", "random draw"), ("stage", "stage"), ("mix", "mix"), ("loss", "loss"))
    for kind, word in words:
        fill, stroke = FILL[kind]
        paint = f'fill="{fill}" stroke="{stroke}"'
        yield f'<rect x="{x:.1f}" y="{y - 10}" width="16" height="12" rx="3" {paint}/>'
        yield _text(x + 22, y, word, SMALL, MUTED)
        x += 44 + len(word) * SMALL_LETTER
    yield (
        f'<rect x="{x:.1f}" y="{y - 10}" width="16" height="12" rx="3" fill="#f8fbff" '
        f'stroke="{FILL["stage"][1]}" stroke-dasharray="4 3"/>'
    )
    yield _text(x + 22, y, "frozen", SMALL, MUTED)
    x += 88
    yield f'<path d="M{x:.1f} {y - 4} h26" stroke="{MUTED}" stroke-width="1.4" stroke-dasharray="2 4"/>'
    yield _text(x + 32, y, "gradient stopped", SMALL, MUTED)


def _text(
    x: float,
    y: float,
    text: str,
    size: int,
    colour: str,
    weight: str = "400",
    anchor: str = "start",
    halo: bool = False,
) -> str:
    if halo:
        # drawn twice, as not every viewer knows `paint-order`
        outline = f'stroke="{BANDS[0]}" stroke-width="4" stroke-linejoin="round"'
        under = f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" {outline}>{escape(text)}</text>'
        return under + _text(x, y, text, size, colour, weight, anchor)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def page(program: TypedProgram) -> str:
    """The picture as a page that opens from disk."""
    svg = to_svg(picture(program))
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(program.name)}</title>\n'
        f'<body style="margin: 1rem">\n{svg}\n</body></html>\n'
    )
