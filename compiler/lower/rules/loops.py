"""Loops: a region becomes the body of a node."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping, Sequence

from ...base.source import Span
from ...ir.graph import Array, Host, Many, Type
from ...ir.rules.calls import names_of_entry
from ...program.ops import INDEX, ITERABLE, REGION
from ...program.values import Value
from ..builder import Builder, CannotRun
from ..lowering import Lowering, Rule


def _loop(at: Lowering, value: Value, _: list[int]) -> int:
    region = REGION.of(value)
    iterable = ITERABLE.of(value)
    count = len(value.args) - len(region.carried)
    given = [at(a) for a in value.args[:count]]
    start = [at(a) for a in value.args[count:]]
    b = at.build
    if iterable == "pairs":
        given = [b.add("pairs", given, Many(Host("float")))]

    def make(parameter: Callable[..., int]) -> tuple[list[int], list[int], list[int]]:
        at.at(value)
        heads = []
        types = _item_types(b, given[0], region.items, value.span) if iterable != "range" else {}
        for v in dict.fromkeys((region.index, *region.items)):
            written = _target_name(v.span)
            hint = written or "i"
            b.span = v.span
            type: Type = Host("int") if v is region.index else types[id(v)]
            at.known[id(v)] = parameter(type, hint)
            heads.append(at.known[id(v)])
        carried = []
        for v, first in zip(region.carried, start, strict=True):
            at.known[id(v)] = parameter(b.type(first), v.name)
            b.name(at.known[id(v)], v.name)
            carried.append(at.known[id(v)])
        return heads, carried, [at(r) for r in region.results]

    while True:
        at.at(value)
        before = at.mark()
        made = b.loop(given, start, make, iterable)
        body = b.nodes[made].body
        assert body is not None
        ends = [b.type(i) for _, i in body.outputs]
        late = [k for k, s in enumerate(start) if isinstance(b.type(s), Host) and isinstance(ends[k], Array)]
        if not late:
            return made
        # a number of Python that rounds make a tensor is one from the start
        at.back_to(before)
        for k in late:
            start[k] = b.add("scalar", (start[k],), Array(()), hint=region.carried[k].name)


def _item_types(b: Builder, given: int, items: Sequence[Value], span: Span) -> Mapping[int, Type]:
    """By identity, the types of the names that a loop binds: an entry of what it goes over, or the parts of one."""
    type = b.type(given)
    if not isinstance(type, Many):
        raise CannotRun("a loop over this", span)
    return {id(v): t for v, t in zip(items, names_of_entry(type.item, len(items)), strict=True)}


def _target_name(span: Span) -> str:
    text = span.text
    if not text.isidentifier():
        return ""
    return f"{text}_" if keyword.iskeyword(text) else text


def _result(at: Lowering, value: Value, args: list[int]) -> int:
    index = INDEX.of(value)
    loop = at.build.type(args[0])
    types = getattr(loop, "items", ())
    return at.build.add("result", args, types[index], index=index)


RULES: Mapping[str, Rule] = {
    "loop": _loop,
    "result": _result,
}
