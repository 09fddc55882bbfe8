"""`given(batch.size, [H, W])`: a field of the batch where the data has it, else another value."""

from __future__ import annotations

from ....base.diagnostics import Label
from ....program.values import Value
from ....syntax import ast
from ....types.describe import noun
from ....types.dims import Dim
from ....types.types import Batch, Scalar, Tensor, Unknown
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.matching.type_match import mismatch
from ...core.session import Session
from ...core.term import Term, unknown

FORM = "`given(batch.size, [H, W])`"


def given(session: Session, e: ast.Call, context: Context) -> Term:
    """In a sample of `validate` it is the other value, whatever the data has: what is made there is made of no file."""
    match e.args:
        case (ast.Arg(name=None, value=ast.Attr() as field), ast.Arg(name=None, value=second)):
            batch = evaluate(session, field.base, context)
        case _:
            return session.error(
                "missing-argument",
                "`given` takes a field of the batch, and what stands for it where the data has none",
                e.span,
                help=FORM,
            )
    other = _other(session, batch, second, context)
    if batch.unknown or other.unknown:
        return unknown(e.span)
    if not isinstance(batch.type, Batch):
        return session.error(
            "type-mismatch",
            f"`given` asks whether the data has a field, and `{field.base.span.text}` is {noun(batch.type)}",
            field.base.span,
            help=FORM,
        )
    if field.name not in dict(batch.type.fields or ()) or context.implied_batch:
        return other
    found = evaluate(session, field, context)
    problem = mismatch(other.type, found.type)
    if found.unknown or problem is None:
        return found
    place = session.batch_fields.places.get(field.name, field.span)
    return session.error(
        problem.code,
        f"`{field.name}`, as it is read of the batch, {problem.clause}",
        place,
        str(found.type),
        labels=(Label(field.span, "read here"),),
        help=f"`{field.name}: {other.type}`, or another name for it",
    )


def _other(session: Session, batch: Term, second: ast.Expr, context: Context) -> Term:
    """The second value; a list of numbers is a row for each sample."""
    if not isinstance(second, ast.ListExpr):
        return evaluate(session, second, context)
    items = [evaluate(session, item, context) for item in second.items]
    for item in items:
        number = isinstance(item.type, Scalar) and item.type.kind in ("int", "float") and not item.type.axes
        if not number and not isinstance(item.type, Unknown):
            return session.error(
                "type-mismatch", f"a row holds numbers, and this is {noun(item.type)}", item.span
            )
    if batch.unknown or any(i.unknown for i in items):
        return unknown(second.span)
    type_ = Tensor("f32", (Dim.of("b"), Dim.of(len(items))))
    row: Value = session.value("numbers_of_each", tuple(items), type_, second.span, context)
    return Term(row)
