"""Graphs as one SVG image on a light ground, below each other, roles as lanes, loops as boxes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape

from ...base.frozen import replace
from ..document import Card, Document, Drawing, Snapshot
from .layout import HEAD, SMALL_LETTER, Block, Point, Spot, Wire, layout

TEXT, SMALL, MARGIN, LABELS = 13, 11, 24.0, 92.0
INK, MUTED, PAPER = "#1f2937", "#64748b", "#ffffff"
FILL: Mapping[str, tuple[str, str]] = {
    "data": ("#f1f5f9", "#94a3b8"),
    "draw": ("#fef3c7", "#d97706"),
    "time": ("#fef9c3", "#ca8a04"),
    "stage": ("#dbeafe", "#2563eb"),
    "op": ("#f8fafc", "#64748b"),
    "loss": ("#fee2e2", "#dc2626"),
    "result": ("#dcfce7", "#16a34a"),
    "constant": ("#f1f5f9", "#94a3b8"),
    "text": ("#f1f5f9", "#94a3b8"),
    "loop": ("#eef2ff", "#6366f1"),
    "state": ("#ede9fe", "#7c3aed"),
    "program": ("#e0f2fe", "#0284c7"),
}
"""Ground and edge of each kind of card."""
WIRES: Mapping[str, str] = {
    "clean": "#0f766e",
    "noise": "#b45309",
    "noisy": "#7c3aed",
    "velocity": "#2563eb",
    "difference": "#be185d",
    "time": "#a16207",
    "record": "#64748b",
    "text": "#64748b",
    "pixels": "#15803d",
}
"""Colours of quantities; of all others `MUTED`."""
TINTS = {"added": "#dcfce7", "removed": "#fee2e2", "retyped": "#ffedd5"}
"""The grounds of cards that a comparison marks, and below their edges and those of lines."""
CHANGED = {"added": "#16a34a", "removed": "#dc2626", "retyped": "#d97706"}
BANDS = ("#f8fafc", "#f3f6fb")
LEGEND = ("data", "draw", "time", "stage", "op", "loop", "state", "loss", "result")
WRONG = "#dc2626"
"""Where an error arises."""
NARROW = 1180.0
"""What the legend needs."""


def to_svg(document: Document, snapshot: str = "") -> str:
    """All graphs of a document, each as it is after the pass `snapshot`, or as it was checked."""
    lanes = ("data", *(r.name for r in document.roles))
    shown = [(d, at(d, snapshot)) for d in main_graphs(document)]
    blocks = [(d, s, layout(s, lanes)) for d, s in shown]
    width = max((NARROW, *(b.width + LABELS + MARGIN for _, _, b in blocks)))
    told = [m for m in document.diagnostics if m.severity == "error"]
    wrong = {m.node for m in told if m.node is not None}
    height = sum(b.height + MARGIN for _, _, b in blocks) + 100 + 20 * len(told)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="Inter, Helvetica, Arial, sans-serif">',
        *_tips(),
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        _text(MARGIN, 30, heading(document), 15, INK, "700"),
    ]
    y = 44.0
    for drawing, graph, block in blocks:
        parts += [
            f'<g transform="translate(0 {y:.1f})">',
            *_graph(drawing, graph, block, width, wrong),
            "</g>",
        ]
        y += block.height + MARGIN
    for message in told:
        where = f"{message.file}:{message.line}"
        parts.append(
            _text(MARGIN, y + 16, f"{message.severity}: {message.message} ({where})", TEXT, WRONG, "600")
        )
        y += 20
    parts += [*_legend(y + 20), "</svg>"]
    return "\n".join(parts) + "\n"


def main_graphs(document: Document) -> Sequence[Drawing]:
    """What a still picture holds: all but the insides of stages, and these where nothing else is there."""
    drawn = [d for d in document.graphs if d.snapshots]
    return [d for d in drawn if d.kind != "stage-graph"] or drawn


def at(drawing: Drawing, snapshot: str) -> Snapshot:
    """A graph after a pass: the last snapshot that is not behind it; without a name the first."""
    found = [s for s in drawing.snapshots if snapshot in s.passes]
    return _with_kernels(found[0] if found else drawing.snapshots[-1 if snapshot else 0])


def _with_kernels(s: Snapshot) -> Snapshot:
    """Cards name the kernel that they are in, as a still picture has no outlines to click."""
    held = {n: k.kernel for k in s.groups for n in k.nodes}

    def named(n: Card) -> Card:
        note = f"in {held[n.id]}" if n.id in held else n.note
        return (
            replace(n, note=note)
            if n.kind != "loss" or n.id not in held
            else replace(n, note=f"{n.note} · {note}")
        )

    return replace(s, nodes=tuple(map(named, s.nodes))) if held else s


def is_quiet(card: Card, update: bool) -> bool:
    """Whether a card is dashed: what it calls is not trained here, or an update records nothing of it."""
    return card.frozen or (update and card.kind == "stage" and not card.tape)


def title_of(drawing: Drawing) -> str:
    """`distil: update student · every 2 steps`."""
    title = f"{drawing.program}: {drawing.title}" if drawing.program else drawing.title
    return " · ".join(filter(None, (title, drawing.every)))


def heading(document: Document) -> str:
    """`wan_dmd2 · F = 81, H = 480, W = 832 · trains critic, student`."""
    sizes = ", ".join(f"{n} = {v}" for n, v in document.sizes)
    trained = f"trains {', '.join(document.trained)}" if document.trained else ""
    other = (
        f"compared with {document.compared_with}: + added, − removed, ~ changed"
        if document.compared_with
        else ""
    )
    return " · ".join(filter(None, (document.program, sizes, trained, other)))


def _tips() -> Iterator[str]:
    yield "<defs>"
    for colour in dict.fromkeys((MUTED, *WIRES.values(), *CHANGED.values())):
        yield (
            f'<marker id="tip{colour[1:]}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0 0.8 L7.4 4 L0 7.2 z" fill="{colour}"/></marker>'
        )
    yield "</defs>"


def _graph(
    drawing: Drawing, graph: Snapshot, block: Block, width: float, wrong: Collection[str]
) -> Iterator[str]:
    yield _text(MARGIN, 26, title_of(drawing), 15, INK, "600")
    for k, (lane, top, bottom) in enumerate(block.bands):
        yield (
            f'<rect x="{MARGIN - 10}" y="{top:.1f}" width="{width - 2 * MARGIN + 20:.1f}" '
            f'height="{bottom - top:.1f}" rx="8" fill="{BANDS[k % 2]}"/>'
        )
        yield _text(MARGIN, top + 22, "" if lane == "data" else lane, TEXT, MUTED, "600")
    spots = list(block.placed(LABELS))
    for s in spots:
        if s.inner is not None and s.card is not None:
            yield from _loop(s, s.card)
    wires = list(block.drawn_wires(LABELS))
    for w in wires:
        yield _wire(w)
    yield from _labels(wires)
    for s in spots:
        if s.card is not None and s.inner is None:
            yield from _card(s, s.card, drawing.kind == "update", f"{drawing.id}/{s.card.id}" in wrong)


def _wire(w: Wire) -> str:
    colour = CHANGED.get(w.edge.change) or WIRES.get(w.edge.quantity, MUTED)
    tip = f' marker-end="url(#tip{colour[1:]})"' if w.ends else ""
    width = 2.0 if w.edge.gradient else 1.2
    dash = ' stroke-dasharray="6 4"' if w.edge.back else ""
    path = _corners(w.points) if w.edge.back else _curves(w.points)
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}{tip}/>'


def _curves(points: Sequence[Point]) -> str:
    """Along the columns straight on, between them from one height to the other."""
    (x, y), *rest = points
    text = f"M{x:.1f} {y:.1f}"
    for k, (a, b) in enumerate(rest):
        if k % 2 == 0 and b == y:
            text += f" L{a:.1f} {b:.1f}"
        else:
            half = max(14.0, (a - x) / 2)
            text += f" C{x + half:.1f} {y:.1f} {a - half:.1f} {b:.1f} {a:.1f} {b:.1f}"
        x, y = a, b
    return text


def _corners(points: Sequence[Point]) -> str:
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _labels(wires: Sequence[Wire]) -> Iterator[str]:
    """What runs along an edge, once where it leaves a card."""
    told: set[tuple[str, str, float]] = set()
    for w in wires:
        (_, y), (x, _) = w.points[:2]
        if w.label and (w.label, w.edge.source, y) not in told:
            told.add((w.label, w.edge.source, y))
            over = sum(1 for t in told if t[1:] == (w.edge.source, y)) - 1
            yield _text(
                x + 6, y - 5 - 12 * over, w.label, SMALL, WIRES.get(w.edge.quantity, MUTED), halo=True
            )


def _loop(s: Spot, card: Card) -> Iterator[str]:
    fill, stroke = FILL["loop"]
    yield (
        f'<rect x="{s.x:.1f}" y="{s.y:.1f}" width="{s.w:.1f}" height="{s.h:.1f}" rx="10" fill="{fill}" '
        f'fill-opacity="0.7" stroke="{CHANGED.get(card.change, stroke)}" stroke-width="1.4"/>'
    )
    yield _text(s.x + 12, s.y + 17, f"↻ {card.title}", TEXT, stroke, "600")
    yield _text(s.x + 12, s.y + HEAD - 9, card.note, SMALL, MUTED)


MARKS = {"added": "+ ", "removed": "− ", "retyped": "~ "}
"""What the titles of changed cards begin with."""


def _card(s: Spot, card: Card, update: bool, wrong: bool) -> Iterator[str]:
    fill, stroke = FILL[card.kind]
    dash = ' stroke-dasharray="5 4"' if is_quiet(card, update) else ""
    width = 2.4 if card.trains and card.tape else 1.4
    ground = TINTS.get(card.change) or ("#f8fbff" if card.frozen else fill)
    edge = WRONG if wrong else CHANGED.get(card.change, stroke)
    paint = f'fill="{ground}" stroke="{edge}" stroke-width="{width}"{dash}'
    x, y, w, h = s.x, s.y, s.w, s.h
    if card.kind == "loss":
        points = (
            (x + 9, y),
            (x + w - 9, y),
            (x + w, y + h / 2),
            (x + w - 9, y + h),
            (x + 9, y + h),
            (x, y + h / 2),
        )
        yield f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}" {paint}/>'
    else:
        radius = {"draw": h / 2, "op": 12, "time": h / 2, "stage": 5}.get(card.kind, 3)
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{radius}" {paint}/>'
    middle = x + w / 2
    yield _text(
        middle,
        y + (19 if card.note else h / 2 + 4.5),
        MARKS.get(card.change, "") + card.title,
        TEXT,
        INK,
        "500",
        "middle",
    )
    if card.note:
        yield _text(middle, y + 34, card.note, SMALL, MUTED, "400", "middle")


def _legend(y: float) -> Iterator[str]:
    x = MARGIN
    for kind in LEGEND:
        fill, stroke = FILL[kind]
        yield (
            f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="16" height="12" rx="3" fill="{fill}" stroke="{stroke}"/>'
        )
        yield _text(x + 22, y, KINDS[kind], SMALL, MUTED)
        x += 44 + len(KINDS[kind]) * SMALL_LETTER
    yield (
        f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="16" height="12" rx="3" fill="#f8fbff" '
        f'stroke="{FILL["stage"][1]}" stroke-dasharray="4 3"/>'
    )
    yield _text(x + 22, y, "not trained here, or nothing recorded", SMALL, MUTED)
    x, y = MARGIN, y + 22
    for name, words in (("gradient comes back", 2.0), ("values alone", 1.2)):
        yield f'<path d="M{x:.1f} {y - 4:.1f} h26" stroke="{MUTED}" stroke-width="{words}"/>'
        yield _text(x + 32, y, name, SMALL, MUTED)
        x += 60 + len(name) * SMALL_LETTER
    for quantity, colour in WIRES.items():
        yield f'<path d="M{x:.1f} {y - 4:.1f} h18" stroke="{colour}" stroke-width="2"/>'
        yield _text(x + 24, y, quantity, SMALL, MUTED)
        x += 44 + len(quantity) * SMALL_LETTER


KINDS: Mapping[str, str] = {
    "data": "data",
    "draw": "random draw",
    "time": "time",
    "stage": "call of a role",
    "op": "arithmetic",
    "loop": "loop",
    "state": "carried",
    "loss": "loss",
    "result": "result",
}
"""Kinds of cards in words."""


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
