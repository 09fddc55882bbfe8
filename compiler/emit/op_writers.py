"""An op of the graph as Python text: by its template, or by its entry in `WRITERS` where the text is more than that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...stages.op import ATOM
from ...stages.table import OPS
from ..ir.graph import Host, Node
from ..types.dims import Dim
from .expression_text import Expression, call, fill, keyword, literal, mapping


def written(node: Node, inputs: list[Expression], hosts: Sequence[bool]) -> Expression:
    """The node's value in Python, from that of its inputs; `hosts` says which of those are Python numbers."""
    write = WRITERS.get(node.op)
    if write is not None:
        return write(node, inputs)
    op = OPS[node.op]
    attributes = {k: _size(v) for k, v in node.attributes}
    if "{*}" in op.torch:
        texts = ", ".join(c.text for c in inputs)
        return Expression(op.torch.replace("{*}", texts).format(**attributes), op.binds)
    if attributes:
        slots = [op.slots[min(i, len(op.slots) - 1)] for i in range(len(inputs))]
        fitted = [c.at(s) for c, s in zip(inputs, slots, strict=True)]
        return Expression(op.torch.format(*fitted, **attributes), op.binds)
    if op.bounded and hosts == [False, True]:
        x, bound = inputs
        return Expression(op.bounded.format(x.at(ATOM), bound.text))
    return fill(op, inputs, all(hosts) and isinstance(node.type, Host))


def imports(node: Node, on_host: bool) -> set[str]:
    """What a module has to import for the text, as `module:name` or `module`."""
    op = OPS[node.op]
    found = {CHECKED if dict(node.attributes).get("declared") else op.imports} - {""}
    text = op.host if on_host and op.host else op.torch
    return found | {module for module in ("math", "torch") if f"{module}." in text}


def _const(node: Node, inputs: list[Expression]) -> Expression:
    return literal(node["value"])


def _step(node: Node, inputs: list[Expression]) -> Expression:
    return Expression("run.step")


def _levels(node: Node, inputs: list[Expression]) -> Expression:
    text = node.text("levels")
    return Expression(f"[{text}]", parts=tuple(map(Expression, text.split(", "))), brackets=("[", "]"))


def _stage(node: Node, inputs: list[Expression]) -> Expression:
    return call(node.text("function"), [Expression("run"), *inputs])


def names(node: Node, name: str) -> tuple[str, ...]:
    """An attribute that is a tuple of names."""
    found = node[name]
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def _component(node: Node, inputs: list[Expression]) -> Expression:
    given = [keyword(n, c) for n, c in zip(names(node, "names"), inputs, strict=True)]
    attributes = dict(node.attributes)
    leading = [Expression(node.text("leading"))] if "leading" in attributes else []
    made = call(node.text("callee"), [*leading, *given])
    if "declared" not in attributes:
        return made
    return call("checked", [made, mapping(node.text("declared")), Expression(node.text("what"))])


def _experts(node: Node, inputs: list[Expression]) -> Expression:
    condition, *given = inputs
    functions, runs = names(node, "functions"), node["runs"]
    assert isinstance(runs, tuple)
    experts = [Expression(f"({', '.join((f, *components))})") for f, components in zip(functions, runs)]
    return call("run.experts", [condition, *experts, *given])


def _python(node: Node, inputs: list[Expression]) -> Expression:
    made = call(node.text("callee"), [Expression(node.text("role")), *inputs])
    return call("checked", [made, mapping(node.text("declared")), Expression(node.text("what"))])


def _draw(node: Node, inputs: list[Expression]) -> Expression:
    ends = int(node.text("ends"))
    shape = node["shape"]
    parts = [literal(node.text("site")), *inputs[:ends]]
    if isinstance(shape, tuple) and shape:
        parts.append(Expression(_shape(shape)))
    rounds = inputs[ends:]
    if rounds:
        inside = ", ".join(c.text for c in rounds)
        parts.append(Expression(f"iteration=({inside},)" if len(rounds) == 1 else f"iteration=({inside})"))
    if node["scope"] == "step":
        parts.append(Expression('scope="step"'))
    made = call(f"run.draws.{node.op}", parts)
    return call("int", [made]) if isinstance(node.type, Host) else made


def _shape(shape: tuple[object, ...]) -> str:
    """A tuple of whole numbers, some of which the run has for its bucket."""
    inside = ", ".join(map(_size, shape))
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def _size(value: object) -> str:
    """The text of an attribute, where it is a size that differs between buckets, or a tuple of such."""
    if isinstance(value, tuple):
        return _shape(value)
    return OPS["sized"].torch.format(name=value) if isinstance(value, Dim) and value.variables else str(value)


def _noise(node: Node, inputs: list[Expression]) -> Expression:
    site, *rounds = inputs
    shape = node["shape"]
    assert isinstance(shape, tuple)
    parts = [site, Expression(_shape(shape))]
    if rounds:
        inside = ", ".join(c.text for c in rounds)
        parts.append(Expression(f"iteration=({inside},)" if len(rounds) == 1 else f"iteration=({inside})"))
    return call("run.noise" if node["kept"] else "run.draws.normal", parts)


def _fused(node: Node, inputs: list[Expression]) -> Expression:
    return call(node.text("function"), [Expression("run"), *inputs])


def _batched(node: Node, inputs: list[Expression]) -> Expression:
    width = int(node.text("width"))
    calls = [inputs[k : k + width] for k in range(0, len(inputs), width)]
    tuples = [Expression(f"({', '.join(c.text for c in arguments)})") for arguments in calls]
    return call("run.batched", [Expression(node.text("function")), *tuples])


def _together(node: Node, inputs: list[Expression]) -> Expression:
    return call("run.together", [Expression(node.text("shown")), Expression(node.text("function")), *inputs])


def _derivative(node: Node, inputs: list[Expression]) -> Expression:
    """What is moved, its tangents, and what else the function reads."""
    moved = int(node.text("moved"))
    pair = [", ".join(c.text for c in some) for some in (inputs[:moved], inputs[moved : 2 * moved])]
    tuples = [Expression(f"({text}{',' if moved == 1 else ''})") for text in pair]
    parts = [Expression("run"), Expression(node.text("function")), *tuples, *inputs[2 * moved :]]
    if node.op == "central_difference":
        parts += [Expression(f"width={node.text('width')}"), Expression(f"times={node['times']!r}")]
    return call(node.op, parts)


def _part(node: Node, inputs: list[Expression]) -> Expression:
    return inputs[0]


def _loss(node: Node, inputs: list[Expression]) -> Expression:
    options = node.text("options").removeprefix(", ")
    parts = [keyword(n, c) for n, c in zip(names(node, "names"), inputs, strict=True)]
    return call(node.op, [*parts, *([Expression(options)] if options else [])])


def _map(node: Node, inputs: list[Expression]) -> Expression:
    entries = ", ".join(f'"{n}": {c.text}' for n, c in zip(names(node, "names"), inputs, strict=True))
    return Expression("{" + entries + "}")


def _per_sample(node: Node, inputs: list[Expression]) -> Expression:
    return call("per_sample", inputs)


CHECKED = "fdc.compiler.runtime.api.run_context:checked"
"""The function of the runtime that compares what a call gives with what its stage declares."""

WRITERS: Mapping[str, Callable[[Node, list[Expression]], Expression]] = {
    "const": _const,
    "step": _step,
    "levels": _levels,
    "stage": _stage,
    "component": _component,
    "experts": _experts,
    "python": _python,
    "noise": _noise,
    "fused": _fused,
    "batched": _batched,
    "together": _together,
    "forward_mode": _derivative,
    "central_difference": _derivative,
    "part": _part,
    "fields": _map,
    **{name: _draw for name, op in OPS.items() if op.kind == "random"},
    **{name: _loss for name, op in OPS.items() if op.is_loss},
    "per_sample": _per_sample,
}
