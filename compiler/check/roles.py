"""What a role offers: its family's graphs and stages, and the conversions that its process implies."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from .. import syntax as ast
from ..diagnostics import Label, nearest
from ..quantity import CLEAN, NOISE, ONE, Quantity, Time, read
from ..quantity import unknown as unknown_number
from ..source import Span
from ..typed import RoleRef, Value
from ..types import (
    UNKNOWN,
    Batch,
    Latent,
    Level,
    ListOf,
    Record,
    RoleType,
    Scalar,
    Space,
    Tensor,
    TimeType,
    Tuple,
    Type,
    Unknown,
)
from .compare import Expected, article, require
from .families import FamilyModel, StageModel, StageParam
from .process import ProcessModel
from .terms import Binding, Scope, Term, unknown

if TYPE_CHECKING:
    from .elaborate import Elaborator, Frame

PUBLISHED = ("cond", "uncond", "clean", "sample")
"""The graphs of a family that a method may rely on."""


@dataclass(frozen=True)
class AnyFamily:
    """Stands for a family when a method is checked on its own: some process, any space, any conditioning."""

    process: ProcessModel
    name: str = "its family"
    space: Space = field(default_factory=lambda: Space("*", "the role's space"))


@dataclass(eq=False)
class RoleBinding:
    """A role as the checked program binds it. `params` are the family's parameters, evaluated."""

    name: str
    model: FamilyModel | AnyFamily
    span: Span
    trainable: bool = True
    decay: float | None = None
    named_here: bool = True
    params: Mapping[str, Term] = field(default_factory=dict)
    root: RoleBinding | None = None
    used: bool = False

    @property
    def ref(self) -> RoleRef:
        return RoleRef(self.name, self.decay)

    @property
    def process(self) -> ProcessModel:
        assert self.model.process is not None
        return self.model.process

    def averaged(self, decay: float) -> RoleBinding:
        return replace(self, decay=decay, trainable=False, root=self.root or self)


def process_here(el: Elaborator, frame: Frame) -> ProcessModel | None:
    """Whose noise levels a time is read in: the family's inside its own graphs, else the first role's."""
    role = frame.family or el.default_role
    return role.model.process if role is not None else None


# reading parts of values


def attribute(el: Elaborator, base: Term, e: ast.Attr, frame: Frame) -> Term:
    if base.unknown:
        return unknown(e.span)
    match base.type:
        case Batch():
            return _batch_field(el, base, base.type, e, frame)
        case Record(fields=fields):
            for f in fields:
                if f.name == e.name:
                    return Term(el.value("field", (base,), f.type, e.span, frame, name=e.name))
            names = [f.name for f in fields]
            near = nearest(e.name, names)
            return el.error(
                "record-mismatch",
                f"record `{base.type}` has no field `{e.name}`",
                e.name_span,
                help=f"did you mean `{near}`?" if near else f"it has {', '.join(names)}",
            )
        case TimeType() | Level():
            return _read_time(el, base, base.type, e, frame)
        case Latent(space=space, quantity=q) if space.factors:
            for name, factor in space.factors:
                if name == e.name:
                    return Term(el.value("part", (base,), Latent(factor, q), e.span, frame, name=name))
            return el.unknown_name(e.name, e.name_span, [n for n, _ in space.factors])
        case RoleType():
            return el.error(
                "type-mismatch", f"`{e.span.text}` is a function: it is used by calling it", e.span
            )
        case _:
            return el.error("unknown-name", f"{article(str(base.type))} has no `{e.name}`", e.name_span)


def _batch_field(el: Elaborator, base: Term, batch: Batch, e: ast.Attr, frame: Frame) -> Term:
    if batch.fields is None:
        return unknown(e.span)
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
            help=f"add the field: `{e.name}: ...`",
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


# calls


def call(el: Elaborator, base: Term, e: ast.Call, func: ast.Attr, frame: Frame) -> Term:
    if base.unknown:
        for a in e.args:
            el.expression(a.value, frame)
        return unknown(e.span)
    role = base.role
    if not isinstance(role, RoleBinding):
        return el.error(
            "type-mismatch", f"{article(str(base.type))} has no function `{func.name}`", func.name_span
        )
    (role.root or role).used = True
    name = func.name
    if name in DERIVED:
        return _derived(el, role, name, e, frame)
    if name in ("noisy", "target"):
        return _mixed(el, role, name, e, frame)
    if isinstance(role.model, AnyFamily):
        return _published_by_any(el, role, name, e, func, frame)
    if name in PUBLISHED or (frame.knows_families and name in role.model.graphs):
        graph = role.model.graphs.get(name)
        if graph is None:
            return unknown(e.span)
        return el.expand(graph, e, family_frame(role, frame), frame)
    if frame.knows_families and name in role.model.stages:
        return stage_call(el, role, name, e, frame)
    known = [*DERIVED, "noisy", "target", *PUBLISHED]
    return el.unknown_name(
        name, func.name_span, known, f"a role has no `{name}`; a method may rely on {', '.join(known)}"
    )


def family_frame(role: RoleBinding, frame: Frame) -> Frame:
    """Where a family's graphs are expanded for a role: its own names, nothing of the caller's."""
    assert isinstance(role.model, FamilyModel)
    scope = Scope({n: Binding(t, None) for n, t in role.params.items()})
    return replace(
        frame,
        scope=scope,
        graphs=role.model.graphs,
        roles={},
        family=role,
        shared=None,
        home=None,
        knows_families=False,
    )


def _published_by_any(
    el: Elaborator, role: RoleBinding, name: str, e: ast.Call, func: ast.Attr, frame: Frame
) -> Term:
    if name not in PUBLISHED:
        known = [*DERIVED, "noisy", "target", *PUBLISHED]
        return el.unknown_name(name, func.name_span, known, f"a role has no `{name}`")
    for a in e.args:
        el.expression(a.value, frame)
    if not e.args:
        return el.error("missing-argument", f"`{name}` needs the batch", e.span, help=f"`{name}(batch)`")
    type_: Type = Latent(role.model.space, CLEAN) if name == "clean" else UNKNOWN
    return Term(el.value("published", (), type_, e.span, frame, role=role.ref, name=name))


def _derived(el: Elaborator, role: RoleBinding, name: str, e: ast.Call, frame: Frame) -> Term:
    """`predict`, `x0`, `eps`, `velocity`, `score` of (x, t, c...)"""
    words = f"`{role.name}.{name}`"
    if isinstance(role.model, AnyFamily):
        bound = _plain_arguments(el, e, ("x", "t", "c"), words, frame)
        params: tuple[StageParam, ...] = ()
        time_name, first = "t", "x"
    else:
        stage = role.model.stages.get(role.model.denoise)
        if stage is None or role.model.process is None:
            return unknown(e.span)
        params = stage.params
        bound = el.arguments(
            _as_params(stage), e, frame, words, family_frame(role, frame), stage.declaration.name.span
        )
        first, time_name = params[0].name, _time_param(stage)
    if bound is None:
        return unknown(e.span)
    wanted_axes = next(
        (
            p.declared.type.axes
            for p in params
            if p.name == time_name and isinstance(p.declared.type, TimeType)
        ),
        ("b",),
    )
    time = el.as_time(bound[time_name], words, frame, wanted_axes)
    if time is None:
        return unknown(e.span)
    space = role.model.space
    fits = _want_noisy(el, role, bound[first], time, bound[time_name], words, frame, space)
    for p in params[1:]:
        if p.name != time_name:
            fits = _argument(el, role, p, bound[p.name], words, frame) and fits
    if not fits:
        return unknown(e.span)
    q = DERIVED[name](role.process, time.time)
    args = tuple(bound[n] for n in (first, time_name, *(k for k in bound if k not in (first, time_name))))
    return Term(el.value(name, args, Latent(space, q), e.span, frame, role=role.ref))


DERIVED: Mapping[str, Callable[[ProcessModel, Time], Quantity]] = {
    "predict": lambda p, t: p.predicted(t),
    "x0": lambda p, t: CLEAN,
    "eps": lambda p, t: NOISE,
    "velocity": lambda p, t: velocity(p.kind, t),
    "score": lambda p, t: Quantity(ONE * 0, -ONE / read("sigma", p.kind, t)),
}


def velocity(kind: str, t: Time) -> Quantity:
    """The derivative of the noisy latents along the path: eps - x0 for flow, alpha*eps - sigma*x0 on the circle."""
    if kind in ("vp", "trig"):
        return Quantity(-read("sigma", kind, t), read("alpha", kind, t))
    return Quantity(-ONE, ONE) if kind == "flow" else NOISE


def _want_noisy(
    el: Elaborator,
    role: RoleBinding,
    x: Term,
    time: TimeType,
    t: Term,
    words: str,
    frame: Frame,
    space: Space,
) -> bool:
    demand = el.demands.get(id(x.value))
    if demand is not None:
        demand.append((role.process.kind, time.time, space))
    if x.unknown:
        return True
    choice = x.choice or (t.choice if time.time.kind in ("level", "element") else None)
    wanted = Expected(
        space,
        role.process.noisy(time.time),
        words,
        time.time,
        t.span.text if len(t.span.text) < 40 else "its time",
        role.process.kind,
    )
    return require(replace(x, choice=choice), wanted, el.bag, el.times(frame))


def _mixed(el: Elaborator, role: RoleBinding, name: str, e: ast.Call, frame: Frame) -> Term:
    """`noisy(x0, eps, t)` and `target(x0, eps, t)`"""
    words = f"`{role.name}.{name}`"
    bound = _plain_arguments(el, e, ("x0", "eps", "t"), words, frame)
    if bound is None or role.model.process is None:
        return unknown(e.span)
    time = el.as_time(bound["t"], words, frame, ("b", "t"))
    space, times = role.model.space, el.times(frame)
    fits = True
    for arg, q in (("x0", CLEAN), ("eps", NOISE)):
        wanted = Expected(space, q, f"`{arg}` of {words}", kind=role.process.kind)
        fits = fits and require(bound[arg], wanted, el.bag, times)
    if time is None or not fits:
        return unknown(e.span)
    q = role.process.noisy(time.time) if name == "noisy" else role.process.predicted(time.time)
    args = (bound["x0"], bound["eps"], bound["t"])
    return Term(el.value(name, args, Latent(space, q), e.span, frame, role=role.ref))


def _plain_arguments(
    el: Elaborator, e: ast.Call, names: tuple[str, ...], words: str, frame: Frame
) -> dict[str, Term] | None:
    params = tuple(ast.Param(e.span, ast.Name(e.span, n), None, None) for n in names)
    return el.arguments(params, e, frame, words, frame, None)


def _as_params(stage: StageModel) -> tuple[ast.Param, ...]:
    return stage.declaration.params


def _time_param(stage: StageModel) -> str:
    return next((p.name for p in stage.params if isinstance(p.declared.type, TimeType)), "")


# stages


def stage_call(el: Elaborator, role: RoleBinding, name: str, e: ast.Call, frame: Frame) -> Term:
    """A call of a family's stage inside its own graphs."""
    assert isinstance(role.model, FamilyModel)
    stage = role.model.stages[name]
    words = f"stage `{name}`"
    bound = el.arguments(
        _as_params(stage), e, frame, words, family_frame(role, frame), stage.declaration.name.span
    )
    if bound is None:
        return unknown(e.span)
    time_name = _time_param(stage)
    time: TimeType | None = None
    fits = True
    if time_name:
        declared = next(p.declared.type for p in stage.params if p.name == time_name)
        assert isinstance(declared, TimeType)
        time = el.as_time(bound[time_name], words, frame, declared.axes)
        fits = time is not None
    for p in stage.params:
        if p.name == time_name:
            continue
        if p.declared.kind == "noisy" and time is not None and p.declared.space is not None:
            noisy = _want_noisy(
                el, role, bound[p.name], time, bound[time_name], words, frame, p.declared.space
            )
            fits = noisy and fits
        else:
            fits = _argument(el, role, p, bound[p.name], words, frame) and fits
    if not fits:
        return unknown(e.span)
    type_ = _result(stage, role, time)
    args = tuple(bound[p.name] for p in stage.params)
    return Term(el.value("stage", args, type_, e.span, frame, role=role.ref, stage=name))


def _result(stage: StageModel, role: RoleBinding, time: TimeType | None) -> Type:
    declared = stage.result
    if declared.space is None:
        return declared.type
    process = role.process
    at = time.time if time is not None else Time("symbol", "none")
    found = {
        "clean": lambda: CLEAN,
        "noise": lambda: NOISE,
        "noisy": lambda: process.noisy(at),
        "predict": lambda: process.predicted(at),
        "eps": lambda: NOISE,
        "velocity": lambda: velocity(process.kind, at),
        "score": lambda: DERIVED["score"](process, at),
    }[declared.kind]()
    return Latent(declared.space, found)


def _argument(el: Elaborator, role: RoleBinding, p: StageParam, term: Term, words: str, frame: Frame) -> bool:
    if term.unknown:
        return True
    d = p.declared
    if d.space is not None:
        q = {"clean": CLEAN, "noise": NOISE}.get(d.kind)
        wanted = Expected(d.space, q, f"`{p.name}` of {words}", kind=role.process.kind)
        return require(term, wanted, el.bag, el.times(frame))
    problem = mismatch(d.type, term.type)
    if problem is None:
        return True
    code, message = problem
    # another kind of value was handed over here; a size or dtype was chosen where the data is declared
    here = code == "type-mismatch" and frame.family is None
    place = term.span if here else term.choice or term.span
    key = (code, str(place.start), p.name)
    if key not in el.reported:
        el.reported.add(key)
        el.bag.error(
            code,
            f"`{p.name}` of {words} {message}",
            place,
            str(term.type),
            labels=(Label(p.span, "asked for here"),)
            + ((Label(term.span, "used here"),) if place != term.span else ()),
        )
    return False


def mismatch(wanted: Type, found: Type) -> tuple[str, str] | None:
    """How a value misses a declared type: a code and words that follow the parameter's name."""
    match wanted, found:
        case (Unknown(), _) | (_, Unknown()):
            return None
        case Scalar(), Scalar():
            fine = wanted.kind == found.kind or (wanted.kind == "float" and found.kind == "int")
            if fine and set(found.axes) <= set(wanted.axes):
                return None
        case TimeType(), TimeType() | Level():
            return None
        case Scalar(kind="float"), Level():
            return None
        case Tensor(), Tensor():
            return _tensor_mismatch(wanted, found)
        case Record(), Record():
            return _record_mismatch(wanted, found)
        case Tuple(items=a), Tuple(items=b) if len(a) == len(b):
            return next((m for x, y in zip(a, b) if (m := mismatch(x, y))), None)
        case ListOf(item=a), ListOf(item=b):
            return mismatch(a, b)
        case Latent(), Latent():
            return None
        case _:
            pass
    return "type-mismatch", f"is {wanted}, and this is {found}"


def _tensor_mismatch(wanted: Tensor, found: Tensor) -> tuple[str, str] | None:
    floats = ("bf16", "f16", "f32")
    if wanted.kind != found.kind and not (wanted.kind in floats and found.kind in floats):
        kinds = ("pixels", "wave")
        code = "type-mismatch" if wanted.kind in kinds or found.kind in kinds else "dtype-mismatch"
        return code, f"is {wanted}, and this is {found}"
    if len(wanted.dims) != len(found.dims):
        return (
            "rank-mismatch",
            f"has {len(wanted.dims)} dims ({wanted}), and this has {len(found.dims)} ({found})",
        )
    for w, f in zip(wanted.dims, found.dims):
        if w != f:
            return "dim-mismatch", f"is {wanted}, and this is {found}: {f} is not {w}"
    return None


def _record_mismatch(wanted: Record, found: Record) -> tuple[str, str] | None:
    have = {f.name: f for f in found.fields}
    for w in wanted.fields:
        f = have.pop(w.name, None)
        if f is None:
            return "record-mismatch", f"wants field `{w.name}` ({w.type}), which this record lacks"
        if f.type != w.type:
            return "record-mismatch", f"wants `{w.name}: {w.type}`, and this record has `{w.name}: {f.type}`"
        if f.pad != w.pad:
            return "pad-mismatch", f"wants `{w.name}` padded by `{w.pad}`, and here it is `{f.pad}`"
    if have:
        return "record-mismatch", f"knows no field `{next(iter(have))}`, which this record has"
    return None


# spaces, crossings, claims


def space_of(el: Elaborator, e: ast.Expr, frame: Frame) -> tuple[Space, RoleRef | None] | None:
    """The space that `noise[...]`, `clean[...]` name: a role's, or one of the family's own."""
    if isinstance(e, ast.Name):
        if frame.family is not None and isinstance(frame.family.model, FamilyModel):
            space = frame.family.model.spaces.get(e.id)
            if space is not None:
                return space, frame.family.ref
            el.unknown_name(e.id, e.span, list(frame.family.model.spaces), f"`{e.id}` is no space here")
            return None
        role = frame.roles.get(e.id)
        if role is not None:
            role.used = True
            return role.model.space, role.ref
        el.unknown_name(e.id, e.span, list(frame.roles), f"`{e.id}` is neither a role nor a space")
        return None
    term = el.expression(e, frame)
    if isinstance(term.role, RoleBinding):
        return term.role.model.space, term.role.ref
    if not term.unknown:
        el.error("type-mismatch", "a space is named by a role or by its own name", e.span)
    return None


def level_of(el: Elaborator, which: str, v: Fraction, frame: Frame) -> Fraction | None:
    """The flow noise level of so many ticks, or of a process's own sigma. Raises ValueError outside the process."""
    process = process_here(el, frame)
    if process is None:
        return v / 1000 if which == "ticks" else v
    if which == "ticks":
        return process.level_of_ticks(v)
    if v < 0 or (v > 1 and process.kind != "edm"):
        raise ValueError(
            "noise levels of this process lie in [0, 1]" if v > 1 else "noise levels are not negative"
        )
    if process.kind == "flow" or v in (0, 1):
        return v
    if process.kind == "edm":
        return v / (1 + v)
    sigma = float(v)
    return Fraction(sigma / (sigma + math.sqrt(1 - sigma * sigma)))


def _role_argument(el: Elaborator, e: ast.Call, frame: Frame) -> RoleBinding | None:
    to = next((a for a in e.args if a.name == "to"), None)
    if to is None:
        el.error("missing-argument", "say whose it becomes: `to = role`", e.span)
        return None
    term = el.expression(to.value, frame)
    if isinstance(term.role, RoleBinding):
        return term.role
    if not term.unknown:
        el.error("type-mismatch", f"`to` names a role, not {term.type}", to.span)
    return None


def recast(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    """`recast(x, t, to = role)`: the same signal-to-noise ratio in another role's process."""
    role = _role_argument(el, e, frame)
    given = [el.expression(a.value, frame) for a in e.args if a.name != "to"]
    if role is None or not given or any(g.unknown for g in given):
        return unknown(e.span)
    x = given[0]
    if not isinstance(x.type, Latent) or x.type.quantity is None:
        return el.error("type-mismatch", f"`recast` rescales noisy latents, not {x.type}", x.span)
    q = x.type.quantity
    candidates = {*q.times(), *el.times(frame).values()}
    for time in candidates:
        for kind in ("flow", "vp", "trig", "edm"):
            if q == Quantity(read("alpha", kind, time), read("sigma", kind, time)):
                value = el.value(
                    "recast",
                    tuple(given),
                    Latent(x.type.space, role.process.noisy(time)),
                    e.span,
                    frame,
                    role=role.ref,
                    kind=kind,
                )
                return Term(value)
    return el.error("quantity-mismatch", "`recast` wants latents that are noisy at a known time", x.span)


def bridge(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    """`bridge(x0, to = role)`: decode, resize if asked, encode."""
    role = _role_argument(el, e, frame)
    given = [el.expression(a.value, frame) for a in e.args if a.name != "to"]
    if role is None or not given or given[0].unknown:
        return unknown(e.span)
    x = given[0]
    if not isinstance(x.type, Latent) or x.type.quantity != CLEAN:
        return el.error("quantity-mismatch", "`bridge` carries clean latents from space to space", x.span)
    return Term(el.value("bridge", (x,), Latent(role.model.space, CLEAN), e.span, frame, role=role.ref))


def jvp(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    """`jvp(f(x, t), x = dx, t = dt)`: the derivative of a call along tangents. It has no quantity of its own."""
    if not e.args or not isinstance(e.args[0].value, ast.Call):
        return el.error(
            "type-mismatch", "`jvp` differentiates a call: `jvp(f(x, t), x = dx, t = dt)`", e.span
        )
    inner = el.expression(e.args[0].value, frame)
    tangents = [el.expression(a.value, frame) for a in e.args[1:]]
    if not tangents:
        return el.error("missing-argument", "`jvp` needs a tangent: `x = dx`", e.span)
    if inner.unknown:
        return unknown(e.span)
    type_ = Latent(inner.type.space, None) if isinstance(inner.type, Latent) else inner.type
    names = tuple(a.name for a in e.args[1:])
    return Term(el.value("jvp", (inner, *tangents), type_, e.span, frame, tangents=names))


QUANTITIES = ("clean", "noise", "noisy", "predict", "eps", "velocity", "score")


def claim(el: Elaborator, e: ast.As, term: Term, frame: Frame) -> Term:
    """`expr as clean[S]`: the author's word for what the algebra cannot follow."""
    if term.unknown:
        return term
    kind = e.type.name
    if kind not in QUANTITIES or len(e.type.dims) not in (1, 2):
        near = nearest(kind, QUANTITIES)
        return el.error(
            "type-mismatch",
            "`as` states a quantity: clean[S], noise[S], noisy[S, t], predict[S, t], velocity[S, t]",
            e.type.span,
            help=f"did you mean `{near}`?" if near else "",
        )
    found = space_of(el, e.type.dims[0].value, frame)
    if found is None:
        return unknown(e.span)
    if not isinstance(term.type, Latent):
        return el.error("type-mismatch", f"`as` states what a latent is, and this is {term.type}", e.span)
    space, ref = found
    role = frame.roles.get(ref.name) if ref is not None else frame.family
    role = role or frame.family or el.default_role
    time = Time("symbol", "claim")
    if len(e.type.dims) == 2:
        at = el.as_time(el.expression(e.type.dims[1].value, frame), "`as`", frame, ("b", "t"))
        if at is None:
            return unknown(e.span)
        time = at.time
    elif kind not in ("clean", "noise", "eps") and not (
        kind in ("velocity", "predict") and role is not None and role.process.kind == "flow"
    ):
        return el.error("missing-argument", f"say at which time: `{kind}[S, t]`", e.type.span)
    assert role is not None
    plain = {"clean": CLEAN, "noise": NOISE}.get(kind)
    if plain is not None:
        q = plain
    elif kind == "noisy":
        q = role.process.noisy(time)
    else:
        q = DERIVED[kind](role.process, time)
    el.claims.append(e.span)
    return replace(
        term, value=Value("claim", (term.value,), Latent(space, q), e.span, {}, frame.trace), place=None
    )
