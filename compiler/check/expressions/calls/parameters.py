"""Parameters of methods and graphs: their declared types, and whether what is given fits them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....base.diagnostics import Label
from ....base.frozen import replace
from ....syntax import ast
from ....types.quantity import CLEAN, LATENTS, NOISE
from ....types.types import (
    UNKNOWN,
    Distribution,
    Latent,
    Level,
    ListOf,
    Record,
    Scalar,
    Tensor,
    TimeType,
    Tuple,
    Type,
    Unknown,
)
from ...core.annotations import BUILT_IN, DTYPES, MEDIA
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.lexical_scope import Binding
from ...core.method_model import MethodModel
from ...core.notes import Note
from ...core.session import Session
from ...core.suggestions import did_you_mean
from ...core.term import Term, unknown


def fill_params(
    session: Session,
    members: MethodModel,
    given: Mapping[str, Term],
    context: Context,
) -> None:
    """Parameters into scope, with the program's values where it gives some, checked against type or default."""
    for name, p in members.params.items():
        default = (
            evaluate(session, p.default, context) if p.default is not None and name not in given else None
        )
        term = given.get(name, default)
        if term is None:
            term = unknown(p.span)
            if session.complete:
                session.error(
                    "missing-argument",
                    f"`{members.name}` needs a value for `{name}`",
                    session.update.use or p.span,
                    labels=(Label(p.span, "has no default"),),
                )
        elif not term.unknown:
            wanted = p.type
            if wanted is not None:
                problem = type_problem(wanted, term.type)
            elif name in given and p.default is not None:
                with session.bag.silence():
                    model = evaluate(session, p.default, context)
                problem = _unlike(model.type, term.type)
            else:
                problem = None
            if problem is not None:
                meant = wanted if wanted is not None else model.type
                code = "not-a-time" if _times(meant) and _numbers(term.type) else "type-mismatch"
                session.error(
                    code,
                    f"`{name}` is {problem}, and this is {term.type}",
                    term.span,
                    str(term.type),
                    labels=(Label(p.span, "declared here"),),
                    help="`ticks([...])` reads a family's ticks, `sigmas([...])` noise levels"
                    if code == "not-a-time"
                    else "",
                )
                term = unknown(term.span)
        chosen = given[name].span if name in given else p.span
        session.update.chosen |= {chosen} if name in given else set()
        if p.default is not None and name not in given:
            chosen = p.default.span
        context.scope.names[name] = Binding(replace(term, choice=chosen).named(name), p.name.span, used=True)
        if session.notes is not None and not session.bag.muted:
            note = Note(chosen, context.scope.names[name].term, context.scope, session.default_kind, (name,))
            session.notes.chosen.append(note)


def _numbers(t: Type) -> bool:
    return (isinstance(t, Scalar) and t.kind in ("int", "float")) or (
        isinstance(t, ListOf) and isinstance(t.item, Scalar)
    )


def _times(t: ast.AnyType | Type) -> bool:
    """Whether a declared type, or a default's, is a time or a list of times."""
    match t:
        case ast.ListType(item=item) | ListOf(item=item):
            return _times(item)
        case ast.TypeExpr(name="time") | TimeType() | Level():
            return True
        case _:
            return False


PLAIN: Mapping[str, str] = {"int": "a whole number", "bool": "true or false", "str": "a text"}


def type_problem(wanted: ast.AnyType, found: Type) -> str | None:
    """The declared type as a clause that follows "is", if the value has another."""
    match wanted, found:
        case _, Unknown():
            return None
        case ast.ListType(item=item), ListOf(item=inner):
            clause = type_problem(item, inner)
            return f"a list, each entry {clause}" if clause else None
        case ast.ListType(), _:
            return "a list"
        case ast.TupleType(items=items), Tuple(items=inners) if len(items) == len(inners):
            return next((clause for a, b in zip(items, inners) if (clause := type_problem(a, b))), None)
        case ast.TupleType(items=items), _:
            return f"{len(items)} values in brackets"
        case ast.TypeExpr(name="time"), _:
            return None if isinstance(found, (TimeType, Level)) else "a time"
        case ast.TypeExpr(name="float" | "guidance"), _:
            fits = isinstance(found, Level) or (isinstance(found, Scalar) and found.kind in ("int", "float"))
            return None if fits else "a number"
        case ast.TypeExpr(name=name), _ if name in PLAIN:
            return None if isinstance(found, Scalar) and found.kind == name else PLAIN[name]
        case ast.TypeExpr(name=name), _ if name in LATENTS:
            exact = {"clean": CLEAN, "noise": NOISE}.get(name)
            fits = isinstance(found, Latent) and (exact is None or found.quantity == exact)
            return None if fits else f"`{wanted.span.text}`"
        case ast.TypeExpr(name=name), _ if name in MEDIA or name in DTYPES:
            return None if isinstance(found, Tensor) and found.kind == name else f"`{wanted.span.text}`"
        case ast.TypeExpr(name=name), _ if "." not in name:
            return None  # no type is called so, which is reported at its declaration
        case ast.TypeExpr(), Record():
            return None
        case _:
            return f"`{wanted.span.text}`"


def check_types(session: Session, params: Iterable[ast.Param], roles: Iterable[str]) -> None:
    """Every declared type is one of the language, or a record of a role's family: `student.text`."""
    known = set(roles)
    for p in params:
        stack = [p.type]
        while stack:
            match stack.pop():
                case ast.ListType(item=item):
                    stack.append(item)
                case ast.TupleType(items=items):
                    stack.extend(items)
                case ast.TypeExpr(name=name, span=span) if (
                    name not in BUILT_IN and name.partition(".")[0] not in known
                ):
                    help = did_you_mean(name, BUILT_IN, f"the types are {', '.join(BUILT_IN)}")
                    session.error("unknown-name", f"no type is called `{name}`", span, help=help)
                case _:
                    pass


def _unlike(model: Type, found: Type) -> str | None:
    if isinstance(model, Distribution) and isinstance(found, Distribution):
        return (
            None
            if (model.of == found.of or {model.of, found.of} <= {"number", "time"})
            else "another distribution"
        )
    if isinstance(model, Scalar) and isinstance(found, Scalar):
        numbers = ("int", "float")
        return None if model.kind == found.kind or {model.kind, found.kind} <= set(numbers) else str(model)
    return None if type(model) is type(found) or model == UNKNOWN else f"a {model}" if model else None
