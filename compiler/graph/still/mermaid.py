"""A document as one Mermaid flowchart: a subgraph for each graph, and in it for each loop; roles as colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from ..document import Card, Document, Snapshot
from .svg import at, heading, is_quiet, main_graphs, title_of

SHAPES: Mapping[str, tuple[str, str]] = {
    "program": ("[", "]"),
    "data": ("[/", "/]"),
    "draw": ("([", "])"),
    "time": ("([", "])"),
    "stage": ("[", "]"),
    "op": ("(", ")"),
    "loss": ("{{", "}}"),
    "result": ("[/", "/]"),
    "constant": ("[/", "/]"),
    "text": ("[/", "/]"),
    "state": ("[[", "]]"),
}
GROUNDS = ("#dbeafe", "#fef3c7", "#dcfce7", "#ede9fe", "#fee2e2", "#e0f2fe")
"""Colours of roles, in their order."""


def to_mermaid(document: Document, snapshot: str = "") -> str:
    """One text for all graphs, each as it is after the pass `snapshot`, or as it was checked."""
    lines = ["---", f"title: {_title(heading(document))}", "---", "flowchart LR"]
    lines += [f"  classDef role{k} fill:{GROUNDS[k % len(GROUNDS)]}" for k in range(len(document.roles))]
    lines += ["  classDef quiet stroke-dasharray: 5 4", "  classDef trained stroke-width: 3px"]
    lanes = {r.name: f"role{k}" for k, r in enumerate(document.roles)}
    links = 0
    back: list[int] = []
    for k, drawing in enumerate(main_graphs(document)):
        graph = at(drawing, snapshot)
        ids = {n.id: f"g{k}n{i}" for i, n in enumerate(graph.nodes)}
        lines.append(f'  subgraph g{k}["{_plain(title_of(drawing))}"]')
        lines += _inside(graph, None, ids, lanes, "    ", drawing.kind == "update")
        lines.append("  end")
        for e in graph.edges:
            arrow = "==>" if e.gradient else "-.->" if e.back else "-->"
            label = f'|"{_plain(e.label)}"|' if e.label else ""
            lines.append(f"  {ids[e.source]} {arrow}{label} {ids[e.target]}")
            back += [links] if e.back else []
            links += 1
    if back:
        lines.append(f"  linkStyle {','.join(map(str, back))} stroke:#7c3aed")
    return "\n".join(lines) + "\n"


def _inside(
    graph: Snapshot,
    parent: str | None,
    ids: Mapping[str, str],
    lanes: Mapping[str, str],
    pad: str,
    update: bool,
) -> Iterator[str]:
    for n in graph.nodes:
        if n.parent != parent:
            continue
        text = f"{_plain(n.title)}" + (f"<br/><i>{_plain(n.note)}</i>" if n.note else "")
        if n.kind == "loop":
            yield f'{pad}subgraph {ids[n.id]}["{text}"]'
            yield from _inside(graph, n.id, ids, lanes, pad + "  ", update)
            yield f"{pad}end"
            continue
        opening, closing = SHAPES[n.kind]
        yield f'{pad}{ids[n.id]}{opening}"{text}"{closing}'
        styles = _styles(n, lanes, update)
        if styles:
            yield f"{pad}class {ids[n.id]} {','.join(styles)}"


def _styles(n: Card, lanes: Mapping[str, str], update: bool) -> list[str]:
    quiet = is_quiet(n, update)
    own = [lanes[n.lane]] if n.lane in lanes else []
    return [*own, *(["quiet"] if quiet else []), *(["trained"] if n.trains and n.tape else [])]


def _plain(text: str) -> str:
    return (
        escape(text, quote=True)
        .replace("|", "&#124;")
        .replace("\n", " ")
        .replace("#", "&num;")
        .replace("&&num;", "&#")
    )


def _title(text: str) -> str:
    """In the YAML at the head, between quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
