"""A picture as an SVG image on a light ground: panels below each other, roles as lanes."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .layout import MARGIN, SMALL_LETTER, Layout, Spot, layout
from .model import Box, Picture

TEXT, SMALL = 13, 11
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
