"""A plan as one readable Python module: its functions, the table of updates, and the map from its lines to
the program's."""

from __future__ import annotations

import textwrap
from collections import defaultdict

from ..base.frozen import struct
from ..ir.graph import Function, Plan
from ..ir.places import base_name
from .expression_text import defined, literal
from .function import Body, parameters, result
from .lines import BodyWriter, EmittedLine
from .releases import freed
from .source_map import UNSEALED, line_map, sealed
from .triton_kernels import instance
from .triton_kernels import kernels as kernel_lines

RUNTIME = "fdc.compiler.runtime.api.run_context"
MAIN = (
    "from fdc.compiler.runtime.api.plan_help import about",
    "",
    "raise SystemExit(about(globals()))",
)


@struct
class ModuleOrigin:
    """How a module was made: by which command, from which file (told from where the module lies, or from the working
    folder if that is not known), with which settings in place of that file's, and by which version of fdc."""

    command: str
    source: str
    overrides: tuple[str, ...] = ()
    version: str = ""


def emit(plan: Plan, origin: ModuleOrigin | None = None) -> str:
    """The module's text. Equal plans and origins give equal bytes on every machine: the version is the origin's."""
    origin = origin or ModuleOrigin(f"fdc build {plan.path}", plan.path)
    imports: set[str] = {f"{RUNTIME}:Batch", f"{RUNTIME}:Run", "torch:Tensor"}
    modules = frozenset(f.name for f in plan.functions)
    written: list[EmittedLine] = []
    for f in plan.functions:
        made = _group(f, imports, modules) if f.kind == "fused" else _function(f, imports, modules)
        written += [EmittedLine(""), EmittedLine(""), *made]
    written += [EmittedLine(""), EmittedLine(""), *_tables(plan, imports)]
    head = [*_header(plan, origin), *_imports(imports)]
    lines = [*map(EmittedLine, head), *written]
    tail = [
        *("", *_origin(plan, origin)),
        *line_map(lines),
        *("", 'if __name__ == "__main__":', *(f"    {line}" if line else "" for line in MAIN)),
    ]
    return sealed("\n".join([*(line.text for line in lines), *tail]) + "\n")


def _origin(plan: Plan, origin: ModuleOrigin) -> list[str]:
    values = (
        ("PROGRAM", plan.program),
        ("SOURCE", origin.source),
        ("OVERRIDES", origin.overrides),
        ("DIGEST", plan.digest),
        ("VERSION", origin.version),
        ("TEXT", UNSEALED),
    )
    return [f"{name} = {_quoted(value)}" for name, value in values]


def _quoted(value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return literal(value).text
    inside = ", ".join(literal(v).text for v in value)
    return f"({inside}{',' if len(value) == 1 else ''})"


def _header(plan: Plan, origin: ModuleOrigin) -> list[str]:
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


def _function(f: Function, imports: set[str], modules: frozenset[str]) -> list[EmittedLine]:
    out = BodyWriter()
    body = Body(f, modules)
    body.write(out)
    written = freed(out.lines, body.freed()) if f.freed else out.lines
    imports |= body.imports
    head: list[EmittedLine] = []
    if f.kind == "stage":
        arguments = ["run: Run", *parameters(f)]
        gives = result(f)
    else:
        arguments = ["run: Run"] if f.name.startswith("initial_") else ["run: Run", "batch: Batch"]
        gives = "dict[str, Tensor]" if f.kind in ("update", "produce") else result(f)
        if f.kind != "update":
            imports.add("torch")
            head.append(EmittedLine("@torch.no_grad()"))
    head += [EmittedLine(t) for t in defined(f.name, arguments, gives)]
    head.append(EmittedLine(f'    """{f.about} ({base_name(f.span)}:{f.span.line})"""'))
    return [*head, *written]


def _group(f: Function, imports: set[str], modules: frozenset[str]) -> list[EmittedLine]:
    """A fused group: its kernels, its torch reference, and the object that stands for both."""
    kernels = kernel_lines(f, imports)
    out = BodyWriter()
    body = Body(f, modules)
    body.write(out)
    imports |= body.imports
    arguments = ["run: Run", *parameters(f)]
    outputs = len(f.graph.outputs)
    gives = "Tensor" if outputs == 1 else "tuple[Tensor, ...]"
    head = defined(f"{f.name}_reference", arguments, gives)
    reference = [*(EmittedLine(t, f.span) for t in head), *out.lines]
    return [
        *kernels,
        EmittedLine(""),
        EmittedLine(""),
        *reference,
        EmittedLine(""),
        EmittedLine(""),
        *instance(f),
    ]


def _tables(plan: Plan, imports: set[str]) -> list[EmittedLine]:
    lines: list[EmittedLine] = []
    updates = plan.of_kind("update")
    if updates:
        imports.add(f"{RUNTIME}:Update")
    made = [(_update(f), f.span) for f in updates]
    if len(made) > 1:
        lines += [
            EmittedLine("UPDATES = ("),
            *(EmittedLine(f"    {text},", span) for text, span in made),
            EmittedLine(")"),
        ]
    else:
        lines += [EmittedLine(f"UPDATES = ({text},)", span) for text, span in made] or [
            EmittedLine("UPDATES = ()")
        ]
    products = plan.of_kind("produce")
    if products:
        entries = ", ".join(f'"{f.name.removeprefix("produce_")}": {f.name}' for f in products)
        lines += [EmittedLine(""), EmittedLine(f"PRODUCE = {{{entries}}}")]
    states = plan.of_kind("state")
    if states:
        names = list(dict.fromkeys(f.name.partition("_")[2] for f in states))
        known = {f.name for f in states}
        after = {n: f"next_{n}" if f"next_{n}" in known else "None" for n in names}
        entries = ", ".join(f'"{n}": (initial_{n}, {after[n]})' for n in names)
        lines += [EmittedLine(""), EmittedLine(f"STATES = {{{entries}}}")]
    return lines


def _update(f: Function) -> str:
    roles = ", ".join(f'"{r}"' for r in f.roles) + ("," if len(f.roles) == 1 else "")
    return f'Update("{f.name.removeprefix("update_")}", roles=({roles}), every={f.every}, losses={f.name})'
