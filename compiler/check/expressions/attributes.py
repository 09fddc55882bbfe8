"""Parts of values: fields of a batch or a record, the numbers of a time, the parts of a product."""

from __future__ import annotations

from fractions import Fraction

from ....stages.table import TIME_PARTS
from ...base.diagnostics import Label, nearest, respelt
from ...program.ops import NAME, PROCESS_OF, RAW, VALUE
from ...program.process import Process
from ...syntax import ast
from ...types.coefficients import const, read
from ...types.coefficients import unknown as unknown_number
from ...types.types import (
    ANY_SPACE,
    UNKNOWN,
    Batch,
    Latent,
    Level,
    Record,
    RoleType,
    Scalar,
    Tensor,
    TimeType,
    Unknown,
)
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.family_model import FamilyModel
from ..core.matching.quantity_match import article
from ..core.role_binding import RoleBinding
from ..core.session import Session, WantedField, unknown_name
from ..core.term import Term, unknown
from .calls.batch_fields import missing_field, wanted_type
from .size_numbers import dim_along, whole
from .times.as_time import not_a_time


def attribute(session: Session, e: ast.Attr, context: Context) -> Term:
    base = evaluate(session, e.base, context)
    if base.unknown:
        return unknown(e.span)
    match base.type:
        case Batch():
            return _batch_field(session, base, base.type, e, context)
        case Record(fields=fields):
            for f in fields:
                if f.name == e.name:
                    return Term(session.value("field", (base,), f.value, e.span, context, NAME(e.name)))
            names = [f.name for f in fields]
            near = nearest(e.name, names)
            return session.error(
                "record-mismatch",
                f"record `{base.type}` has no field `{e.name}`",
                e.name_span,
                help=f"did you mean `{near}`?" if near else f"it has {', '.join(names)}",
                fixes=respelt(e.name, near, e.name_span),
            )
        case TimeType() | Level():
            return _read_time(session, base, base.type, e, context)
        case Latent(space=space, quantity=q) if space.factors:
            for name, factor in space.factors:
                if name == e.name:
                    return Term(
                        session.value("part", (base,), Latent(factor, q), e.span, context, NAME(name))
                    )
            return unknown_name(session, e.name, e.name_span, [n for n, _ in space.factors])
        case Latent() | Tensor() if (dim := dim_along(base.type, e.name)) is not None:
            return whole(e.span.text, dim, e.span, context)
        case Latent(space=space) if space.key == ANY_SPACE and len(e.name) == 1:  # an axis, or a part
            return Term(session.value("part", (base,), UNKNOWN, e.span, context, NAME(e.name)))
        case Latent(space=space) if space.key == ANY_SPACE:
            return Term(session.value("part", (base,), base.type, e.span, context, NAME(e.name)))
        case RoleType() if e.name == "shift" and isinstance(base.role, RoleBinding):
            return _shift(session, base.role, e, context)
        case RoleType():
            return session.error(
                "type-mismatch", f"`{e.span.text}` is a function: it is used by calling it", e.span
            )
        case Scalar(kind="int" | "float") if e.name in TIME_PARTS:
            not_a_time(session, base, f"`{e.name}` is read of a time", context)
            return unknown(e.span)
        case _:
            return session.error("unknown-name", f"{article(str(base.type))} has no `{e.name}`", e.name_span)


def _shift(session: Session, role: RoleBinding, e: ast.Attr, context: Context) -> Term:
    """The shift of the role's own process, which training grids and sampling share."""
    if not isinstance(role.model, FamilyModel) or role.model.process is None:
        value = session.value("unknown", (), Scalar("float"), e.span, context)
        return Term(value, coef=unknown_number(f"shift of {role.name}"))
    found = role.model.process.shift_of(None)
    if found is None:
        return session.error(
            "bad-setting",
            f"the shift of `{role.name}` depends on the number of steps of a grid, and training has none",
            e.span,
            labels=(Label(role.model.process.settings["shift"].span, "its shift"),),
            help="`shifted(uniform(0, 1), 3.0)` names one",
        )
    shift = Fraction(str(found))
    value = session.value("const", (), Scalar("float"), e.span, context, VALUE(shift))
    return Term(value, coef=const(shift), constant=shift)


def _batch_field(session: Session, base: Term, batch: Batch, e: ast.Attr, context: Context) -> Term:
    if batch.fields is None:
        return Term(session.value("field", (base,), UNKNOWN, e.span, context, NAME(e.name)))
    for name, type_ in batch.fields:
        if name == e.name:
            raw = (RAW(True),) if name in session.batch_fields.raw else ()
            return Term(
                session.value("field", (base,), type_, e.span, context, NAME(name), *raw),
                choice=session.batch_fields.places.get(name),
            )
    if any(isinstance(t, Unknown) for _, t in batch.fields):
        return unknown(e.span)  # the field with an error may be the one that is meant
    if session.batch_fields.data is None and session.complete:
        if not session.bag.muted:
            session.batch_fields.wanted.setdefault(
                e.name,
                WantedField(wanted_type(e.name, context), context.trace[0] if context.trace else e.span),
            )
        return unknown(e.span)
    if session.reported.first("field", e.name):
        names = [n for n, _ in batch.fields]
        place = session.batch_fields.data or e.span
        who = f"`{context.family.model.name}`" if context.family else "the method"
        has = f"the data has {', '.join(f'`{n}`' for n in names)}" if names else "the data has no fields"
        session.bag.error(
            "missing-condition",
            f"{who} reads `{e.name}` of each batch, and {has}",
            place,
            f"no field `{e.name}`",
            labels=(Label(e.span, "read here"),),
            help=missing_field(e.name, batch, context),
        )
    return unknown(e.span)


def _read_time(session: Session, base: Term, type_: TimeType | Level, e: ast.Attr, context: Context) -> Term:
    if e.name not in TIME_PARTS:
        near = nearest(e.name, TIME_PARTS)
        return session.error(
            "unknown-name",
            f"a time has no `{e.name}`",
            e.name_span,
            help=f"did you mean `{near}`?" if near else f"it has {', '.join(TIME_PARTS)}",
            fixes=respelt(e.name, near, e.name_span, closed=True),
        )
    process = process_here(session, context)
    role = context.family or session.default_role
    kind = process.kind if process is not None else "flow"
    if e.name == "ticks":
        coef = unknown_number(f"ticks {type_.time.identity}")
    else:
        coef = read(e.name, kind, type_.time)
    scope = type_.scope if isinstance(type_, Level) else ("sample" if type_.axes else "step")
    value = session.value(
        e.name,
        (base,),
        Scalar("float", type_.axes, scope),
        e.span,
        context,
        PROCESS_OF(role.ref if role else None),
    )
    return Term(value, coef=coef)


def process_here(session: Session, context: Context) -> Process | None:
    """Whose noise levels a time is read in: the family's inside its own graphs, else the first role's."""
    role = context.family or session.default_role
    return role.model.process if role is not None else None
