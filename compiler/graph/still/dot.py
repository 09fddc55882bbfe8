"""A document in the language of Graphviz: a cluster for each graph, and in it for each loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..document import Card, Document, Edge, Snapshot
from .svg import CHANGED, FILL, WIRES, at, heading, is_quiet, main_graphs, title_of

SHAPES: Mapping[str, str] = {
    "program": "box3d",
    "data": "note",
    "draw": "ellipse",
    "time": "ellipse",
    "stage": "box",
    "op": "box",
    "loss": "hexagon",
    "result": "note",
    "constant": "note",
    "text": "note",
    "state": "component",
}


def to_dot(document: Document, snapshot: str = "") -> str:
    """One text for all graphs, each as it is after the pass `snapshot`, or as it was checked. An edge to a loop ends at its
    border."""
    lines = [
        f"digraph {_quoted(document.program)} {{",
        "  rankdir=LR; compound=true",
        f"  label={_quoted(heading(document))}; labelloc=t",
        '  node [fontname="sans-serif", style="filled"]',
        '  edge [fontname="sans-serif", fontsize=10]',
    ]
    for k, drawing in enumerate(main_graphs(document)):
        graph = at(drawing, snapshot)
        ids = {n.id: f"g{k}n{i}" for i, n in enumerate(graph.nodes)}
        lines += [f"  subgraph cluster_g{k} {{", f"    label={_quoted(title_of(drawing))}"]
        lines += _inside(graph, None, ids, "    ", drawing.kind == "update")
        lines += _edges(graph, ids)
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def _inside(
    graph: Snapshot, parent: str | None, ids: Mapping[str, str], pad: str, update: bool
) -> Iterator[str]:
    for n in graph.nodes:
        if n.parent != parent:
            continue
        text = n.title + (f"\n{n.note}" if n.note else "")
        fill, stroke = FILL[n.kind]
        if n.kind == "loop":
            yield f"{pad}subgraph cluster_{ids[n.id]} {{"
            yield f'{pad}  label={_quoted(text)}; style="rounded"; color="{stroke}"'
            yield from _inside(graph, n.id, ids, pad + "  ", update)
            yield f"{pad}}}"
            continue
        role = f"\n{n.lane}" if n.lane != "data" and n.lane not in n.title else ""
        yield (
            f"{pad}{ids[n.id]} [label={_quoted(text + role)}, shape={SHAPES[n.kind]}, "
            f'style="{_style(n, update)}", fillcolor="{fill}", color="{CHANGED.get(n.change, stroke)}"]'
        )


def _style(n: Card, update: bool) -> str:
    quiet = is_quiet(n, update)
    rounded = ["rounded"] if n.kind == "op" else []
    return ",".join(
        ["filled", *rounded, *(["dashed"] if quiet else []), *(["bold"] if n.trains and n.tape else [])]
    )


def _edges(graph: Snapshot, ids: Mapping[str, str]) -> Iterator[str]:
    inside: dict[str, list[str]] = {}
    for n in graph.nodes:
        if n.parent is not None and n.kind != "loop":
            inside.setdefault(n.parent, []).append(n.id)
    loops = {n.id: n for n in graph.nodes if n.kind == "loop"}

    def end(id: str, at: int) -> tuple[str, str]:
        """A card; for a loop one in it, and the loop's cluster."""
        if id not in loops:
            return ids[id], ""
        held = inside.get(id) or [i for c, n in loops.items() if n.parent == id for i in inside.get(c, ())]
        return (ids[held[at]], f"cluster_{ids[id]}") if held else ("", "")

    for e in graph.edges:
        (a, tail), (b, head) = end(e.source, -1), end(e.target, 0)
        if a and b:
            yield f"    {a} -> {b} [{_facts(e, tail, head)}]"


def _facts(e: Edge, tail: str, head: str) -> str:
    colour = CHANGED.get(e.change) or WIRES.get(e.quantity, "#64748b")
    facts = [f"label={_quoted(e.label)}", f'color="{colour}"', f'fontcolor="{colour}"']
    facts += [f"ltail={tail}"] if tail else []
    facts += [f"lhead={head}"] if head else []
    facts += ["penwidth=2"] if e.gradient else []
    facts += ["style=dashed", "constraint=false"] if e.back else []
    return ", ".join(facts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
