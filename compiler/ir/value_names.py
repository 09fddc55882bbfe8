"""What values are called in an emitted module: by the user's names, else by role, stage and op.

`name_values` settles the names of a function that the user did not name, before its arithmetic is drawn into fused
groups, so that a value is called the same in the function, in the group's kernels and in the group's torch reference.
"""

from __future__ import annotations

import builtins
import keyword
from collections import Counter
from collections.abc import Iterable, Mapping

from ...stages.table import GRAPH_OPS, OPS
from ..base.frozen import replace
from .graph import Array, Fields, Function, Graph, Host, Node

IMPORTED = frozenset(op.function for op in OPS.values() if op.imports) | {"checked"}
"""Functions that an emitted module may import."""
MODULE = frozenset(
    {"run", "batch", "rows", "torch", "math", "Tensor", "Batch", "Run", "Update", "Fused", "Launch"}
)
KERNEL = frozenset(
    {"tl", "triton", "N", "BLOCK", "program", "sample", "element", "inside", "offset", "normal", "launch"}
)
RESERVED = IMPORTED | MODULE | KERNEL
"""Names with a meaning of their own in some function of an emitted module; no value takes one."""


class Names:
    """Gives out each name once: `x0`, `x0_2`, `x0_3`. `first` are names that others have the first claim on."""

    def __init__(self, taken: Iterable[str] = (), first: Iterable[str] = ()) -> None:
        self.used = set(taken)
        self.first = frozenset(first)

    def own(self, wanted: str) -> str:
        """A name for a value that has the first claim on it."""
        return self._free(wanted, self.used)

    def other(self, wanted: str) -> str:
        """A name for a value that has none, apart from all that others have the first claim on."""
        return self._free(wanted, self.used | self.first)

    def _free(self, wanted: str, taken: set[str] | frozenset[str]) -> str:
        base = wanted
        if keyword.iskeyword(base) or hasattr(builtins, base) or base in RESERVED:
            base += "_"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        self.used.add(name)
        return name


def name_values(function: Function, taken: Iterable[str] = ()) -> Function:
    """The function with a `hint` for the values that have no name: one that no other has for latents and records, one
    that others may have for numbers. `taken` are names of the module.

    What a loop's rounds call their values may be taken again after the loop.
    """
    nodes = {n.id: n for n in function.graph.walk()}
    words = {**{i: _word(n, nodes) for i, n in nodes.items() if not n.name}, **_predictions(nodes)}
    names = Names(taken, (n.name for n in nodes.values() if n.name))
    hints = _hints(function.graph.in_written_order(), words, names)
    return replace(function, graph=_hinted(function.graph, hints))


def _hints(graph: Graph, words: Mapping[int, str], names: Names) -> dict[int, str]:
    found = {}
    for node in graph.nodes:
        word = words.get(node.id, "")
        if word and node.op_info.named and node.op != "param":
            found[node.id] = names.other(word) if _is_large(node) else word
        if node.body is not None:
            outside = set(names.used)
            found |= _hints(node.body, words, names)
            names.used = outside
    return found


def _hinted(graph: Graph, hints: Mapping[int, str]) -> Graph:
    return graph.with_nodes(
        replace(n, hint=hints.get(n.id, n.hint), body=_hinted(n.body, hints) if n.body else None)
        for n in graph.nodes
    )


def _is_large(node: Node) -> bool:
    """Whether a value is a record or a tensor [b, ...] of more than one number a sample."""
    dims = node.type.dims[1:] if isinstance(node.type, Array) else ()
    return isinstance(node.type, Fields) or any(d.constant != 1 for d in dims)


def numbered(graph: Graph, taken: Iterable[str] = ()) -> Graph:
    """A fused group's graph with the names and hints of its values made unique: numbers of several times by the names of
    these, a result that is called as an input is as the `next`, and the rest by a number."""
    nodes = {n.id: n for n in graph.nodes}
    names = Names(taken)
    inputs = {graph[i].name or graph[i].hint for i in graph.parameters}
    results = {i for _, i in graph.outputs}
    counts = Counter(n.name or n.hint for n in graph.nodes)
    made = []
    for node in graph.nodes:
        word = node.name or node.hint
        if word:
            if node.id in results and word in inputs:
                word = f"{word}_next"
            elif counts[word] > 1 and not node.name and not _is_large(node):
                word = "_".join(filter(None, (word, _source(node, nodes))))
            word = names.own(word)
        made.append(replace(node, name=word) if node.name else replace(node, hint=word))
    return graph.with_nodes(made)


def _source(node: Node, nodes: Mapping[int, Node]) -> str:
    """The name of the one value that another is made of, constants aside; "" if there is none such."""
    inputs = [nodes[i] for i in node.inputs if nodes[i].op != "const"]
    if len(inputs) != 1:
        return ""
    return inputs[0].name or _source(inputs[0], nodes)


def _word(node: Node, nodes: Mapping[int, Node]) -> str:
    """What a value is called, as far as it tells by itself; "" for arithmetic."""
    if node.name or node.hint:
        return node.name or node.hint
    inputs = [nodes[i] for i in node.inputs if i in nodes]
    match node.op:
        case "index":
            return f"{_word(inputs[0], nodes)}_{_position(inputs[1], nodes)}"
        case "sub" if isinstance(node.type, Host) and all(i.name or i.hint for i in inputs):
            return "_minus_".join(_word(i, nodes) for i in inputs)
        case _ if node.op_info.is_loss:
            return f"{node.op}_loss"
        case _:
            return ""


def noun(op: str) -> str:
    """What the result of an op is called where nothing else is known of it."""
    word = GRAPH_OPS[op].hint or op.removesuffix("_per_sample").removesuffix("_per_frame")
    return f"{word}_value" if word in RESERVED else word


def _position(node: Node, nodes: Mapping[int, Node]) -> str:
    """`i`, `2` or `i_plus_1`, of an index."""
    if node.op == "const":
        return node.text("value")
    if node.op == "add" and not node.name:
        return "_plus_".join(_position(nodes[i], nodes) for i in node.inputs)
    return _word(node, nodes)


def _predictions(nodes: Mapping[int, Node]) -> dict[int, str]:
    """Predictions of one role under several conditions, told apart by these: `teacher_cond_velocity`."""
    found: dict[str, list[tuple[Node, str]]] = {}
    for node in nodes.values():
        if node.op == "stage" and node["kind"] == "denoise":
            found.setdefault(node.hint, []).append((node, _condition(node.inputs, nodes)))
        if node.op == "part" and nodes[node.inputs[0]].op == "together" and node.text("index") == "1":
            found.setdefault(node.hint, []).append((node, _condition(nodes[node.inputs[0]].inputs, nodes)))
        if node.op == "part" and nodes[node.inputs[0]].op == "batched":
            calls = nodes[node.inputs[0]]
            width, k = int(calls.text("width")), int(node.text("index"))
            inputs = calls.inputs[k * width : (k + 1) * width]
            found.setdefault(node.hint, []).append((node, _condition(inputs, nodes)))
    words: dict[int, str] = {}
    for hint, calls_of in found.items():
        if len({condition for _, condition in calls_of} - {""}) > 1:
            start, _, what = hint.rpartition("_")
            words |= {
                n.id: "_".join(filter(None, (start, condition, what)))
                for n, condition in calls_of
                if not n.name
            }
    return words


def _condition(inputs: Iterable[int], nodes: Mapping[int, Node]) -> str:
    """The name of the graph that made the record which a prediction is conditioned on."""
    records = (nodes[i] for i in inputs if i in nodes and isinstance(nodes[i].type, Fields))
    return next((r.hint for r in records), "")
