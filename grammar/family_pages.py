"""`python -m fdc.grammar.family_pages` writes a page of the guide for each family, from the family's own file."""

from __future__ import annotations

import ast as python
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from ..compiler.base.source import Source
from ..compiler.contracts.classes import SCHEDULERS
from ..compiler.driver.pipeline import check_source
from ..compiler.program.family import Component, Family
from ..compiler.syntax import ast
from ..compiler.syntax.parser import parse

T = TypeVar("T")
HERE = Path(__file__).parent
ROOT = HERE.parent
PAGES = HERE / "families"
METHODS = ("finetune", "dmd2")
EXCEPT = ("tiny",)
"""Variants of which the settings are of no use to read."""


def names() -> list[str]:
    """The families that ship, by their folders."""
    return sorted(p.parent.name for p in (ROOT / "families").glob("*/*.fdl") if p.stem == p.parent.name)


def page(name: str) -> str:
    """The page of a family. The same for every run."""
    path = ROOT / "families" / name / f"{name}.fdl"
    file, _ = parse(Source(str(path), path.read_text("utf-8")))
    (family,) = (d for d in file.declarations if isinstance(d, ast.FamilyDecl))
    parts = [
        f"# `{name}`\n\n{_doc(family.doc)}Made from `families/{name}/{name}.fdl` by `python -m fdc.grammar.family_pages`.",
        *_components(family),
        *_written("Latents", family, ast.SpaceDecl),
        *_written("Process", family, ast.ProcessDecl),
        *_records(family),
        *_stages(family),
        *_graphs(family),
        *_variants(family),
        *_accepted(name, family),
        *_binding(path.with_name("binding.py")),
        *_programs(name),
    ]
    return "\n\n".join(parts) + "\n"


def _doc(lines: Iterable[str]) -> str:
    text = " ".join(line.strip() for line in lines)
    return f"{text}\n\n" if text else ""


def _of(family: ast.FamilyDecl, kind: type[T]) -> list[T]:
    return [m for m in family.members if isinstance(m, kind)]


def _table(*rows: Iterable[str]) -> str:
    """Of the first row and the rest; a column that says nothing is left out."""
    head, *rest = ([cell.replace("|", "&#124;") for cell in row] for row in rows)
    said = [k for k in range(len(head)) if any(row[k] for row in rest)]
    lines = [[row[k] for k in said] for row in (head, ["---"] * len(head), *rest)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _code(text: str) -> str:
    return f"```fdl\n{text}\n```"


def _text(node: ast.Syntax) -> str:
    """What the author wrote, moved to the margin."""
    first, _, rest = node.span.text.partition("\n")
    return first + ("\n" + textwrap.dedent(rest) if rest else "")


def _one_line(node: ast.Syntax) -> str:
    return " ".join(node.span.text.split())


def _components(family: ast.FamilyDecl) -> Iterator[str]:
    rows = [("component", "class", "settings", "")]
    for c in _of(family, ast.ComponentDecl):
        said = [f"`{_one_line(e)}`" for e in c.entries if e.path[0] != "config" or _is_told(e)]
        rows.append((f"`{c.name.id}`", f"`{c.cls}`", ", ".join(said), _doc(c.doc).strip()))
    yield "## Components"
    yield _table(*rows)


def _is_told(e: ast.Entry) -> bool:
    """Whether a config says what calls of a head tell."""
    facts = e.value.entries if isinstance(e.value, ast.MapExpr) else ()
    return any(
        isinstance(f.value, (ast.Name, ast.Call)) and _one_line(f.value) != "none" for f in facts if f.value
    )


def _written(
    title: str, family: ast.FamilyDecl, kind: type[ast.SpaceDecl] | type[ast.ProcessDecl]
) -> Iterator[str]:
    found: list[ast.SpaceDecl | ast.ProcessDecl] = [*_of(family, kind)]
    if found:
        yield f"## {title}"
    for d in found:
        yield _doc(d.doc) + _code(_text(d))


def _records(family: ast.FamilyDecl) -> Iterator[str]:
    for r in _of(family, ast.RecordDecl):
        yield f"## Record `{r.name.id}`"
        rows = [
            (
                f"`{f.name.id}`",
                f"`{_one_line(f.type)}`",
                ", ".join(f"`{_one_line(e)}`" for e in f.entries),
                _doc(f.doc).strip(),
            )
            for f in r.fields
        ]
        yield _doc(r.doc) + _table(("field", "type", "rows past the text", ""), *rows)


def _stages(family: ast.FamilyDecl) -> Iterator[str]:
    yield "## Stages"
    rows = []
    for s in _of(family, ast.StageDecl):
        takes = ", ".join(f"{p.name.id}: {_one_line(p.type)}" for p in s.params if p.type is not None)
        rows.append((f"`{s.name.id}`", s.kind.id, f"`{takes}`", f"`{_one_line(s.result)}`", f"`{_by(s.by)}`"))
    yield _table(("stage", "kind", "takes", "gives", "by"), *rows)


def _by(by: ast.ByComponent | ast.ByPython | ast.ByStage) -> str:
    return f"python({by.function.id})" if isinstance(by, ast.ByPython) else _one_line(by)


def _graphs(family: ast.FamilyDecl) -> Iterator[str]:
    if _of(family, ast.Param) or _of(family, ast.GraphDecl):
        yield "## Graphs"
    for p in _of(family, ast.Param):
        yield f"A role may state `{_one_line(p)}`. {_doc(p.doc)}".strip()
    for g in _of(family, ast.GraphDecl):
        given = ", ".join(_one_line(p) for p in g.params)
        yield f"`{g.name.id}({given})`. {_doc(g.doc)}".strip()
    (sample,) = [g for g in _of(family, ast.GraphDecl) if g.name.id == "sample"] or [None]
    if sample is not None:
        yield _code(_text(sample))


def _variants(family: ast.FamilyDecl) -> Iterator[str]:
    found = _of(family, ast.VariantDecl)
    if not found:
        return
    yield "## Variants"
    rows = [("variant", "what it states", "")]
    for v in found:
        said = [] if v.name.id in EXCEPT else [f"`{_one_line(e)}`" for e in v.entries]
        rows.append((f"`{v.name.id}`", "<br>".join(said), _doc(v.doc).strip()))
    yield _table(*rows)


def _accepted(name: str, family: ast.FamilyDecl) -> Iterator[str]:
    """What a checkpoint must say, for the largest part of which `fdc check` reads its configs alone."""
    typed, stated = _typed(name), _of(family, ast.SizesDecl)
    if stated or typed is not None:
        yield "## What it accepts"
    for s in stated:
        yield f"Sizes: {', '.join(f'`{_one_line(e)}`' for e in s.entries)}."
    if typed is None:
        return
    kinds = sorted(c for c, kind in SCHEDULERS.items() if kind == typed.process.kind)
    yield (
        f"A checkpoint in the layout of diffusers, whose scheduler is for the same process"
        f"{' (' + ', '.join(f'`{k}`' for k in kinds) + ')' if kinds else ''}, and whose configs say what follows."
        " What differs is `config-mismatch` before a weight is read."
    )
    rows = [("component", "its config says")]
    for c in typed.components.values():
        facts = ", ".join(f"`{k} = {_shown(v)}`" for k, v in sorted(_stated(family, c).items()))
        if facts:
            rows.append((f"`{c.name}`", facts))
    if len(rows) > 1:
        yield _table(*rows)


def _stated(family: ast.FamilyDecl, c: Component) -> dict[str, object]:
    """The facts of every variant: those that the component itself states."""
    (declared,) = (d for d in _of(family, ast.ComponentDecl) if d.name.id == c.name)
    own = {
        entry.name
        for e in declared.entries
        if e.path[0] == "config" and isinstance(e.value, ast.MapExpr)
        for entry in e.value.entries
    }
    return {k: v for k, v in c.config.items() if k in own}


def _shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        few = [_shown(v) for v in value[:4]]
        return f"[{', '.join(few)}{', ...' if len(value) > 4 else ''}]"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    return (
        f"{float(value):g}" if isinstance(value, (int, float)) and not isinstance(value, int) else str(value)
    )


def _typed(name: str) -> Family | None:
    path = ROOT / "programs" / f"{name}_{METHODS[0]}.fdl"
    if not path.exists():
        return None
    found = check_source(Source(str(path), path.read_text("utf-8")), path)
    return next(iter(found.programs[0].roles.values())).family if found.programs else None


def _binding(path: Path) -> Iterator[str]:
    if not path.exists():
        return
    tree = python.parse(path.read_text("utf-8"))
    rows = [
        (f"`{d.name}`", (python.get_docstring(d) or "").partition("\n\n")[0].replace("\n", " "))
        for d in (*_shared(path, tree), *tree.body)
        if isinstance(d, (python.FunctionDef, python.ClassDef)) and not d.name.startswith("_")
    ]
    if rows:
        yield "## In Python"
        yield f"{python.get_docstring(tree) or ''}".replace("\n", " ").strip()
        yield _table(("", "why"), *rows)


def _shared(path: Path, tree: python.Module) -> Iterator[python.stmt]:
    """What a binding offers (`__all__`) and has from another file of the families."""
    offered = next(
        (d.value for d in tree.body if isinstance(d, python.Assign) and "__all__" in python.unparse(d)), None
    )
    names = python.literal_eval(offered) if offered is not None else []
    for d in tree.body:
        if isinstance(d, python.ImportFrom) and 0 < d.level < 3 and d.module:
            file = path.parents[d.level - 1].joinpath(*d.module.split(".")).with_suffix(".py")
            wanted = {a.name for a in d.names} & {*names}
            body = python.parse(file.read_text("utf-8")).body if wanted else []
            yield from (f for f in body if isinstance(f, python.FunctionDef) and f.name in wanted)


def _programs(name: str) -> Iterator[str]:
    found = [p for m in METHODS if (p := ROOT / "programs" / f"{name}_{m}.fdl").exists()]
    if found:
        yield "## Programs to start from"
    for path in found:
        yield f"`programs/{path.name}`:\n\n{_code(path.read_text('utf-8').rstrip())}"


def main() -> None:
    PAGES.mkdir(exist_ok=True)
    for name in names():
        (PAGES / f"{name}.md").write_text(page(name), "utf-8")
        print(f"grammar/families/{name}.md")


if __name__ == "__main__":
    main()
