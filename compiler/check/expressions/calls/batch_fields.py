"""Fields of a batch that stand for a role's graph: latents for `clean`, a record for `cond`."""

from __future__ import annotations

from ....base.diagnostics import Label
from ....program.ops import NAME, RAW, STANDS_FOR
from ....syntax import ast
from ....syntax.visitor import nodes
from ....types.quantity import CLEAN
from ....types.types import Batch, Latent, Record, Type
from ...core.context import Context
from ...core.family_model import FamilyModel
from ...core.matching.quantity_match import spaces_fit
from ...core.matching.type_match import mismatch
from ...core.role_binding import RoleBinding
from ...core.session import Session
from ...core.term import Term, unknown


def stands_for(session: Session, role: RoleBinding, name: str, e: ast.Call, context: Context) -> Term | None:
    """The field of the data that `student.clean(batch)` or `student.cond(batch)` is, if the data holds it.

    None where it holds none, and in `validate`, whose batch may have other texts than the data.
    """
    if name not in ("clean", "cond") or context.implied_batch or len(e.args) != 1:
        return None
    given = e.args[0].value
    binding = context.scope.find(given.id) if isinstance(given, ast.Name) else None
    batch = binding.term.type if binding is not None else None
    if binding is None or not isinstance(batch, Batch) or not isinstance(role.model, FamilyModel):
        return None
    fitting = [(n, t) for n, t in batch.fields or () if _is_what(name, role.model, t)]
    if not fitting:
        return None
    binding.used = True
    field, type_ = fitting[0]
    if len(fitting) > 1:
        _ambiguous(session, role, name, e, [n for n, _ in fitting])
        return unknown(e.span)
    raw = (RAW(True),) if field in session.batch_fields.raw else ()
    value = session.value(
        "field", (binding.term,), type_, e.span, context, NAME(field), STANDS_FOR(f"{name}(batch)"), *raw
    )
    return Term(value, choice=session.batch_fields.places.get(field))


def _is_what(graph: str, model: FamilyModel, t: Type) -> bool:
    if graph == "clean":
        return isinstance(t, Latent) and t.quantity == CLEAN and spaces_fit(t.space, model.space)
    record = _record_of(model)
    return isinstance(t, Record) and record is not None and mismatch(record, t) is None


def _record_of(model: FamilyModel) -> Record | None:
    """What a family's network is conditioned on; None if that is no one record."""
    if not model.denoises:
        return None
    types = [p.declared.type for p in model.stages[model.denoise].params]
    records = [t for t in types if isinstance(t, Record)]
    return records[0] if len(records) == 1 else None


def wanted_type(name: str, context: Context) -> str:
    """The type, as a program writes it, of the field that a family's stage is handed: `pixels[b, 3, F, H, W]`."""
    model = context.family.model if context.family is not None else None
    if isinstance(model, FamilyModel):
        for call in nodes(g.body for g in model.graphs.values()):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            stage = model.stages.get(call.func.id)
            for p, arg in zip(stage.declaration.params if stage is not None else (), call.args):
                if isinstance(arg.value, ast.Attr) and arg.value.name == name and p.type is not None:
                    return p.type.span.text.removesuffix("[b]")
    return "str"


def missing_field(name: str, batch: Batch, context: Context) -> str:
    """The help for a field that the data lacks; in a stored data set another may stand for the graph that reads it."""
    add = f"add the field: `{name}: ...`"
    role, graph = context.family, context.site[-1] if context.site else ""
    stored = any(isinstance(t, (Latent, Record)) for _, t in batch.fields or ())
    inside = context.implied_batch or (len(context.site) > 1 and context.site[-2] in context.graphs)
    if not stored or inside or role is None or not isinstance(role.model, FamilyModel):
        return add
    record = _record_of(role.model)
    forms = {"clean": f"clean[{role.name}]", "cond": f"{role.name}.{record}" if record is not None else ""}
    if not forms.get(graph):
        return add
    return f"{add}, or one that stands for `{role.name}.{graph}(batch)`: `NAME: {forms[graph]}`"


def _ambiguous(session: Session, role: RoleBinding, name: str, e: ast.Call, fields: list[str]) -> None:
    if not session.reported.first("stands for", role.name, name):
        return
    first, second = (session.batch_fields.places[n] for n in fields[:2])
    listed = " or ".join(f"`{n}`" for n in fields)
    session.bag.error(
        "data-mismatch",
        f"`{role.name}.{name}(batch)` may be {listed}: each holds what it gives",
        second,
        "the second that fits",
        labels=(Label(first, "the first"), Label(e.span, "asked for here")),
        help=f"declare one of them alone, or write `batch.{fields[0]}` in the update",
    )
