"""Calls of a family's stages."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.diagnostics import Label
from ....base.frozen import replace
from ....program.ops import ROLE, STAGE, TO
from ....program.process import QUANTITIES
from ....syntax import ast
from ....types.coefficients import Time
from ....types.dims import Dim
from ....types.quantity import CLEAN, NOISE
from ....types.types import Latent, Space, TimeType, Type
from ...core.context import Context, family_context
from ...core.family_model import FamilyModel, StageModel, StageParam
from ...core.matching.quantity_match import ITS_TIME, Expected, require
from ...core.matching.type_match import mismatch
from ...core.role_binding import RoleBinding
from ...core.session import Session
from ...core.term import Term, unknown
from ..times.as_time import as_time
from ..times.asked import is_told
from .graph_calls import arguments
from .open_dims import bind, filled
from .two_times import said


def published_stage(session: Session, role: RoleBinding, name: str, func: ast.Attr) -> str | None:
    """The stage that `role.NAME(...)` calls: the one of that name, or the only one of that kind. None if there is none;
    "" if there are several of that kind, which is reported."""
    assert isinstance(role.model, FamilyModel)
    stages = role.model.stages
    if name in stages:
        return name
    of_kind = [n for n, s in stages.items() if s.declaration.kind.id == name]
    if len(of_kind) > 1:
        listed = " or ".join(f"`{role.name}.{n}(...)`" for n in of_kind)
        session.error(
            "unknown-name",
            f"`{role.model.name}` has {len(of_kind)} stages of kind `{name}`",
            func.name_span,
            help=f"call one by its name: {listed}",
            role=role.name,
        )
        return ""
    return of_kind[0] if of_kind else None


def stage_call(
    session: Session, role: RoleBinding, name: str, e: ast.Call, context: Context, subject: str = ""
) -> Term:
    """A call of a family's stage: in its own graphs, or of a role, where `subject` is what is called."""
    assert isinstance(role.model, FamilyModel)
    stage = role.model.stages[name]
    subject = subject or f"stage `{name}`"
    bound = arguments(
        session,
        stage.declaration.params,
        e,
        context,
        subject,
        family_context(role, context),
        stage.declaration.name.span,
    )
    if bound is None:
        return unknown(e.span)
    time_name = time_param(stage)
    time: TimeType | None = None
    fits = True
    if time_name:
        declared = next(p.declared.type for p in stage.params if p.name == time_name)
        assert isinstance(declared, TimeType)
        time = as_time(session, bound[time_name], subject, context, declared.axes, each=True)
        fits = time is not None
    opened: dict[str, Dim] = {}
    for p in stage.params:
        if p.name == time_name:
            continue
        if stage.opened:
            bind(p.declared.type, bound[p.name].type, stage.opened, opened)
            p = replace(p, declared=replace(p.declared, type=filled(p.declared.type, opened)))
        if p.declared.kind == "noisy" and time is not None and p.declared.space is not None:
            noisy = fits_noisy(
                session, role, bound[p.name], time, bound[time_name], subject, context, p.declared.space
            )
            fits = noisy and fits
        else:
            fits = fits_parameter(session, role, p, bound[p.name], subject, context) and fits
    denoises = name == role.model.denoise and time is not None
    if not fits or (
        denoises and time and not is_told(session, role, "", time.time, bound[time_name], subject)
    ):
        return unknown(e.span)
    made = _result(session, stage, role, time, bound, subject, context)
    if made is None:
        return unknown(e.span)
    type_, end = made
    args = tuple(bound[p.name] for p in stage.params)
    to = TO([p.name for p in stage.params].index(end) if end else None)
    return Term(
        session.value("stage", args, filled(type_, opened), e.span, context, ROLE(role.ref), STAGE(name), to)
    )


def _result(
    session: Session,
    stage: StageModel,
    role: RoleBinding,
    time: TimeType | None,
    bound: Mapping[str, Term],
    subject: str,
    context: Context,
) -> tuple[Type, str] | None:
    """What a stage gives, with the name of the time that its prediction goes to, "" without one; None after an error."""
    declared = stage.result
    if declared.space is None:
        return declared.type, ""
    at = time.time if time is not None else Time("symbol", "none")
    if not any(declared.way):
        return Latent(declared.space, QUANTITIES[declared.kind](role.process, at)), ""
    way = said(session, role, stage, declared.kind, at, bound, subject, context)
    return (Latent(declared.space, way.quantity), way.end) if way is not None else None


def fits_parameter(
    session: Session, role: RoleBinding, p: StageParam, term: Term, subject: str, context: Context
) -> bool:
    if term.unknown:
        return True
    d = p.declared
    if d.space is not None:
        q = {"clean": CLEAN, "noise": NOISE}.get(d.kind)
        wanted = Expected(d.space, q, f"`{p.name}` of {subject}", kind=role.process.kind, role=role.name)
        return require(term, wanted, session, context)
    problem = mismatch(d.type, term.type)
    if problem is None:
        return True
    code, message, help = problem
    if session.refused(term.value, (p.name, message)):
        return False
    # another kind of value was passed here; a size or dtype was chosen where the data is declared
    here = code == "type-mismatch" and context.family is None
    place = term.span if here else term.choice or term.span
    key = (code, str(place.start), p.name)
    if session.reported.first(*key):
        session.bag.error(
            code,
            f"`{p.name}` of {subject} {message}",
            place,
            str(term.type),
            labels=(Label(p.span, "asked for here"),)
            + ((Label(term.span, "used here"),) if place != term.span else ()),
            help=help,
            role=role.name,
        )
    return False


def fits_noisy(
    session: Session,
    role: RoleBinding,
    x: Term,
    time: TimeType,
    t: Term,
    subject: str,
    context: Context,
    space: Space,
) -> bool:
    demand = session.time_lists.demands.get(id(x.value))
    if demand is not None:
        demand.append((role.process.kind, time.time, space))
    if x.unknown:
        return True
    choice = x.choice or (t.choice if time.time.kind in ("level", "element") else None)
    wanted = Expected(
        space,
        role.process.noisy(time.time),
        subject,
        time.time,
        t.span.text if len(t.span.text) < 40 else ITS_TIME,
        role.process.kind,
        role=role.name,
        top=role.process.top,
    )
    return require(replace(x, choice=choice), wanted, session, context)


def time_param(stage: StageModel) -> str:
    return next((p.name for p in stage.params if isinstance(p.declared.type, TimeType)), "")
