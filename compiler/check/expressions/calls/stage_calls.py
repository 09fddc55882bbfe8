"""Calls of a family's stages."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.diagnostics import Label
from ....base.frozen import replace
from ....program.family import Sizes
from ....program.ops import NAME, ROLE, SIZES, STAGE, TO
from ....program.process import QUANTITIES
from ....syntax import ast
from ....types.coefficients import Time, level
from ....types.dims import Dim
from ....types.quantity import CLEAN, NOISE
from ....types.types import Latent, Space, TimeType, Tuple, Type
from ...core.context import Context, family_context
from ...core.evaluate import evaluate
from ...core.family_model import FamilyModel, StageModel, StageParam
from ...core.given_configs import tell
from ...core.matching.quantity_match import ITS_TIME, Expected, require, same_key, spaces_fit
from ...core.matching.type_match import mismatch
from ...core.role_binding import RoleBinding
from ...core.session import Session
from ...core.term import Term, unknown
from ..times.as_time import as_time
from ..times.asked import is_told
from .graph_calls import arguments
from .networks.laid_noise import drawn_parameters
from .networks.two_times import said
from .open_dims import bind, filled


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


def decoded_parts(
    session: Session, role: RoleBinding, e: ast.Call, context: Context, subject: str
) -> Term | None:
    """`role.decode(x)` of latents of a product of spaces: a tuple of what the family decodes of each part. None where it is
    called otherwise."""
    assert isinstance(role.model, FamilyModel)
    if not role.model.space.factors or len(e.args) != 1 or e.args[0].name is not None:
        return None
    stages = {n: s for n, s in role.model.stages.items() if s.declaration.kind.id in DECODERS}
    takes = {n: s.params[0].declared.space for n, s in stages.items() if len(s.params) == 1}
    pictures = [n for n in takes if stages[n].declaration.kind.id == "decode"]
    if len(pictures) != 1 or any(space is not None and space.factors for space in takes.values()):
        return None
    x = evaluate(session, e.args[0].value, context)
    if not isinstance(x.type, Latent) or not x.type.space.factors:
        bound = {stages[pictures[0]].params[0].name: x}
        return stage_call(session, role, pictures[0], e, context, subject, bound)
    made = []
    for part, factor in x.type.space.factors:
        name = next((n for n, space in takes.items() if space is not None and same_key(space, factor)), None)
        if name is None:
            return session.error(
                "missing-argument",
                f"`{role.model.name}` has no stage that decodes `{factor}`, a part of these latents",
                e.span,
                help="decode the other parts one by one, such as `role.decode(x.video)`",
                role=role.name,
            )
        type_ = Latent(factor, x.type.quantity)
        given = Term(session.value("part", (x,), type_, x.span, context, NAME(part)))
        bound = {stages[name].params[0].name: given}
        made.append(stage_call(session, role, name, e, context, subject, bound))
    if any(m.unknown for m in made):
        return unknown(e.span)
    items = tuple(made)
    together = Tuple(tuple(m.type for m in items))
    return Term(session.value("tuple", items, together, e.span, context), items=items)


DECODERS = ("decode", "audio_decode")
"""Kinds of stages that make media of clean latents."""


def stage_call(
    session: Session,
    role: RoleBinding,
    name: str,
    e: ast.Call,
    context: Context,
    subject: str = "",
    given: Mapping[str, Term] | None = None,
) -> Term:
    """A call of a family's stage: in its own graphs, or of a role, where `subject` is what is called. `given` are its
    arguments by its parameters' names, where they are not those that are written."""
    assert isinstance(role.model, FamilyModel)
    stage = role.model.stages[name]
    subject = subject or f"stage `{name}`"
    bound = given or arguments(
        session,
        stage.declaration.params,
        e,
        context,
        subject,
        family_context(role, context),
        stage.declaration.name.span,
        drawn_parameters(session, role, stage, e.span, context),
    )
    if bound is None:
        return unknown(e.span)
    sizes = _sizes(stage, bound)
    if sizes and (resized := role.model.resized(sizes)) is not None:
        stage = resized.stages[name]
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
    if stage.opened and fits:
        types = {p.name: bound[p.name].type for p in stage.params}
        tell(session.told, role.name, role.model, stage, opened, types, e.span, session.bag)
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
    attrs = (ROLE(role.ref), STAGE(name), to, SIZES(sizes or None))
    return Term(session.value("stage", args, filled(type_, opened), e.span, context, *attrs))


def _sizes(stage: StageModel, bound: Mapping[str, Term]) -> Sizes:
    """The sizes, other than the family's own, of the first latents that a stage is given, where they are its own but for
    their size: it works at these."""
    for p in stage.params:
        term, wanted = bound[p.name], p.declared.space
        if isinstance(term.type, Latent) and wanted is not None:
            given = term.type.space
            return given.sizes if same_key(given, wanted) and not spaces_fit(given, wanted) else ()
    return ()


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
    if declared.level is not None:
        at = level(declared.level)
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
