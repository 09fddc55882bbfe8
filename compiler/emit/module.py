"""A plan as one readable Python module: its functions, the table of updates, and the map from its lines to
the program's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from ..ir.graph import BATCH, Array, BatchNumbers, Function, Plan
from ..ir.places import base_name
from ..ir.value_names import name_values
from .cached_calls import function, with_functions
from .expression_text import Expression, call, defined, keyword, literal, mapping, wrapped
from .function import Body
from .header import ModuleOrigin, header
from .lines import BodyWriter, EmittedLine
from .releases import freed
from .signature import parameters, result
from .source_map import UNSEALED, line_map, sealed
from .triton_kernels import instance
from .triton_kernels import kernels as kernel_lines

RUNTIME = "fdc.compiler.runtime.api.run_context"
MAIN = (
    "from fdc.compiler.runtime.api.plan_help import about",
    "",
    "raise SystemExit(about(globals()))",
)


def emit(plan: Plan, origin: ModuleOrigin | None = None) -> str:
    """The module's text. Equal plans and origins give equal bytes on every machine: the version is the origin's."""
    origin = origin or ModuleOrigin(f"fdc build {plan.path}", plan.path)
    plan, cached = with_functions(plan)
    imports: set[str] = {f"{RUNTIME}:Batch", f"{RUNTIME}:Run", "torch:Tensor"}
    taken = frozenset((*(f.name for f in plan.functions), *(c.name for c in cached)))
    parts: list[list[EmittedLine]] = []
    for kind, *further in (("update", "numbers"), ("shared",), ("state",), ("produce",), ("sample",)):
        functions = plan.of_kind(kind)
        written = (*functions, *plan.of_kind(*further))
        parts += [_function(name_values(f, taken), imports, taken) for f in written]
        table = _TABLES[kind](functions) if kind in _TABLES else []
        if table:
            parts[-1:] = [[*parts[-1], *_apart(table)]] if parts else [table]
    if plan.buckets:
        parts.append(_buckets(plan))
    used = {"Update": "update", "BatchNumbers": "numbers", "State": "state"}
    imports |= {f"{RUNTIME}:{name}" for name, kind in used.items() if plan.of_kind(kind)}
    parts += [function(c) for c in cached]
    parts += [_function(f, imports, taken) for f in plan.of_kind("stage")]
    parts += [_group(f, imports) for f in plan.of_kind("fused")]
    head = [*header(plan, origin), *_imports(imports)]
    lines = [*map(EmittedLine, head), *(line for part in parts for line in _apart(part))]
    tail = [
        *("", "", *_origin(plan, origin)),
        *line_map(lines),
        *("", 'if __name__ == "__main__":', *(f"    {line}" if line else "" for line in MAIN)),
    ]
    return sealed("\n".join([*(line.text for line in lines), *tail]) + "\n")


def _apart(lines: Sequence[EmittedLine]) -> list[EmittedLine]:
    """Under two empty lines."""
    return [EmittedLine(""), EmittedLine(""), *lines]


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


def _function(f: Function, imports: set[str], taken: frozenset[str]) -> list[EmittedLine]:
    out = BodyWriter()
    body = Body(f, taken)
    body.write(out)
    written = freed(out.lines, body.freed()) if f.freed else out.lines
    imports |= body.imports
    if any("torch." in line.text for line in written):
        imports.add("torch")
    head: list[EmittedLine] = []
    if f.kind == "stage":
        arguments = ["run: Run", *parameters(f)]
        gives = result(f)
    else:
        arguments = ["run: Run", "batch: Batch"]
        gives = "dict[str, Tensor]" if f.kind in ("update", "numbers", "produce") else result(f)
        if f.kind not in ("update", "numbers"):
            imports.add("torch")
            head.append(EmittedLine("@torch.no_grad()"))
    head += [EmittedLine(t) for t in defined(f.name, arguments, gives)]
    head.append(EmittedLine(f'    """{f.about} ({base_name(f.span)}:{f.span.line})"""'))
    return [*head, *written]


def _group(f: Function, imports: set[str]) -> list[EmittedLine]:
    """A fused group: its kernels, its torch reference, and the object that stands for both."""
    kernels = kernel_lines(f, imports)
    out = BodyWriter()
    body = Body(f, ())
    body.write(out)
    imports |= body.imports
    arguments = ["run: Run", *parameters(f)]
    outputs = len(f.graph.outputs)
    gives = "Tensor" if outputs == 1 else "tuple[Tensor, ...]"
    head = defined(f"{f.name}_reference", arguments, gives)
    reference = [*(EmittedLine(t, f.span) for t in head), *out.lines]
    return [*kernels, *_apart(reference), *_apart(instance(f))]


def _updates(functions: Sequence[Function]) -> list[EmittedLine]:
    made = [(_update(f), f.span) for f in functions]
    if len(made) == 1:
        ((code, span),) = made
        lines = wrapped("UPDATES = (", code, 0, ",)")
        return [EmittedLine(t, span) for t in lines]
    rows = (EmittedLine(t, span) for code, span in made for t in wrapped("", code, 4, ","))
    return [EmittedLine("UPDATES = ("), *rows, EmittedLine(")")] if made else []


def _update(f: Function) -> Expression:
    s = f.schedule
    facts = [f'"{f.name.removeprefix("update_")}"', f"roles={_names(f.roles)}", f"every={s.every}"]
    facts += [f"losses={f.name}"]
    facts += [f"excepted={s.excepted}"] if s.excepted else []
    facts += [f"first={s.first}"] if s.first > 1 else []
    facts += [f"end={s.end}"] if s.end is not None else []
    parts = list(map(Expression, facts))
    if f.numbers:
        parts.append(keyword("before", _tuple([_numbers(n) for n in f.numbers])))
    return call("Update", parts)


def _numbers(n: BatchNumbers) -> Expression:
    joined = mapping("{" + ", ".join(f'"{name}": "{how}"' for name, how in n.joined) + "}")
    through = [Expression(f"gradient={_names(n.gradient)}")] if n.gradient else []
    return call("BatchNumbers", [Expression(n.function), joined, *through])


def _tuple(parts: Sequence[Expression]) -> Expression:
    inside = ", ".join(p.text for p in parts)
    return Expression(f"({inside}{',' if len(parts) == 1 else ''})", parts=tuple(parts))


def _names(names: Sequence[str]) -> str:
    inside = ", ".join(f'"{n}"' for n in names)
    return f"({inside}{',' if len(names) == 1 else ''})"


def _states(functions: Sequence[Function]) -> list[EmittedLine]:
    """A state with a part for each sample is joined from, and handed to, the parts of the batch."""
    entries = []
    for f in functions:
        rows = isinstance(f.result, Array) and f.result.dims[:1] == (BATCH,)
        name = f.name.removeprefix("initial_")
        entries.append(f'"{name}": State({f.name}{", of_samples=True" if rows else ""})')
    lines = wrapped("STATES = ", mapping("{" + ", ".join(entries) + "}"), 0)
    return [EmittedLine(t) for t in lines] if functions else []


def _products(functions: Sequence[Function]) -> list[EmittedLine]:
    entries = ", ".join(f'"{f.name.removeprefix("produce_")}": {f.name}' for f in functions)
    return [EmittedLine(f"PRODUCE = {{{entries}}}")] if functions else []


def _buckets(plan: Plan) -> list[EmittedLine]:
    """The numbers that `run.sizes` has, by the sizes of the bucket that a batch is of."""
    names = ", ".join(name for name, _ in plan.buckets[0].sizes)
    rows = []
    for bucket in plan.buckets:
        numbers = ", ".join(f'"{name}": {literal(n).text}' for name, n in bucket.numbers)
        key = ", ".join(str(n) for _, n in bucket.sizes)
        rows.append(f"    ({key}{',' if len(bucket.sizes) == 1 else ''}): {{{numbers}}},")
    lines = [
        f"# by {names} of a bucket, the program's own first: the numbers that differ",
        "BUCKETS = {",
        *rows,
        "}",
    ]
    return [EmittedLine(line) for line in lines]


_TABLES: Mapping[str, Callable[[Sequence[Function]], list[EmittedLine]]] = {
    "update": _updates,
    "state": _states,
    "produce": _products,
}
"""What the runtime reads of a module, by the kind of its functions."""
