"""The updates of a method or program, expanded for its roles."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.diagnostics import Label
from ....base.frozen import replace, struct
from ....base.source import Span
from ....program.typed_program import TypedState, TypedUpdate
from ....program.values import Value
from ....syntax import ast
from ....types.coefficients import unknown as unknown_number
from ....types.dims import Dim
from ....types.points import POSITIVE
from ....types.types import Batch, Scalar
from ...comparisons.asked_roles import asked_in, roles_in
from ...comparisons.check_comparisons import aside, check_comparisons, check_each, untouched
from ...comparisons.comparison import Comparison, comparisons_of
from ...comparisons.gradient import roles_reached, why_none
from ...comparisons.rules import head_times, score_sign, unfitted_role
from ...comparisons.rules.unfitted_role import UpdateCalls
from ...core.context import Context, Shared
from ...core.evaluate import check_statement, evaluate
from ...core.lexical_scope import Binding, LexicalScope
from ...core.method_model import MethodModel
from ...core.role_binding import RoleBinding
from ...core.session import Session, unknown_name
from ...core.term import Term
from ...expressions.batch_means import check_means, of_whole_batch
from ...expressions.calls.parameters import check_types, fill_params
from ...expressions.operators import as_number
from .carried_state import check_next, check_read, check_written_once, held
from .outlines import outline
from .update_conditions import check_conditions


@struct
class CheckedUpdates:
    updates: tuple[TypedUpdate, ...]
    shared: tuple[tuple[str, Value], ...]
    states: tuple[TypedState, ...]
    context: Context


def expand_updates(
    session: Session,
    members: MethodModel,
    roles: Mapping[str, RoleBinding],
    batch: Batch,
    given: Mapping[str, Term],
    outer: LexicalScope | None = None,
    *,
    knows_families: bool = False,
) -> CheckedUpdates:
    """Expands every update of a method with its roles bound."""
    scope = LexicalScope({}, outer, fixed=True)
    errors = len(session.bag.found)
    span = members.span
    scope.names["batch"] = Binding(Term(Value("batch", (), batch, span, {}, (), "batch")), None, used=True)
    step = Value("step", (), Scalar("int"), span, {}, (), "step")
    count = session.numbers.whole("step", Dim.of(1), Dim.of(session.update.steps))
    session.numbers.is_whole(step, count)
    scope.names["step"] = Binding(
        Term(step, coef=unknown_number("step", POSITIVE), dim=count), None, used=True
    )
    shared = Shared(members.shared)
    session.update.changed = members.changed
    session.update.shared = frozenset(members.shared)
    updated = (r.id for u in members.updates.values() for r in u.roles)
    session.update.updated = frozenset(roles[r].name for r in updated if r in roles)
    context = Context(scope, members.graphs, roles, shared=shared, knows_families=knows_families)
    graphs = (p for g in members.graphs.values() for p in g.params)
    check_types(session, (*members.params.values(), *graphs), (*roles, *(outer.names if outer else ())))
    fill_params(session, members, given, context)
    states = []
    for name, d in members.states.items():
        term = evaluate(session, d.value, context)
        scope.names[name] = Binding(held(term, name, d), d.name.span)
        states.append(TypedState(name, term.value, d.span))
        session.update.states.add(name)
    for a in members.asserts:
        check_statement(session, a, context)
    written: dict[str, Span] = {}
    calls: list[UpdateCalls] = []
    found = [_update(session, u, roles, context, written, calls) for u in members.updates.values()]
    updates = tuple(u for u in found if u is not None)
    for name in members.shared:
        if name not in shared.terms:
            evaluate(session, ast.Name(members.shared[name].span, name), context)
    if len(updates) == len(found) and not session.bag.errors_since(errors):
        unfitted_role.check(session, calls)
        check_read(session, members.states, updates)
    return CheckedUpdates(updates, tuple(shared.order), tuple(states), context)


def _update(
    session: Session,
    d: ast.UpdateDecl,
    roles: Mapping[str, RoleBinding],
    context: Context,
    written: dict[str, Span],
    calls: list[UpdateCalls],
) -> TypedUpdate | None:
    """`written` are the states that an update writes, by the places where it does; `calls`, what updates ask."""
    bound: list[RoleBinding] = []
    for r in d.roles:
        role = roles.get(r.id)
        lost = context.scope.find(r.id) if role is None else None
        if role is None and lost is not None and lost.term.unknown:
            continue  # a role with an error of its own
        if role is None:
            unknown_name(session, r.id, r.span, list(roles), f"`{r.id}` is not a role here")
        else:
            bound.append(role)
    name = "_".join(r.id for r in d.roles)
    conditions = check_conditions(session, d, context)
    scope = LexicalScope({}, context.scope)
    session.update.trained = frozenset(r.name for r in bound)
    session.update.body = scope
    inner = replace(context, scope=scope, site=(name,), home=context)
    numbers: dict[type, list[tuple[str, Value]]] = {ast.Loss: [], ast.Log: []}
    named: dict[str, Span] = {}
    errors = len(session.bag.found)
    valid = True
    for s in d.body:
        if isinstance(s, (ast.Loss, ast.Log)):
            value = _number(session, s, named, inner)
            valid = valid and value is not None
            if value is not None:
                numbers[type(s)].append((s.name.id, value))
        else:
            check_statement(session, s, inner)
    losses, logs = numbers[ast.Loss], numbers[ast.Log]
    states = []
    for bound_name, binding in scope.names.items():
        if bound_name in session.update.states:
            binding.used = True
            if binding.span is not None:
                check_written_once(session, bound_name, binding.span, written)
            check_next(session, bound_name, context.scope.names[bound_name], binding.term, inner)
            states.append((bound_name, of_whole_batch(binding.term.value)))
    if session.notes is not None:
        roles_here = tuple(r.name for r in bound)
        session.notes.outlines.append(outline(d, roles_here, losses, logs, conditions.schedule.often, scope))
    session.usage.add(scope)
    session.update.trained = frozenset()
    session.update.body = None
    if not any(isinstance(s, ast.Loss) for s in d.body):
        session.error("missing-argument", "an update ends in a loss", d.span, help="`loss NAME = expr`")
        valid = False
    trained = frozenset(r.name for r in bound)
    if bound:
        places = [e.span for e in session.bag.found[errors:] if e.severity == "error"]
        compared = (
            _check_gradients(session, d, bound, losses, untouched(losses, places))
            if valid
            else [c for loss, v in losses for c in comparisons_of(session, loss, v, trained)]
        )
        places = [e.span for e in session.bag.found[errors:] if e.severity == "error"]
        if not valid or places:  # a mistake in what a loss does not read is none of its own
            apart = all(d.span.covers(p) for p in places)
            sound = untouched(losses, places) & aside(d, places) if apart else frozenset[str]()
            check_each(session, [c for c in compared if c.loss in sound])
            score_sign.check(session, [(n, v) for n, v in losses if n in sound], trained)
        else:
            check_comparisons(session, losses, compared)
            score_sign.check(session, losses, trained)
            head_times.check(session, [v for _, v in losses])
            calls.append(
                UpdateCalls(
                    trained,
                    tuple(asked_in(session, (v for _, v in losses))),
                    d.roles[0].span,
                    roles_in(v for _, v in (*losses, *logs, *states)),
                )
            )
    if valid and not session.bag.errors_since(errors):
        check_means(session, [v for _, v in (*losses, *logs, *states)])
    if not valid:
        return None
    return TypedUpdate(
        name,
        tuple(r.name for r in bound),
        conditions.schedule,
        tuple(losses),
        d.span,
        conditions.values,
        tuple(logs),
        tuple(states),
    )


def _number(
    session: Session, s: ast.Loss | ast.Log, named: dict[str, Span], context: Context
) -> Value | None:
    """What a `loss` or a `log` is; None if that is wrong."""
    word = "loss" if isinstance(s, ast.Loss) else "log"
    term = as_number(evaluate(session, s.value, context))
    if s.name.id in named:
        session.error(
            "duplicate-name",
            f"two losses of this update are called `{s.name.id}`"
            if word == "loss"
            else f"two numbers of this update are logged as `{s.name.id}`",
            s.name.span,
            labels=(Label(named[s.name.id], "the first"),),
            help="give it a name of its own, under which it is logged",
        )
    named.setdefault(s.name.id, s.name.span)
    if term.unknown:
        if session.complete and not session.bag.errors_since(0):
            session.error(
                "not-run-yet",
                f"what this {word} is made of is not followed",
                s.value.span,
                help="loops carry numbers, times, latents, and tuples of them",
            )
        return None
    if not isinstance(term.type, Scalar) or term.type.kind not in ("int", "float"):
        session.error(
            "type-mismatch",
            f"a loss is a number, and this is {term.type}"
            if word == "loss"
            else f"what is logged is a number, and this is {term.type}",
            s.value.span,
            help="`mse(a, b)`, `huber(a, b)` or `mean(x)` make one of it",
        )
        return None
    return term.value


def _check_gradients(
    session: Session,
    d: ast.UpdateDecl,
    bound: list[RoleBinding],
    losses: list[tuple[str, Value]],
    sound: frozenset[str],
) -> list[Comparison]:
    """Reports losses that train nothing; gives what the others compare. Of a loss that is not sound, another mistake may be
    what cuts off the gradient."""
    trained = frozenset(r.name for r in bound)
    compared = {name: comparisons_of(session, name, v, trained) for name, v in losses}
    found = {name: roles_reached(session, v, compared[name]) for name, v in losses}
    spans = {s.name.id: s for s in d.body if isinstance(s, ast.Loss)}
    for role in bound:
        cut = len(sound) < len(found)
        if role.trainable and not cut and not any(role.name in roles for roles in found.values()):
            name = losses[-1][0]
            others = sorted(frozenset().union(*found.values()))
            session.error(
                "no-gradient",
                f"this update trains `{role.name}`, and no gradient of its losses reaches `{role.name}`",
                spans[name].span,
                f"reaches {', '.join(f'`{o}`' for o in others)}"
                if others
                else "reaches no role's parameters",
                labels=(
                    Label(d.span, "the update")
                    if d.span.line != spans[name].span.line
                    else Label(d.roles[0].span, "the update"),
                ),
                help=why_none([c for name, _ in losses for c in compared[name]])
                or "a `stop(...)` may cut it off, or another role was meant",
            )
    names = {r.name for r in bound}
    for name, roles in found.items():
        if name in sound and not roles & names and any(r & names for r in found.values()):
            place = spans[name].span
            session.error(
                "constant-loss",
                f"no gradient of `{name}` reaches a role of this update",
                place,
                "changes nothing",
                labels=(Label(d.roles[0].span, "what the update trains"),),
                help=why_none(compared[name]) or "remove it, or a `stop(...)` that cuts it off",
            )
            # a stop in this loss is no second finding
            inside = [
                s
                for s in session.usage.stops
                if s.source is place.source and place.start <= s.start < place.end
            ]
            session.usage.stops.update(dict.fromkeys(inside, False))

    return [c for name, _ in losses if found[name] & names for c in compared[name]]
