"""Where the boxes of a panel stand: columns from left to right, a band for each role, slots where wires pass."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from ..base.frozen import struct
from .model import Box, Panel

LETTER, SMALL_LETTER = 7.3, 6.1
BOX, SLOT, GAP, COLUMN, LANE, MARGIN = 44, 12, 14, 86, 12, 24
LABELS = 92
"""In pixels: the width of a letter of a title and of a note, heights of a box and of a slot, what lies between."""


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
