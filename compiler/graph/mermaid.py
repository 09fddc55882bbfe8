"""A picture as a Mermaid flowchart."""

from __future__ import annotations

from html import escape

from .model import Picture

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
