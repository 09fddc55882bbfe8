"""How each op makes a linear form of the forms of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .....stages.table import OPERATORS, OPS
from ....base.frozen import replace
from ....program.family import UNTRAINED
from ....program.ops import EACH, LAID, NAME, OPTIONS, ROLE, STAGE, TO, ZERO
from ....program.values import Value
from ....types.coefficients import ONE, Time, TooComplex, read
from ....types.coefficients import unknown as unknown_number
from ....types.forms import Call, Form, Key, Live, Route, of_source
from ....types.quantity import CLEAN, NOISE, Quantity
from ....types.types import Batch, Latent, Level, Record, Tensor, TimeType, Unknown
from .known_forms import KnownForms


def form_of(known: KnownForms, root: Value) -> Form | None:
    """The form of a latent; None for what is no mix of data and noise. Each value is looked at once."""
    if not _is_mix(root):
        return None
    stack = [root]
    while stack:
        v = stack[-1]
        if known.found(v) is not None:
            stack.pop()
            continue
        waiting = [a for a in _mixes_below(v) if known.found(a) is None]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        known.put(v, _made(known, v))
    return known.found(root)


def _is_mix(v: Value) -> bool:
    return isinstance(v.type, Latent) and v.type.quantity is not None


def _made(known: KnownForms, v: Value) -> Form:
    rule = RULES.get(OPS[v.op].rule or v.op, _opaque)
    try:
        return rule(known, v)
    except TooComplex:  # it is followed by its quantity alone
        return _opaque(known, v)


def _form(known: KnownForms, v: Value) -> Form:
    found = known.found(v)
    if found is None:  # it is unknown after an earlier error, or while a loop is on trial
        known.put(v, found := of_source(known.source("unknown", True, frozenset(), v)))
    return found


def _quantity(v: Value) -> Quantity:
    assert isinstance(v.type, Latent) and v.type.quantity is not None
    return v.type.quantity


# arithmetic


def _arithmetic(known: KnownForms, v: Value) -> Form:
    a, b = v.args
    mixes = _is_mix(a), _is_mix(b)
    if all(mixes) and v.op == OPERATORS["+"].name:
        return _form(known, a) + _form(known, b)
    if all(mixes) and v.op == OPERATORS["-"].name:
        return _form(known, a) - _form(known, b)
    if all(mixes) or not any(mixes):
        return _opaque(known, v)
    latent, other = (a, b) if mixes[0] else (b, a)
    form = _form(known, latent)
    if isinstance(other.type, Latent):  # a weight for each element: one number, as far as the algebra goes
        k = known.coefficient(other)
        return form.scaled(k, known.roles_through(other))
    if isinstance(other.type, Tensor) or v.op in (OPERATORS["+"].name, OPERATORS["-"].name):
        return form if latent is a else form.scaled(-ONE) if v.op == OPERATORS["-"].name else form
    k = known.coefficient(other)
    return form.scaled(k if v.op == OPERATORS["*"].name else ONE / k, known.roles_through(other))


def _negated(known: KnownForms, v: Value) -> Form:
    return _form(known, v.args[0]).scaled(-ONE)


def _stopped(known: KnownForms, v: Value) -> Form:
    return _form(known, v.args[0]).stopped


def _same(known: KnownForms, v: Value) -> Form:
    return _form(known, v.args[0])


def _guided(known: KnownForms, v: Value) -> Form:
    """u + scale*(c - u), and what a projection, another spread or other lengths make of it: numbers near 1 of a run."""
    c, u = (_form(known, a) for a in v.args[:2])
    scale = known.coefficient(v.args[2])
    form = u + (c - u).scaled(scale)
    given = dict(zip(OPTIONS.of(v), v.args[2:]))
    rescaled = "rescale" in given and known.coefficient(given["rescale"]).constant != 0
    changed = ZERO.of(v) or rescaled or EACH.find(v) is not None
    if scale.constant == 1 or not changed:  # of scale 1 it is the conditional side
        return form
    number = known.numbers.of(v)
    scaling = known.source("scaling", False, form.ancestors, v, ("scaling", number))
    change = Live(unknown_number(f"scaling {number}"), c.roles | u.roles)
    return form + Form({scaling: ONE}, {(scaling, "scaling"): change} if change.roles else {})


def _rescaled(known: KnownForms, v: Value) -> Form:
    """`rescale(x, c, share)`: `x` times a number near 1 that a run computes, which depends on `c`."""
    x, c = (_form(known, a) for a in v.args[:2])
    if all(known.coefficient(a).constant == 0 for a in v.args[2:]):
        return x
    number = known.numbers.of(v)
    scaling = known.source("scaling", False, x.ancestors | c.ancestors, v, ("scaling", number))
    change = Live(unknown_number(f"scaling {number}"), x.roles | c.roles)
    return x + Form({scaling: ONE}, {(scaling, "scaling"): change} if change.roles else {})


def _of_parts(known: KnownForms, v: Value) -> Form:
    """`product(video = x, audio = y)`: what its parts are alike, or known by its quantity alone."""
    first, *others = (_form(known, a) for a in v.args)
    return first if all(o.key == first.key for o in others) else _opaque(known, v)


def _chosen(known: KnownForms, v: Value) -> Form:
    """`select(condition, a, b)`"""
    k = known.switch(v.args[0])
    a, b = (_form(known, x) for x in v.args[1:])
    return a.scaled(k) + b.scaled(ONE - k)


# processes


def _mixed(known: KnownForms, v: Value) -> Form:
    """`noisy(x0, eps, t)`, `target(x0, eps, t)`"""
    x0, eps = (_form(known, a) for a in v.args[:2])
    q = _quantity(v)
    return x0.scaled(q.a) + eps.scaled(q.b)


def _recast(known: KnownForms, v: Value) -> Form:
    here, there = _quantity(v.args[0]), _quantity(v)
    if here.b.is_zero:
        return _form(known, v.args[0]) if here == there else _opaque(known, v)
    return _form(known, v.args[0]).scaled(there.b / here.b)


def _predicted(known: KnownForms, v: Value) -> Form:
    """What a network says, over its input x = A*x0 + B*eps and its clean estimate: V*x0 + W*eps with eps = (x - A*x0)/B."""
    x = next((a for a in v.args if _is_mix(a)), None)
    if x is None:
        return _opaque(known, v)
    fed, said = _quantity(x), _quantity(v)
    form = _form(known, x)
    to = TO.find(v)
    if to is not None and fed.b.constant != 0:
        return _on_the_way(known, v, x, form, to)
    estimate = _estimate(known, v, x, form)
    if said.b.constant == 0:
        return estimate.scaled(said.a)
    if fed.b.is_zero:
        return _opaque(known, v)
    k = said.b / fed.b
    return form.scaled(k) + estimate.scaled(said.a - fed.a * k)


def _on_the_way(known: KnownForms, v: Value, x: Value, form: Form, to: int, derived: bool = False) -> Form:
    """A mean velocity: from the input to latents at the time that the call goes to, of which nothing is known but what they
    are noisy at. So nothing but the whole way leads to one noise."""
    family = known.families.get(ROLE.of(v).name)
    start, end = (_time_of(a) for a in (next(a for a in v.args if _time_of(a)), v.args[to]))
    if family is None or start is None or end is None:
        return _opaque(known, v)
    process, said = family.process, _quantity(v)
    there = process.noisy(end)
    clean = _estimate(known, v, x, form, derived)
    if said == CLEAN:  # the whole way, to where no noise is left
        return clean
    (source,) = clean.shares
    # what is left of the noise does not depend on what the network is told beside its input and the two times
    call = replace(source.call, landed=there.b) if source.call is not None else None
    noise = known.source("landing", False, form.ancestors, v, ("landing", form.key, start, end), call)
    live = {(noise, way): Live(there.b, found.roles) for (_, way), found in clean.live.items()}
    landed = clean.scaled(there.a) + Form({noise: there.b}, live)
    mean = process.on_the_way(start, end)
    slope = ONE / (read("sigma", process.kind, end) - read("sigma", process.kind, start))
    return (landed - form).scaled(slope if said == mean else -slope)


def _time_of(v: Value) -> Time | None:
    return v.type.time if isinstance(v.type, (TimeType, Level)) else None


def _differentiated(known: KnownForms, v: Value) -> Form:
    """The derivative along its path of a call that goes from one time to another: (dx - dt*u)/(t - r), with a `u` of its own,
    since what a network's derivative says is not what the network says."""
    inner, *rest = v.args
    moved, tangents = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    to, x = TO.find(inner), next((a for a in inner.args if _is_mix(a)), None)
    dx = next((t for t in tangents if _is_mix(t)), None)
    dt = next((d for m, d in zip(moved, tangents) if _time_of(m)), None)
    start = next((_time_of(a) for a in inner.args if _time_of(a)), None)
    family = known.families.get(ROLE.of(inner).name) if to is not None else None
    if to is None or x is None or dx is None or dt is None or start is None or family is None:
        return _opaque(known, v)
    end, process = _time_of(inner.args[to]), family.process
    if end is None:
        return _opaque(known, v)
    mean = _on_the_way(known, inner, x, _form(known, x), to, derived=True)
    forwards = _quantity(inner) == process.on_the_way(start, end)
    slope = _form(known, dx) if forwards else _form(known, dx).scaled(-ONE)
    span = read("sigma", process.kind, start) - read("sigma", process.kind, end)
    return (slope - mean.scaled(known.coefficient(dt))).scaled(ONE / span)


def _estimate(known: KnownForms, v: Value, x: Value, form: Form, derived: bool = False) -> Form:
    """The clean latents that a call of a network sees in its input; those that its derivative sees are others."""
    ref = ROLE.of(v)
    others = [a for a in v.args if a is not x and not LAID.find(a)]
    time, until, *_ = (*(a.type.time for a in others if isinstance(a.type, (TimeType, Level))), None, None)
    latents = [f for a in others if (f := known.found(a)) is not None]
    ancestors = form.ancestors.union(*(f.ancestors for f in latents))
    rest = tuple(
        _form_key(known, a)
        for a in others
        if not isinstance(a.type, (TimeType, Level)) or a.type.time != time
    )
    # of a method on its own, what a family publishes has no type yet
    records = [
        a
        for a in others
        if isinstance(a.type, Record) or (a.op == "published" and not isinstance(a.type, Latent))
    ]
    ancestors = ancestors.union(*(_of_record(known, r) for r in records))
    graphs = (known.conditions.get(id(r)) for r in records)
    call = Call(
        ref.name,
        ref.average is not None,
        time,
        tuple(known.numbers.of(r) for r in records),
        frozenset(g[1] for g in graphs if g is not None)
        | {NAME.of(r) for r in records if r.op == "published"},
        form.key,
        form.noise,
        until=until,
    )
    key = ("derivative" if derived else "estimate", ref, form.key, time, rest)
    source = known.source("estimate", True, ancestors, v, key, call, ref.name)
    own = frozenset({ref.name}) if ref.average is None else frozenset[str]()
    roles = own.union(form.roles, *(f.roles for f in latents))
    way = (form.route, *(f.route for f in latents))
    live: dict[Route, Live] = {(source, way): Live(ONE, roles)} if roles else {}
    return Form({source: ONE}, live)


def _form_key(known: KnownForms, v: Value) -> Key | int:
    found = known.found(v)
    return found.key if found is not None else known.numbers.of(v)


# where sources come from


def _drawn(known: KnownForms, v: Value) -> Form:
    q = _quantity(v)
    if q == NOISE:
        return of_source(known.source("draw", False, frozenset(), v, id(v)))
    return _opaque(known, v)


def _field(known: KnownForms, v: Value) -> Form:
    """A latent of the data, or of a record."""
    q, name, of = _quantity(v), NAME.of(v), 0
    row = _row(known, v, name, q.b.constant != 0)
    if v.args and isinstance(v.args[0].type, Record):
        row, of = row | _of_record(known, v.args[0]), known.numbers.of(v.args[0]) + 1
    shares = {}
    for clean, share, kind in ((True, q.a, "datum"), (False, q.b, "draw")):
        if share.constant != 0:
            shares[known.source(kind, clean, row, v, ("field", of, name, clean), name=name)] = share
    return Form(shares)


def _of_record(known: KnownForms, record: Value) -> frozenset[int]:
    """What the latents of a condition and the calls that are given it have in common."""
    return frozenset(
        {known.source("condition", True, frozenset(), record, ("record", known.numbers.of(record))).number}
    )


def _row(known: KnownForms, v: Value, part: str, noise: bool) -> frozenset[int]:
    """What a part of a stored row has in common with others, if latents are stored in it. Noise, and what was made of it,
    belong together; two clips of one row, a better and a worse one, are not made of each other."""
    stack, seen = [v], set[int]()
    while stack:
        x = stack.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        stored = (
            [n for n, t in x.type.fields or () if isinstance(t, Latent)] if isinstance(x.type, Batch) else []
        )
        if stored:
            parts = (*stored, ENCODED) if noise else (part,)
            made = (known.source("row", True, frozenset(), x, ("row", p)) for p in parts)
            return frozenset(s.number for s in made)
        stack.extend(x.args)
    return frozenset()


ENCODED = "what is encoded"
"""The part of a stored row that is no latent yet."""


def _staged(known: KnownForms, v: Value) -> Form:
    """A stage of a family: a network's prediction, data that an encoder makes of the batch, or what is not followed."""
    ref = ROLE.of(v)
    family = known.families.get(ref.name)
    stage = family.stages[STAGE.of(v)] if family is not None else None
    if stage is not None and stage.kind == "denoise":
        return _predicted(known, v)
    if stage is not None and stage.kind in UNTRAINED and _quantity(v) == CLEAN and not ancestors(known, v):
        return _datum(known, v, tuple(known.numbers.of(a) for a in v.args))
    return _opaque(known, v)


def _published(known: KnownForms, v: Value) -> Form:
    """`clean(batch)` of a role whose family is not known."""
    return _datum(known, v, NAME.of(v)) if _quantity(v) == CLEAN else _opaque(known, v)


def _datum(known: KnownForms, v: Value, made_of: object) -> Form:
    """Clean data of the batch: known by its space and field, whatever role is asked."""
    assert isinstance(v.type, Latent)
    source = known.source(
        "datum", True, _row(known, v, ENCODED, False), v, ("datum", v.type.space.key, made_of)
    )
    roles = known.roles_through(v)
    return Form({source: ONE}, {(source, "encoder"): Live(ONE, roles)} if roles else {})


def _bridged(known: KnownForms, v: Value) -> Form:
    source = known.source("datum", True, ancestors(known, v), v, ("bridge", known.numbers.of(v)))
    roles = known.roles_through(v)
    return Form({source: ONE}, {(source, "codec"): Live(ONE, roles)} if roles else {})


def _claimed(known: KnownForms, v: Value) -> Form:
    """What is read elsewhere, or moved by a `jvp`, is what it was; so is what a claim says no other thing of."""
    inner = v.args[0]
    return _form(known, inner) if _is_mix(inner) and _quantity(inner) == _quantity(v) else _opaque(known, v)


def _opaque(known: KnownForms, v: Value) -> Form:
    """What is known by its quantity alone: a clean part and a noise, which descend from all that went in."""
    q = _quantity(v)
    return opaque_form(known, v, q, ancestors(known, v), known.roles_through(v))


def opaque_form(
    known: KnownForms, v: Value, q: Quantity, descent: frozenset[int], roles: frozenset[str]
) -> Form:
    """A form of a new clean part and a new noise, which descend from these sources and carry gradient into these roles."""
    kind = "unknown" if any(isinstance(a.type, Unknown) for a in v.args) else "opaque"
    shares = {}
    if q.a.constant != 0:
        shares[known.source(kind, True, descent, v)] = q.a
    if q.b.constant != 0:
        shares[known.source(kind, False, descent, v)] = q.b
    live: dict[Route, Live] = {(s, "carried"): Live(c, roles) for s, c in shares.items()}
    return Form(shares, live if roles else {})


def ancestors(known: KnownForms, v: Value) -> frozenset[int]:
    """All sources that went into a value, through what is no mix as well."""
    return frozenset[int]().union(*(_form(known, m).ancestors for m in _mixes_below(v)))


def _mixes_below(root: Value) -> list[Value]:
    """The nearest mixes that a value is made of."""
    found: list[Value] = []
    stack, seen = list(root.args), set[int]()
    while stack:
        v = stack.pop()
        if id(v) in seen:
            continue
        seen.add(id(v))
        if _is_mix(v):
            found.append(v)
        else:
            stack.extend(v.args)
    return found


Rule = Callable[[KnownForms, Value], Form]

RULES: Mapping[str, Rule] = {
    "arithmetic": _arithmetic,
    "negation": _negated,
    "stop": _stopped,
    "live": _same,
    "guide": _guided,
    "rescale": _rescaled,
    "product": _of_parts,
    "select": _chosen,
    "mix": _mixed,
    "prediction": _predicted,
    "recast": _recast,
    "bridge": _bridged,
    "same": _claimed,
    "jvp": _differentiated,
    "part": _same,
    "draw": _drawn,
    "field": _field,
    "stage": _staged,
    "published": _published,
}
"""By the rule of an op, or by its name where it has none. What is made by others is known by its quantity alone."""
