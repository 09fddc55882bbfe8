"""Means over the samples of a step's batch, where a formula reads them.

A batch is taken in `accumulate` parts, and later on several machines. The mean of the parts' losses is the batch's loss as
long as a loss is linear in each mean over samples that it reads. Anywhere else such a mean says `over = batch`; what a
state becomes is of the whole batch without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ....stages.op import Op
from ....stages.table import OPS
from ...base.diagnostics import Fix
from ...base.frozen import replace
from ...program.ops import INDEX, OVER, PER, REGION, SCOPE
from ...program.values import Region, Value, every_value
from ...types.types import Latent, Scalar, Tensor, Type, Unknown
from ..core.session import Session


def has_samples(type: Type) -> bool:
    """Whether a value has a part for each sample."""
    match type:
        case Latent():
            return True
        case Scalar(axes=axes):
            return "b" in axes
        case Tensor(dims=dims):
            return bool(dims) and "b" in dims[0].variables
        case _:
            return False


def averages_samples(v: Value) -> bool:
    """Whether it is one number of all samples at hand: a part of the batch where that is taken in parts."""
    return (
        OPS[v.op].reduces != ""
        and PER.find(v) is None
        and OVER.find(v) is None
        and has_samples(v.args[0].type)
    )


def of_whole_batch(root: Value) -> Value:
    """The same value with every mean over samples taken over the whole batch.

    Loops whose bodies change are made anew, with parameters of their own: a value stands in one loop alone.
    """
    made: dict[int, Value] = {}
    stack = [root]
    while stack:
        v = stack[-1]
        region = REGION.find(v)
        if id(v) in made:
            stack.pop()
            continue
        if isinstance(region, Region):
            for p in (region.index, *region.items, *region.carried):
                made.setdefault(id(p), replace(p))
        needed = [*v.args, *(region.results if isinstance(region, Region) else ())]
        waiting = [a for a in needed if id(a) not in made]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        made[id(v)] = _rebuilt(v, made)
    return made[id(root)]


def _rebuilt(v: Value, made: dict[int, Value]) -> Value:
    args = tuple(made[id(a)] for a in v.args)
    attrs = dict(v.attrs)
    region = REGION.find(v)
    if isinstance(region, Region):
        parts = (region.items, region.carried, region.results)
        items, carried, results = (tuple(made[id(p)] for p in part) for part in parts)
        attrs.update([REGION(Region(made[id(region.index)], items, carried, results))])
    elif averages_samples(v):
        attrs.update([OVER("batch")])
    elif all(a is b for a, b in zip(args, v.args)):
        return v
    return replace(v, args=args, attrs=attrs)


def check_means(session: Session, roots: Iterable[Value]) -> None:
    """Refuses means over samples inside formulas that do not say over what. Of two that are multiplied one is enough."""
    roots = list(roots)
    told: set[int] = set()
    while found := _in_formulas(roots, told):
        v = min(found, key=lambda v: OPS[v.op].is_loss)
        told.add(id(v))
        _refuse(session, v)


def _refuse(session: Session, v: Value) -> None:
    if not session.reported.first("over", v.span.source.path, str(v.span.start)):
        return
    text = v.span.text
    shown = f"`{text}`" if len(text) <= 40 and text.isprintable() else f"this `{v.op}`"
    asked = f"{text[:-1]}, over = batch)"
    fits = text.endswith(")")
    session.error(
        "missing-argument",
        f"{shown} stands in a formula, and does not say over which samples it goes",
        v.span,
        "over a part of the batch where `accumulate` takes it in parts",
        help=f"`{asked}` is of the whole batch"
        if fits and len(text) <= 40
        else "`over = batch` is of the whole batch; `per = sample` is one number for each sample",
        fixes=(Fix("take it over the whole batch", v.span, asked),) if fits else (),
    )


def _in_formulas(roots: list[Value], told: set[int]) -> list[Value]:
    """Means over samples in which a root is not linear, if those that were `told` of are over the whole batch."""
    varying = _varying(roots, told)
    loops = {id(c): (v, k) for v in every_value(roots) for k, c in _carried(v)}
    found: dict[int, Value] = {}
    seen: set[tuple[int, bool]] = set()
    stack = [(v, True) for v in reversed(roots)]
    while stack:
        v, linear = stack.pop()
        if (id(v), linear) in seen:
            continue
        seen.add((id(v), linear))
        if averages_samples(v):
            if not linear and id(v) not in told:
                found[id(v)] = v
            stack += [(a, False) for a in v.args]
            continue
        stack += _parts(v, linear, varying, loops)
    return list(found.values())


def _parts(
    v: Value, linear: bool, varying: set[int], loops: dict[int, tuple[Value, int]]
) -> list[tuple[Value, bool]]:
    """What a value is made of, and whether it is linear in it."""
    result = (v.args[0], INDEX.of(v)) if v.op == "result" else None
    carried = loops.get(id(v), result)
    if carried is not None:
        loop, k = carried
        region = REGION.of(loop)
        count = len(loop.args) - len(region.carried)
        given = [(a, False) for a in loop.args[:count]]
        return [(region.results[k], linear), (loop.args[count + k], linear), *given]
    held = [linear and all(id(b) not in varying for b in v.args if b is not a) for a in v.args]
    match OPS[v.op]:
        case Op(linear="sum"):
            return [(a, linear) for a in v.args]
        case Op() as op if op.reduces and len(v.args) == 1:  # of one number, or of each sample's own
            return [(a, linear) for a in v.args]
        case Op(linear="product"):
            return list(zip(v.args, held))
        case Op(linear="quotient"):
            return [(v.args[0], held[0]), (v.args[1], False)]
        case Op(linear="choice"):
            fixed = linear and id(v.args[0]) not in varying
            return [(v.args[0], False), *((a, fixed) for a in v.args[1:])]
        case _:
            return [(a, False) for a in v.args]


def _carried(v: Value) -> Iterator[tuple[int, Value]]:
    region = REGION.find(v)
    if isinstance(region, Region):
        yield from enumerate(region.carried)


def _varying(roots: list[Value], told: set[int]) -> set[int]:
    """The values that are others for another part of the batch."""
    readers: dict[int, list[Value]] = {}
    found: set[int] = set()
    stack: list[Value] = []
    for v in every_value(roots):
        read = list(v.args)
        region = REGION.find(v)
        if isinstance(region, Region):
            read += region.results
            for k, c in enumerate(region.carried):
                for source in (region.results[k], v.args[len(v.args) - len(region.carried) + k]):
                    readers.setdefault(id(source), []).append(c)
        for a in read:
            readers.setdefault(id(a), []).append(v)
        own = not v.args and has_samples(v.type)
        if own or v.op == "batch" or isinstance(v.type, Unknown) or SCOPE.find(v) not in (None, "step"):
            stack.append(v)
    while stack:
        v = stack.pop()
        if id(v) in found or id(v) in told or OVER.find(v) == "batch":
            continue
        found.add(id(v))
        stack += readers.get(id(v), [])
    return found
