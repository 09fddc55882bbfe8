"""Reads the rows of the house from `compiler/README.md`, and finds what in a tree breaks them.

Every import counts: absolute, relative, inside functions, for types alone.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import networkx as nx

TOPS = ("compiler", "stages", "families", "programs", "grammar")
NAMELESS = ("compiler/", "stages/")
"""Where nothing may know a family, a method or a role by its name."""
ROLES = frozenset({"student", "teacher", "critic"})
BACKTICKS = re.compile(r"`[^`]*`")


@dataclass(frozen=True)
class Page:
    """`rows` gives the row of each room (a folder or a file), `libraries` the rooms that may import each library,
    `dynamic` the files that import modules by a computed name."""

    rows: Mapping[str, int]
    libraries: Mapping[str, tuple[str, ...]]
    dynamic: frozenset[str]

    def room(self, path: str) -> str | None:
        """The smallest room that a file stands in."""
        found = [r for r in self.rows if path == r or path.startswith(f"{r}/")]
        return max(found, key=len, default=None)

    def may_import(self, path: str, library: str) -> bool:
        return any(path == r or path.startswith(f"{r}/") for r in self.libraries.get(library, ()))


def read_page(text: str) -> Page:
    """The two tables of `compiler/README.md`: rows of rooms, and libraries with the rooms that may import them."""
    rows: dict[str, int] = {}
    libraries: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")] if line.startswith("|") else []
        names = [re.findall(r"`([^`]+)`", c) for c in cells]
        if len(cells) == 3 and cells[0].isdigit():
            rows |= {_folder(room): int(cells[0]) for room in names[1]}
        elif len(cells) == 3 and names[0]:
            libraries |= {name: tuple(map(_folder, names[2])) for name in names[0]}
    dynamic = re.findall(r"`([^`]+/[^`]+\.py)`", text.partition("Modules by a computed name:")[2])
    return Page(rows, libraries, frozenset(map(_folder, dynamic)))


def _folder(room: str) -> str:
    """A room as a path below the repository: those of the compiler are written without it."""
    whole = room.strip("/")
    return whole if whole.split("/")[0] in TOPS else f"compiler/{whole}"


def read_tree(root: Path) -> dict[str, str]:
    """The Python files of the five top folders, by their paths."""
    paths = (p for top in TOPS for p in sorted((root / top).rglob("*.py")))
    return {p.relative_to(root).as_posix(): p.read_text("utf-8") for p in paths}


@dataclass(frozen=True)
class Import:
    """`target` is a file of the tree, or else `library` the top name of a package outside."""

    line: int
    target: str = ""
    library: str = ""
    computed: bool = False


@dataclass(frozen=True)
class Facts:
    """What a file says: modules that it imports with the names it takes of them (None for a computed name), and words
    of its string constants, each with the line."""

    empty: bool
    modules: tuple[tuple[int, str | None, tuple[str, ...]], ...]
    words: tuple[tuple[int, frozenset[str]], ...]


@cache
def facts(path: str, text: str) -> Facts:
    """Read once for each text, however often the rules are tried."""
    tree = ast.parse(text)
    documentation = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    modules: list[tuple[int, str | None, tuple[str, ...]]] = []
    words: list[tuple[int, frozenset[str]]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules += [(node.lineno, a.name, ()) for a in names]
            case ast.ImportFrom(level=0, module=str(module), names=names):
                modules.append((node.lineno, module, tuple(a.name for a in names)))
            case ast.ImportFrom(level=level, module=module, names=names):
                base = [*path.split("/")[:-level], *([module] if module else [])]
                modules.append((node.lineno, f"fdc.{'.'.join(base)}", tuple(a.name for a in names)))
            case (
                ast.Call(func=ast.Name(id="import_module" | "__import__"))
                | ast.Call(func=ast.Attribute(attr="import_module"))
            ):
                name = node.args[0] if node.args else None
                known = isinstance(name, ast.Constant) and isinstance(name.value, str)
                modules.append((node.lineno, name.value if known else None, ()))  # type: ignore[union-attr]
            case ast.Constant(value=str(value)) if id(node) not in documentation:
                # examples of FDL in messages stand in backticks
                words.append((node.lineno, frozenset(re.findall(r"\w+", BACKTICKS.sub("", value)))))
    return Facts(not tree.body, tuple(modules), tuple(words))


def imports(path: str, files: Mapping[str, str]) -> Iterator[Import]:
    """What a file imports, wherever in it."""
    for line, module, names in facts(path, files[path]).modules:
        if module is None:
            yield Import(line, computed=True)
            continue
        top, _, inside = module.partition(".")
        if top != "fdc":
            yield Import(line, library=top)
            continue
        for name in names or ("",):
            parts = [*filter(None, inside.split(".")), *filter(None, (name,))]
            prefixes = ("/".join(parts[:end]) for end in range(len(parts), 0, -1))
            target = next((f for p in prefixes for f in (f"{p}.py", f"{p}/__init__.py") if f in files), None)
            if target is not None:
                yield Import(line, target=target)


def breaches(files: Mapping[str, str], page: Page, names: frozenset[str]) -> list[str]:
    """What breaks the rules, a line each; `names` are those of families, methods and roles."""
    found: list[str] = []
    arrows = nx.DiGraph()
    for path, text in files.items():
        own, said = page.room(path), facts(path, text)
        if said.empty:
            continue
        if own is None:
            found.append(f"{path}: stands in no row of compiler/README.md")
            continue
        for i in imports(path, files):
            place = f"{path}:{i.line}"
            if i.computed and path not in page.dynamic:
                found.append(f"{place}: imports a module by a computed name")
            if (
                i.library
                and i.library not in sys.stdlib_module_names
                and not page.may_import(path, i.library)
            ):
                found.append(f"{place}: imports {i.library}, which {own} may not")
            if not i.target or i.target == path:
                continue
            arrows.add_edge(path, i.target)
            room = page.room(i.target)
            if room is not None and room != own and page.rows[room] >= page.rows[own]:
                found.append(f"{place}: {own} imports {i.target}, which does not stand below it")
        if path.startswith(NAMELESS):
            found += [f"{path}:{line}: names {n}" for line, words in said.words for n in words & names]
    for circle in nx.strongly_connected_components(arrows):
        if len(circle) > 1:
            found.append(f"a circle: {', '.join(sorted(circle))}")
    return found


def names_of(root: Path) -> frozenset[str]:
    """Families and methods by the names of their files, and the roles of the methods that come with fdc."""
    files = [*(root / "families").glob("*/*.fdl"), *(root / "programs").glob("*.fdl")]
    return frozenset(p.stem for p in files) | ROLES
