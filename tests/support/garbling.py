"""Messages of the checker, garbled one at a time, and what is printed then about the refused programs.

A message is a literal with words in it, an f-string included, in a package of `PACKAGES`: what is printed about a mistake is
made of such. `python garbling.py < ORDERS` takes JSON, `[[message, [program, ...]], ...]`, and writes for each order what is
printed about the programs while a word of that message is another one.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType
from typing import Any

from paths import REFUSED, ROOT

PACKAGES = ("check", "contracts", "modules", "syntax", "types")
WORD = re.compile(r"[A-Za-z]{3,}")
BUILT_IN = re.compile(r"(Assertion|Type|Value|Key|Index|Runtime|Attribute|NotImplemented)Error")


@dataclass(frozen=True)
class Message:
    """A literal: its file in `compiler/`, its number among those of the file, its line and its fixed text."""

    file: str
    number: int
    line: int
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}"


def _skipped(tree: ast.AST) -> set[int]:
    """Nodes whose strings nobody reads in a report: docstrings, what is compared, split, raised as a defect."""
    found: set[int] = set()

    def skip(node: ast.AST) -> None:
        found.update(id(n) for n in ast.walk(node))

    for node in ast.walk(tree):
        match node:
            case ast.Expr(ast.Constant()) | ast.Assert() | ast.Compare():
                skip(node)
            case ast.Call(ast.Attribute(ast.Constant() as text, "split")):
                skip(text)
            case ast.Call(ast.Attribute(ast.Name("re"))):
                skip(node)
            case ast.Raise(ast.Call(ast.Name(name))) if BUILT_IN.fullmatch(name):
                skip(node)
            case ast.FormattedValue(format_spec=ast.JoinedStr() as spec):
                skip(spec)
            case ast.AnnAssign() | ast.arg() if node.annotation is not None:
                skip(node.annotation)
    return found


def _literals(tree: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """In order of place; an f-string's own text belongs to it."""
    skipped = _skipped(tree)
    within = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    nodes = [
        n
        for n in ast.walk(tree)
        if isinstance(n, (ast.Constant, ast.JoinedStr)) and id(n) not in skipped and id(n) not in within
    ]
    for node in sorted(nodes, key=lambda n: (n.lineno, n.col_offset, n.end_col_offset or 0)):
        text = " ".join(_parts(node))
        if WORD.search(text) and re.search(r"\S\s+\S|^\s+\S|\S\s+$", "{}".join(_parts(node))):
            yield node


def _parts(node: ast.Constant | ast.JoinedStr) -> tuple[str, ...]:
    if isinstance(node, ast.Constant):
        return (node.value,) if isinstance(node.value, str) else ()
    return tuple(v.value for v in node.values if isinstance(v, ast.Constant))


def messages() -> list[Message]:
    """Every message of the packages."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / "compiler" / package).rglob("*.py")):
            file = path.relative_to(ROOT / "compiler").as_posix()
            for number, node in enumerate(_literals(ast.parse(path.read_text("utf-8")))):
                found.append(Message(file, number, node.lineno, _parts(node)))
    return found


def plain(report: str) -> str:
    """A report's words in one line: without what draws it, and as if no line was broken."""
    return " ".join(re.sub(r"^\s*\d*\s*[|=]\s", "", report, flags=re.MULTILINE).split())


def rendered_in(message: Message, report: str) -> bool:
    """Whether the fixed text of a message stands in a report (`plain`), in order."""
    at = 0
    for part in message.parts:
        words = " ".join(part.split())
        at = report.find(words, at)
        if at < 0:
            return False
        at += len(words)
    return True


class Garbled(MetaPathFinder):
    """Imports modules with other words in their messages: one word of message `chosen`, or of each one its number."""

    def __init__(self, chosen: str) -> None:
        self.file, _, self.number = chosen.partition("#")

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        file = name.removeprefix("fdc.compiler.").replace(".", "/") + ".py"
        if self.file != file and not (self.file == "*" and file.split("/")[0] in PACKAGES):
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.origin is not None and not spec.submodule_search_locations:
            spec.loader = _Loader(name, spec.origin, file, self.number)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, file: str, number: str) -> None:
        super().__init__(name, path)
        self.file, self.number = file, number

    def get_code(self, fullname: str) -> CodeType:  # never from a file of bytecode, nor into one
        tree = ast.parse(self.get_data(self.path))
        for n, node in enumerate(_literals(tree)):
            if self.number in ("", str(n)):
                _garble(node, "garbled" if self.number else f"<<{self.file}#{n}>>")
        return compile(tree, self.path, "exec", dont_inherit=True)


def _garble(node: ast.Constant | ast.JoinedStr, word: str) -> None:
    texts = (
        [node] if isinstance(node, ast.Constant) else [v for v in node.values if isinstance(v, ast.Constant)]
    )
    longest = max(texts, key=lambda t: max(map(len, WORD.findall(t.value)), default=0))
    old = max(WORD.findall(longest.value), key=len)
    longest.value = longest.value.replace(old, word, 1)


def printed(chosen: str, programs: list[str]) -> list[str]:
    """What is printed about each program with that message garbled (`FILE#NUMBER`, or `*#` for a mark in each)."""
    for name in [m for m in sys.modules if m == "fdc" or m.startswith("fdc.")]:
        del sys.modules[name]
    finder = Garbled(chosen)
    sys.meta_path.insert(0, finder)
    try:
        from fdc.compiler.cli.main import main

        found = []
        for program in programs:
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                main(["check", f"{program}.fdl"])
            found.append(out.getvalue())
        return found
    finally:
        sys.meta_path.remove(finder)


if __name__ == "__main__":
    orders = json.load(sys.stdin)
    os.chdir(REFUSED)
    os.environ.pop("COLUMNS", None)
    os.environ["NO_COLOR"] = "1"
    json.dump([printed(message, programs) for message, programs in orders], sys.stdout)
