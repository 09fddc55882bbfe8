"""Stages that call what another one calls: `by denoise with { alone = true }`, `by select(c.given, x, asked)`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import replace
from ...syntax import ast
from ..core.suggestions import did_you_mean
from .tensors.repacking import OUTER

FORM = "`by denoise with { isolate_modalities = true }`"


def changed_stages(members: Mapping[str, ast.FamilyMember], bag: Bag) -> dict[str, ast.FamilyMember]:
    """The members of a family, with the calls of such stages written out, but of those with errors. The stages that they
    begin with may be of this kind themselves."""
    stages = {n: m for n, m in members.items() if isinstance(m, ast.StageDecl)}
    components = [n for n, m in members.items() if isinstance(m, ast.ComponentDecl)]
    waiting = {}
    for n, s in stages.items():
        if isinstance(s.by, ast.ByStage) and s.by.stage.id not in stages:
            _report_base(s.by.stage, None, stages, bag)
        elif _begins_with(s, stages) is not None:
            waiting[n] = s
    while waiting:
        ready = {n: s for n, s in waiting.items() if _begins_with(s, waiting) is None}
        for name, d in ready.items():
            stages[name] = replace(d, by=_written_out(d, stages, components, bag))
        done = list(ready) or _report_circle(waiting, bag)
        for name in () if ready else done:
            stages[name] = replace(
                waiting[name], by=ast.ByStage(waiting[name].by.span, waiting[name].name, ())
            )
        waiting = {n: s for n, s in waiting.items() if n not in done}
    return {**members, **stages}


def _report_circle(waiting: Mapping[str, ast.StageDecl], bag: Bag) -> list[str]:
    """Reports stages that begin with one another; gives their names."""
    name, way = next(iter(waiting)), list[str]()
    while name not in way:
        way.append(name)
        began = _begins_with(waiting[name], waiting)
        assert began is not None
        name = began.id
    circle = way[way.index(name) :]
    others = " and ".join(f"`{n}`" for n in circle[1:])
    first = _begins_with(waiting[circle[0]], waiting)
    assert first is not None
    message = f"`{circle[0]}` begins with itself" + (f", by {others}" if others else "")
    bag.error("unknown-name", message, first.span, help="one of them calls a component")
    return circle


def _begins_with(d: ast.StageDecl, stages: Mapping[str, object]) -> ast.Name | None:
    """The stage whose call this one changes, or puts something around; None where it is none of these."""
    match d.by:
        case ast.ByStage(stage=name):
            return name if name.id in stages else None
        case ast.ByComponent(component=ast.Name(id=outer), args=args) if outer in AROUND:
            own = {p.name.id for p in d.params}
            named = [a.value for a in args if a.name is None and isinstance(a.value, ast.Name)]
            return next((n for n in named if n.id in stages and n.id not in own), None)
    return None


AROUND = (*OUTER, "select")
"""What may stand around a call."""


def _written_out(
    d: ast.StageDecl, stages: Mapping[str, ast.StageDecl], components: Collection[str], bag: Bag
) -> ast.ByComponent | ast.ByPython | ast.ByStage:
    by, name = d.by, _begins_with(d, stages)
    assert name is not None
    base = stages[name.id]
    if not isinstance(base.by, ast.ByComponent):
        _report_base(name, base, stages, bag)
        return ast.ByStage(by.span, name, ())
    missing = [p.name.id for p in base.params if p.name.id not in {p.name.id for p in d.params}]
    if missing:
        bag.error(
            "missing-argument",
            f"`{base.name.id}` takes `{missing[0]}`, and `{d.name.id}` does not",
            d.name.span,
            labels=(Label(name.span, f"calls what `{base.name.id}` calls"),),
            help=f"a stage that begins with `{base.name.id}` takes all that it takes",
        )
        return by
    if not isinstance(by, ast.ByStage):
        assert isinstance(by, ast.ByComponent)
        call = _call(base.by)
        return replace(by, args=tuple(replace(a, value=call) if a.value is name else a for a in by.args))
    changes: dict[str, ast.Arg] = {}
    for e in by.entries:
        if len(e.path) != 1 or e.value is None or e.given is not None:
            bag.error("bad-setting", f"`{e.span.text}` gives no argument of a component", e.span, help=FORM)
        elif e.name in changes:
            bag.error("duplicate-name", f"`{e.name}` is given twice", e.span, help="keep one of the two")
        else:
            changes[e.name] = ast.Arg(e.span, e.name, e.value)
    if not changes and not by.entries:
        bag.error("dead-setting", f"`{d.name.id}` changes nothing of `{base.name.id}`", by.span, help=FORM)
    made = _with(base.by, changes, components)
    if made is None:
        message = f"`{base.name.id}` does not call one component, and it is not clear whose arguments change"
        bag.error("type-mismatch", message, by.stage.span, help="write both calls out")
        return by
    return replace(made, span=by.span)


def _call(by: ast.ByComponent) -> ast.Expr:
    """The same call as an expression."""
    span, name = by.span, by.component
    func = name if by.method is None else ast.Attr(span, name, by.method, span)
    found: ast.Expr = ast.Call(span, func, by.args)
    for step in by.outputs:
        found = (
            ast.Attr(span, found, step, span)
            if isinstance(step, str)
            else ast.Index(span, found, ast.Number(span, step, False))
        )
    return found


def _report_base(
    name: ast.Name,
    base: ast.StageDecl | None,
    stages: Mapping[str, ast.StageDecl],
    bag: Bag,
) -> None:
    known = [n for n, s in stages.items() if isinstance(s.by, ast.ByComponent)]
    listed = f"a component is called by {', '.join(known)}" if known else "no stage calls a component"
    if base is None:
        help = did_you_mean(name.id, known, listed)
        bag.error("unknown-name", f"no stage is called `{name.id}`", name.span, help=help)
    elif isinstance(base.by, ast.ByPython):
        message = f"`{name.id}` is computed by Python, and no component is called by it"
        bag.error("type-mismatch", message, name.span, help=listed)
    # else it is told where that stage stands


def _with(
    by: ast.ByComponent, changes: Mapping[str, ast.Arg], components: Collection[str]
) -> ast.ByComponent | None:
    """The call with these arguments in place of its own, or behind them; None where there is more than one call."""
    made = _inside(_call(by), changes, components)
    while isinstance(made, ast.Attr | ast.Index):
        made = made.base
    return replace(by, args=made.args) if isinstance(made, ast.Call) else None


def _inside(e: ast.Expr, changes: Mapping[str, ast.Arg], components: Collection[str]) -> ast.Expr | None:
    """The same with other arguments of the component that is called in it; None where that is not one."""
    match e:
        case ast.Attr(base=base) | ast.Index(base=base):
            inner = _inside(base, changes, components)
            return replace(e, base=inner) if inner is not None else None
        case ast.Call(func=ast.Name(id=name), args=args) if name in AROUND and name not in components:
            found = [(k, _inside(a.value, changes, components)) for k, a in enumerate(args) if a.name is None]
            calls = [(k, x) for k, x in found if x is not None]
            if len(calls) != 1:
                return None
            ((at, call),) = calls
            return replace(
                e, args=tuple(replace(a, value=call) if k == at else a for k, a in enumerate(args))
            )
        case ast.Call(func=ast.Name(id=name) | ast.Attr(base=ast.Name(id=name)), args=args) if (
            name in components
        ):
            return replace(e, args=_put(args, changes))
    return None


def _put(args: tuple[ast.Arg, ...], changes: Mapping[str, ast.Arg]) -> tuple[ast.Arg, ...]:
    own = {a.name for a in args}
    changed = [changes.get(a.name or "", a) for a in args]
    return (*changed, *(a for n, a in changes.items() if n not in own))
