"""A plan as one readable Python module: its functions, the table of updates, and the map from its lines to
the program's."""

from __future__ import annotations

import ast
import hashlib
import re
import textwrap
from collections import defaultdict
from itertools import groupby

from ..base.frozen import struct
from ..ir.graph import Function, Plan
from ..ir.places import base_name
from .expression_text import WIDTH, defined, literal
from .function import Body, parameters, result
from .releases import freed
from .source_map import Line, Writer
from .triton_kernels import instance
from .triton_kernels import kernels as kernel_lines

RUNTIME = "fdc.compiler.runtime.api.run_context"
MAIN = (
    "from fdc.compiler.runtime.session.plan_help import about",
    "",
    "raise SystemExit(about(globals()))",
)


SEAL = re.compile(r'(?m)^TEXT = "([0-9a-f]{16})"$')
PLACE = re.compile(r"([^\s()]+\.fdl):(\d+)")


@struct
class Origin:
    """How a module was made: by which command, from which file (told from where the module lies, or from the working
    folder if that is not known), with which settings in place of that file's, and by which version of fdc."""

    command: str
    source: str
    overrides: tuple[str, ...] = ()
    version: str = ""


def emit(plan: Plan, origin: Origin | None = None) -> str:
    """The module's text. Equal plans and origins give equal bytes on every machine: the version is the origin's."""
    origin = origin or Origin(f"fdc build {plan.path}", plan.path)
    imports: set[str] = {f"{RUNTIME}:Batch", f"{RUNTIME}:Run", "torch:Tensor"}
    modules = frozenset(f.name for f in plan.functions)
    written: list[Line] = []
    for f in plan.functions:
        made = _group(f, imports, modules) if f.kind == "fused" else _function(f, imports, modules)
        written += [Line(""), Line(""), *made]
    written += [Line(""), Line(""), *_tables(plan, imports)]
    head = [*_header(plan, origin), *_imports(imports)]
    lines = [*map(Line, head), *written]
    tail = [
        *("", *_origin(plan, origin)),
        *_map(lines),
        *("", 'if __name__ == "__main__":', *(f"    {line}" if line else "" for line in MAIN)),
    ]
    return _sealed("\n".join([*(line.text for line in lines), *tail]) + "\n")


def _map(lines: list[Line]) -> list[str]:
    """The map from the module's lines to the program's, a row "line:line ... of file": where the place changes."""
    known = [(i, base_name(line.span), line.span.line) for i, line in enumerate(lines, 1) if line.span]
    found: dict[str, list[str]] = defaultdict(list)
    for (name, number), same in groupby(known, key=lambda entry: entry[1:]):
        found[name].append(f"{next(same)[0]}:{number}")
    rows = [
        f"{row} of {name}"
        for name, entries in found.items()
        for row in textwrap.wrap(" ".join(entries), WIDTH - len(name) - len(" of "))
    ]
    text = "\n".join(rows).replace("\\", "\\\\").replace('"', '\\"')
    return ["", 'LINES = """', *text.splitlines(), '"""']


def _sealed(text: str) -> str:
    """With the hash of everything else in it, by which an edited module is told from one as it was made."""
    return SEAL.sub(f'TEXT = "{_hash(text)}"', text, count=1)


def edited(text: str) -> bool:
    """Whether a module's text is another than `emit` gave."""
    found = SEAL.search(text)
    return found is None or found[1] != _hash(text)


def _hash(text: str) -> str:
    return hashlib.sha256(SEAL.sub("", text, count=1).encode()).hexdigest()[:16]


def _origin(plan: Plan, origin: Origin) -> list[str]:
    values = (
        ("PROGRAM", plan.program),
        ("SOURCE", origin.source),
        ("OVERRIDES", origin.overrides),
        ("DIGEST", plan.digest),
        ("VERSION", origin.version),
        ("TEXT", "0" * 16),
    )
    return [f"{name} = {_quoted(value)}" for name, value in values]


def _quoted(value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return literal(value).text
    inside = ", ".join(literal(v).text for v in value)
    return f"({inside}{',' if len(value) == 1 else ''})"


def _header(plan: Plan, origin: Origin) -> list[str]:
    dims = ", ".join(f"{n} = {v}" for n, v in plan.dims)
    command = origin.command.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return [
        f'"""Program {plan.program} as plain torch, one function for each update.',
        "",
        f"    made by   {command}",
        f"    program   {plan.path}, sha256 {plan.digest} with what it imports",
        *textwrap.wrap(f"    sizes     {dims}", 100, subsequent_indent=" " * 14),
        *([f"    version   fdc {origin.version}"] if origin.version else []),
        "    run by    fdc run plan.py, edited or not",
        "",
        "Comments give the line of the program and the shape; latent arithmetic is float32.",
        '"""',
        "",
    ]


def _imports(found: set[str]) -> list[str]:
    names: dict[str, set[str]] = defaultdict(set)
    plain = set()
    for entry in found:
        module, _, name = entry.partition(":")
        if name:
            names[module].add(name)
        else:
            plain.add(module)
    groups: list[list[str]] = []
    for root in ("math", "torch", "fdc"):
        group = [f"import {m}" for m in sorted(plain) if m.split(".")[0] == root]
        group += [
            f"from {m} import {', '.join(sorted(names[m]))}" for m in sorted(names) if m.split(".")[0] == root
        ]
        if group:
            groups.append(group)
    lines = ["from __future__ import annotations"]
    for group in groups:
        lines += ["", *group]
    return lines


def _function(f: Function, imports: set[str], modules: frozenset[str]) -> list[Line]:
    out = Writer()
    body = Body(f, modules)
    body.write(out)
    written = freed(out.lines, body.freed()) if f.freed else out.lines
    imports |= body.imports
    head: list[Line] = []
    if f.kind == "stage":
        arguments = ["run: Run", *parameters(f)]
        gives = result(f)
    else:
        arguments = ["run: Run"] if f.name.startswith("initial_") else ["run: Run", "batch: Batch"]
        gives = "dict[str, Tensor]" if f.kind in ("update", "produce") else result(f)
        if f.kind != "update":
            imports.add("torch")
            head.append(Line("@torch.no_grad()"))
    head += [Line(t) for t in defined(f.name, arguments, gives)]
    head.append(Line(f'    """{f.about} ({base_name(f.span)}:{f.span.line})"""'))
    return [*head, *written]


def _group(f: Function, imports: set[str], modules: frozenset[str]) -> list[Line]:
    """A fused group: its kernels, its torch reference, and the object that stands for both."""
    kernels = kernel_lines(f, imports)
    out = Writer()
    body = Body(f, modules)
    body.write(out)
    imports |= body.imports
    arguments = ["run: Run", *parameters(f)]
    outputs = len(f.graph.outputs)
    gives = "Tensor" if outputs == 1 else "tuple[Tensor, ...]"
    head = defined(f"{f.name}_reference", arguments, gives)
    reference = [*(Line(t, f.span) for t in head), *out.lines]
    return [*kernels, Line(""), Line(""), *reference, Line(""), Line(""), *instance(f)]


def _tables(plan: Plan, imports: set[str]) -> list[Line]:
    lines: list[Line] = []
    updates = plan.of_kind("update")
    if updates:
        imports.add(f"{RUNTIME}:Update")
    made = [(_update(f), f.span) for f in updates]
    if len(made) > 1:
        lines += [Line("UPDATES = ("), *(Line(f"    {text},", span) for text, span in made), Line(")")]
    else:
        lines += [Line(f"UPDATES = ({text},)", span) for text, span in made] or [Line("UPDATES = ()")]
    products = plan.of_kind("produce")
    if products:
        entries = ", ".join(f'"{f.name.removeprefix("produce_")}": {f.name}' for f in products)
        lines += [Line(""), Line(f"PRODUCE = {{{entries}}}")]
    states = plan.of_kind("state")
    if states:
        names = list(dict.fromkeys(f.name.partition("_")[2] for f in states))
        known = {f.name for f in states}
        after = {n: f"next_{n}" if f"next_{n}" in known else "None" for n in names}
        entries = ", ".join(f'"{n}": (initial_{n}, {after[n]})' for n in names)
        lines += [Line(""), Line(f"STATES = {{{entries}}}")]
    return lines


def _update(f: Function) -> str:
    roles = ", ".join(f'"{r}"' for r in f.roles) + ("," if len(f.roles) == 1 else "")
    return f'Update("{f.name.removeprefix("update_")}", roles=({roles}), every={f.every}, losses={f.name})'


def place_in(text: str, line: int) -> tuple[str, int] | None:
    """The program's place of a line of a module's text, which is not run for it: its own, or that of the nearest
    statement before it.

    The lines of an edited module are no longer those of its map; there the nearest comment tells, at the line or above
    it in the same function, or right above that.
    """
    if not edited(text):
        known = _places(text)
        return known[max(before)] if (before := [i for i in known if i <= line]) else None
    outside = False
    for above in reversed(text.splitlines()[:line]):
        found = PLACE.findall(above)
        if found:
            name, number = found[-1]
            return name, int(number)
        if outside and not above:
            return None
        outside = outside or above.startswith("def ")
    return None


def _places(text: str) -> dict[int, tuple[str, int]]:
    """The map that `_map` wrote."""
    for node in ast.parse(text).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="LINES")], value=ast.Constant(value=str(rows))):
                parts = [row.partition(" of ") for row in rows.strip().splitlines()]
                pairs = [
                    (entry.partition(":"), name) for entries, _, name in parts for entry in entries.split()
                ]
                return {int(line): (name, int(number)) for (line, _, number), name in pairs}
    return {}
