"""Ops whose text is more than a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..ir.graph import Host, Node
from .expression_text import Code, call, keyword, literal

if TYPE_CHECKING:
    from .function import Body


def _const(at: Body, node: Node, inputs: list[Code]) -> Code:
    return literal(node["value"])


def _step(at: Body, node: Node, inputs: list[Code]) -> Code:
    return Code("run.step")


def _levels(at: Body, node: Node, inputs: list[Code]) -> Code:
    text = node.text("levels")
    return Code(f"[{text}]", parts=tuple(map(Code, text.split(", "))), brackets=("[", "]"))


def _stage(at: Body, node: Node, inputs: list[Code]) -> Code:
    return call(node.text("function"), [Code("run"), *inputs])


def _names(node: Node, name: str) -> tuple[str, ...]:
    found = node[name]
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def _sources(node: Node) -> tuple[tuple[object, object], ...]:
    found = node["sources"]
    return found if isinstance(found, tuple) else ()


def _component(at: Body, node: Node, inputs: list[Code]) -> Code:
    return call(
        node.text("callee"), [keyword(n, c) for n, c in zip(_names(node, "names"), inputs, strict=True)]
    )


def _python(at: Body, node: Node, inputs: list[Code]) -> Code:
    at.imports.add("fdc.compiler.runtime.api.run_context:checked")
    made = call(node.text("callee"), [Code(node.text("role")), *inputs])
    return call("checked", [made, Code(node.text("declared")), Code(node.text("what"))])


def _cached(at: Body, node: Node, inputs: list[Code]) -> Code:
    sources = [(p, *map(str, source)) for p, source in zip(_names(node, "parameters"), _sources(node))]
    fields = {value for _, kind, value in sources if kind == "field"}
    names = [v if kind == "field" else f"{p}_" if p in fields else p for p, kind, v in sources]
    texts = [
        f'"{name}": [{literal(v).text}] * run.batch_size'
        for name, (_, kind, v) in zip(names, sources)
        if kind == "text"
    ]
    around = ["**batch"] if 0 < len(texts) < len(sources) else []
    source = Code("{" + ", ".join([*around, *texts]) + "}") if texts else Code("batch")
    quoted = ", ".join(f'"{n}"' for n in names)
    rows = ", ".join(f'rows["{n}"]' for n in names)
    make = Code(f"lambda rows: {node.text('function')}(run, {rows})")
    tupled = Code(f"({quoted},)" if len(names) == 1 else f"({quoted})")
    stage = literal(node.text("stage"))
    return call("run.cached", [Code(f"run.{node.text('role')}"), stage, source, tupled, make])


def _draw(at: Body, node: Node, inputs: list[Code]) -> Code:
    ends = int(node.text("ends"))
    shape = node["shape"]
    parts = [literal(node.text("site")), *inputs[:ends]]
    if isinstance(shape, tuple) and shape:
        parts.append(Code(repr(shape)))
    rounds = inputs[ends:]
    if rounds:
        inside = ", ".join(c.text for c in rounds)
        parts.append(Code(f"iteration=({inside},)" if len(rounds) == 1 else f"iteration=({inside})"))
    if node["scope"] == "step":
        parts.append(Code('scope="step"'))
    made = call(f"run.draws.{node.op}", parts)
    return call("int", [made]) if isinstance(node.type, Host) else made


def _noise(at: Body, node: Node, inputs: list[Code]) -> Code:
    site, *rounds = inputs
    parts = [site, Code(repr(node["shape"]))]
    if rounds:
        inside = ", ".join(c.text for c in rounds)
        parts.append(Code(f"iteration=({inside},)" if len(rounds) == 1 else f"iteration=({inside})"))
    return call("run.noise" if node["kept"] else "run.draws.normal", parts)


def _fused(at: Body, node: Node, inputs: list[Code]) -> Code:
    return call(node.text("function"), [Code("run"), *inputs])


def _batched(at: Body, node: Node, inputs: list[Code]) -> Code:
    width = int(node.text("width"))
    calls = [inputs[k : k + width] for k in range(0, len(inputs), width)]
    tuples = [Code(f"({', '.join(c.text for c in arguments)})") for arguments in calls]
    return call("run.batched", [Code(node.text("function")), *tuples])


def _part(at: Body, node: Node, inputs: list[Code]) -> Code:
    return inputs[0]


def _loss(at: Body, node: Node, inputs: list[Code]) -> Code:
    options = node.text("options").removeprefix(", ")
    parts = [keyword(n, c) for n, c in zip(_names(node, "names"), inputs, strict=True)]
    return call(node.op, [*parts, *([Code(options)] if options else [])])


def _map(at: Body, node: Node, inputs: list[Code]) -> Code:
    entries = ", ".join(f'"{n}": {c.text}' for n, c in zip(_names(node, "names"), inputs, strict=True))
    return Code("{" + entries + "}")


def _per_sample(at: Body, node: Node, inputs: list[Code]) -> Code:
    return call("per_sample", inputs)


WRITERS: Mapping[str, Callable[[Body, Node, list[Code]], Code]] = {
    "const": _const,
    "step": _step,
    "levels": _levels,
    "stage": _stage,
    "component": _component,
    "python": _python,
    "cached": _cached,
    "normal": _draw,
    "noise": _noise,
    "fused": _fused,
    "batched": _batched,
    "part": _part,
    "uniform": _draw,
    "integer": _draw,
    "mse": _loss,
    "l1": _loss,
    "huber": _loss,
    "pseudo_huber": _loss,
    "fields": _map,
    "per_sample": _per_sample,
}
