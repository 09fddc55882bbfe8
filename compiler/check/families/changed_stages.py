"""`by denoise with { isolate_modalities = true }`: a stage that calls what another one calls, with other arguments."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import replace
from ...syntax import ast
from ..core.suggestions import did_you_mean
from .tensors.repacking import OUTER

FORM = "`by denoise with { isolate_modalities = true }`"


def changed_stages(members: Mapping[str, ast.FamilyMember], bag: Bag) -> dict[str, ast.FamilyMember]:
    """The members of a family, with the calls of such stages written out, but of those with errors."""
    stages = {n: m for n, m in members.items() if isinstance(m, ast.StageDecl)}
    made = dict(members)
    for name, d in stages.items():
        if isinstance(d.by, ast.ByStage):
            made[name] = replace(d, by=_written_out(d, d.by, stages, bag))
    return made


def _written_out(
    d: ast.StageDecl, by: ast.ByStage, stages: Mapping[str, ast.StageDecl], bag: Bag
) -> ast.ByComponent | ast.ByStage:
    base = stages.get(by.stage.id)
    if base is None or not isinstance(base.by, ast.ByComponent):
        _report_base(d, by, base, stages, bag)
        return by
    missing = [p.name.id for p in base.params if p.name.id not in {p.name.id for p in d.params}]
    if missing:
        bag.error(
            "missing-argument",
            f"`{base.name.id}` takes `{missing[0]}`, and `{d.name.id}` does not",
            d.name.span,
            labels=(Label(by.stage.span, f"calls what `{base.name.id}` calls"),),
            help=f"a stage that changes `{base.name.id}` takes all that it takes",
        )
        return by
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
    made = _with(base.by, changes)
    if made is None:
        message = f"`{base.name.id}` chooses between components, and it is not clear whose arguments change"
        bag.error("type-mismatch", message, by.stage.span, help="write both calls out")
        return by
    return replace(made, span=by.span)


def _report_base(
    d: ast.StageDecl,
    by: ast.ByStage,
    base: ast.StageDecl | None,
    stages: Mapping[str, ast.StageDecl],
    bag: Bag,
) -> None:
    known = [n for n, s in stages.items() if isinstance(s.by, ast.ByComponent)]
    listed = f"a component is called by {', '.join(known)}" if known else "no stage calls a component"
    if base is None:
        help = did_you_mean(by.stage.id, known, listed)
        bag.error("unknown-name", f"no stage is called `{by.stage.id}`", by.stage.span, help=help)
    elif base is d:
        bag.error("unknown-name", f"`{d.name.id}` begins with itself", by.stage.span, help=listed)
    else:
        what = "is computed by Python" if isinstance(base.by, ast.ByPython) else "is itself a changed one"
        message = f"`{by.stage.id}` {what}, and no component is called by it"
        bag.error("type-mismatch", message, by.stage.span, help=listed)


def _with(by: ast.ByComponent, changes: Mapping[str, ast.Arg]) -> ast.ByComponent | None:
    """The call with these arguments in place of its own, or behind them; None where there is more than one call."""
    if by.component.id == "select":
        return None
    if by.component.id not in OUTER or not by.args:
        return replace(by, args=_put(by.args, changes))
    first, *rest = by.args
    return replace(by, args=(replace(first, value=_inside(first.value, changes)), *rest))


def _inside(e: ast.Expr, changes: Mapping[str, ast.Arg]) -> ast.Expr:
    """The same in what `unpack` is given."""
    match e:
        case ast.Attr(base=base) | ast.Index(base=base):
            return replace(e, base=_inside(base, changes))
        case ast.Call(func=ast.Name(id=name), args=(first, *rest)) if name in OUTER:
            return replace(e, args=(replace(first, value=_inside(first.value, changes)), *rest))
        case ast.Call(args=args):
            return replace(e, args=_put(args, changes))
        case _:
            return e


def _put(args: tuple[ast.Arg, ...], changes: Mapping[str, ast.Arg]) -> tuple[ast.Arg, ...]:
    own = {a.name for a in args}
    changed = [changes.get(a.name or "", a) for a in args]
    return (*changed, *(a for n, a in changes.items() if n not in own))
