"""Parts of values: fields of a batch or a record, the numbers of a time, the parts of a product."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ...base.diagnostics import Label, nearest, respelt
from ...program.process import Process
from ...syntax import ast
from ...types.quantity import const, read
from ...types.quantity import unknown as unknown_number
from ...types.types import ANY_SPACE, UNKNOWN, Batch, Latent, Level, Record, RoleType, Scalar, TimeType
from ..core.context import Frame
from ..core.family_model import FamilyModel
from ..core.quantity_match import article
from ..core.role_binding import RoleBinding
from ..core.term import Term, unknown
from .batch_fields import missing_field

if TYPE_CHECKING:
    from ..elaborator import Elaborator


def attribute(el: Elaborator, base: Term, e: ast.Attr, frame: Frame) -> Term:
    if base.unknown:
        return unknown(e.span)
    match base.type:
        case Batch():
            return _batch_field(el, base, base.type, e, frame)
        case Record(fields=fields):
            for f in fields:
                if f.name == e.name:
                    return Term(el.value("field", (base,), f.value, e.span, frame, name=e.name))
            names = [f.name for f in fields]
            near = nearest(e.name, names)
            return el.error(
                "record-mismatch",
                f"record `{base.type}` has no field `{e.name}`",
                e.name_span,
                help=f"did you mean `{near}`?" if near else f"it has {', '.join(names)}",
                fixes=respelt(e.name, near, e.name_span),
            )
        case TimeType() | Level():
            return _read_time(el, base, base.type, e, frame)
        case Latent(space=space, quantity=q) if space.factors:
            for name, factor in space.factors:
                if name == e.name:
                    return Term(el.value("part", (base,), Latent(factor, q), e.span, frame, name=name))
            return el.unknown_name(e.name, e.name_span, [n for n, _ in space.factors])
        case Latent(space=space) if space.key == ANY_SPACE:
            return Term(el.value("part", (base,), base.type, e.span, frame, name=e.name))
        case RoleType() if e.name == "shift" and isinstance(base.role, RoleBinding):
            return _shift(el, base.role, e, frame)
        case RoleType():
            return el.error(
                "type-mismatch", f"`{e.span.text}` is a function: it is used by calling it", e.span
            )
        case _:
            return el.error("unknown-name", f"{article(str(base.type))} has no `{e.name}`", e.name_span)


def _shift(el: Elaborator, role: RoleBinding, e: ast.Attr, frame: Frame) -> Term:
    """The shift of the role's own process, which training grids and sampling share."""
    if not isinstance(role.model, FamilyModel) or role.model.process is None:
        value = el.value("unknown", (), Scalar("float"), e.span, frame)
        return Term(value, coef=unknown_number(f"shift of {role.name}"))
    shift = Fraction(str(role.model.process.shift))
    value = el.value("const", (), Scalar("float"), e.span, frame, value=shift)
    return Term(value, coef=const(shift), constant=shift)


def _batch_field(el: Elaborator, base: Term, batch: Batch, e: ast.Attr, frame: Frame) -> Term:
    if batch.fields is None:
        return Term(el.value("field", (base,), UNKNOWN, e.span, frame, name=e.name))
    for name, type_ in batch.fields:
        if name == e.name:
            el.fields_used.add(name)
            return Term(
                el.value("field", (base,), type_, e.span, frame, name=name),
                choice=el.field_places.get(name),
            )
    if ("field", e.name) not in el.reported:
        el.reported.add(("field", e.name))
        names = [n for n, _ in batch.fields]
        place = el.data_place or e.span
        who = f"`{frame.family.model.name}`" if frame.family else "the method"
        has = f"the data has {', '.join(f'`{n}`' for n in names)}" if names else "the data has no fields"
        el.bag.error(
            "missing-condition",
            f"{who} reads `{e.name}` of each batch, and {has}",
            place,
            f"no field `{e.name}`",
            labels=(Label(e.span, "read here"),),
            help=missing_field(e.name, batch, frame),
        )
    return unknown(e.span)


def _read_time(el: Elaborator, base: Term, type_: TimeType | Level, e: ast.Attr, frame: Frame) -> Term:
    if e.name not in ("sigma", "alpha", "ticks"):
        near = nearest(e.name, ("sigma", "alpha", "ticks"))
        return el.error(
            "unknown-name",
            f"a time has no `{e.name}`",
            e.name_span,
            help=f"did you mean `{near}`?" if near else "it has sigma, alpha, ticks",
            fixes=respelt(e.name, near, e.name_span, closed=True),
        )
    process = process_here(el, frame)
    role = frame.family or el.default_role
    kind = process.kind if process is not None else "flow"
    if e.name == "ticks":
        coef = unknown_number(f"ticks {type_.time.identity}")
    else:
        coef = read(e.name, kind, type_.time)
    scope = type_.scope if isinstance(type_, Level) else ("sample" if type_.axes else "step")
    value = el.value(
        e.name, (base,), Scalar("float", type_.axes, scope), e.span, frame, role=role.ref if role else None
    )
    return Term(value, coef=coef)


def process_here(el: Elaborator, frame: Frame) -> Process | None:
    """Whose noise levels a time is read in: the family's inside its own graphs, else the first role's."""
    role = frame.family or el.default_role
    return role.model.process if role is not None else None
