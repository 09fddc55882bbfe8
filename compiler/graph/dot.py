"""A picture in the language of Graphviz."""

from __future__ import annotations

from .model import Picture

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
