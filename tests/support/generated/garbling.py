"""Messages of the checker, garbled one at a time, and what is printed then about the refused programs.

A message is a literal with words in it, an f-string included, in a package of `PACKAGES`: what is printed about a mistake is
made of such. `python -m generated.garbling marked` and `... survivors` call the function of that name with the JSON of
standard input, in a process whose modules are all fdc's own.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType
from typing import Any

from paths import REFUSED, ROOT

PACKAGES = ("check", "contracts", "modules", "syntax", "types")
WORD = re.compile(r"[A-Za-z]{3,}")
NOT_MESSAGES = frozenset(
    (
        # names by which numbers, times and places are told apart
        *(" shifted ", "draw {} ", "number {} ", "comparison ", "choice ", "carried "),
        *("`{}` of the next step ", "optimize ", "argument ", "further ", "names of the family at "),
        *("stands for", "its family", "the role's space", "what is encoded", "no latents", "noisy latents"),
        # the processes with which a method is checked on its own
        *("(1 - s)*x0 + s*eps", "eps - x0", "x0 - eps", "a*x0 + s*eps", "a*eps - s*x0", "x0 + s*eps"),
        *("cos(u)*x0 + sin(u)*eps", "cos(u)*eps - sin(u)*x0"),
        "process {} { noisy = {}, predict = {}, ticks = 1000*s }",
        # what `perturb`, `sde_step` and `log_prob` stand for
        *("select(t.sigma >= 1, 1 - next.sigma, 1 - t.sigma)", "eta*sqrt(t.sigma/{}*(t.sigma - next.sigma))"),
        "x + (next.sigma - t.sigma)*(v + eta*eta/(2*{})*(x + (1 - t.sigma)*v))",
        "-mean(square(y - mu), per = sample)/(2*std*std) - log(std) - 0.9189385332046727",
        *("mean + std*z", "eps + amount*z"),
    )
)
"""Literals with words in them that nobody reads."""
BUILT_IN = re.compile(r"(Assertion|Type|Value|Key|Index|Runtime|Attribute|NotImplemented)Error")


@dataclass(frozen=True)
class Message:
    """A literal: its file in `compiler/`, its number among those of the file, its line and its fixed text."""

    file: str
    number: int
    line: int
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return "{}".join(self.parts)

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}"


def _skipped(tree: ast.AST) -> set[int]:
    """Nodes whose strings nobody reads in a report: docstrings, what is compared, split, raised as a defect,
    names of numbers."""
    found: set[int] = set()

    def skip(node: ast.AST) -> None:
        found.update(id(n) for n in ast.walk(node))

    for node in ast.walk(tree):
        match node:
            case ast.Dict():
                for key in filter(None, node.keys):
                    skip(key)
            case ast.Expr(ast.Constant()) | ast.Assert() | ast.Compare():
                skip(node)
            case ast.Call(ast.Attribute(ast.Constant() as text, "split")):
                skip(text)
            case ast.Call(ast.Attribute(attr="startswith" | "partition"), args=[text]):
                skip(text)
            case ast.Call(ast.Attribute(ast.Name("re"))):
                skip(node)
            case ast.Call(ast.Name("unknown" | "unknown_number"), [text, *_]):  # by which a number is known
                skip(text)
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
        if "{}".join(_parts(node)) in NOT_MESSAGES:
            continue
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
    """Imports modules with another word in one message each: of `chosen` alone, or of every one a word of its own."""

    def __init__(self, chosen: Message | None) -> None:
        self.chosen = chosen
        self.marks = {(m.file, m.number): mark(k) for k, m in enumerate(messages())} if chosen is None else {}
        if chosen is not None:
            self.marks[chosen.file, chosen.number] = "garbled"
        self.files = {file for file, _ in self.marks}

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        file = name.removeprefix("fdc.compiler.").replace(".", "/") + ".py"
        spec = PathFinder.find_spec(name, path) if file in self.files else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin, {n: w for (f, n), w in self.marks.items() if f == file})
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, words: dict[int, str]) -> None:
        super().__init__(name, path)
        self.words = words

    def get_code(self, fullname: str) -> CodeType:  # never from a file of bytecode, nor into one
        tree = ast.parse(self.get_data(self.path))
        for n, node in enumerate(_literals(tree)):
            if n in self.words:
                _garble(node, self.words[n])
        return compile(tree, self.path, "exec", dont_inherit=True)


def mark(number: int) -> str:
    return f"zq{number}qz"


def _garble(node: ast.Constant | ast.JoinedStr, word: str) -> None:
    texts = (
        [node] if isinstance(node, ast.Constant) else [v for v in node.values if isinstance(v, ast.Constant)]
    )
    longest = max(texts, key=lambda t: max(map(len, WORD.findall(t.value)), default=0))
    old = max(WORD.findall(longest.value), key=len)
    longest.value = longest.value.replace(old, word, 1)


@contextlib.contextmanager
def garbled(chosen: Message | None) -> Iterator[Callable[[str], str]]:
    """With that message garbled, or a mark in every message: a function that gives what is printed about a program."""
    for name in [m for m in sys.modules if m in ("fdc", "refused") or m.startswith("fdc.")]:
        del sys.modules[name]
    finder = Garbled(chosen)
    sys.meta_path.insert(0, finder)
    try:
        import refused

        yield lambda name: "".join(refused.report(name))
    finally:
        sys.meta_path.remove(finder)


def marked(programs: list[str]) -> list[int]:
    """The numbers of the messages that are printed about the programs."""
    with garbled(None) as printed:
        found = {int(n) for name in programs for n in re.findall(r"zq(\d+)qz", printed(name))}
    return sorted(found)


def survivors(orders: list[tuple[list[Any], dict[str, str]]]) -> list[int]:
    """The orders, a message and what is printed about some programs each, for which nothing else is printed now."""
    left = []
    for n, (message, expected) in enumerate(orders):
        with garbled(Message(*message)) as printed:
            if all(printed(name) == text for name, text in expected.items()):
                left.append(n)
    return left


if __name__ == "__main__":
    os.chdir(REFUSED)
    for variable in ("COLUMNS", "FORCE_COLOR"):
        os.environ.pop(variable, None)
    work = {"marked": marked, "survivors": survivors}[sys.argv[1]]
    json.dump(work(json.load(sys.stdin)), sys.stdout)
