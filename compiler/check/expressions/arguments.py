"""The arguments of a built-in function, by its own parameter names."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...base.diagnostics import Fix, nearest, respelt
from ...base.source import Span
from ...syntax import ast
from ...types.coefficients import Coef
from ...types.coefficients import unknown as unknown_number
from ...types.points import ANY, Support
from ...types.types import Scalar
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.session import Session
from ..core.term import Term
from .operators import as_number

WORDS = frozenset({"per", "over", "axis", "dtype", "norm", "precision"})
"""Arguments that are words, not values."""

_COUNTS = ("no", "one", "two", "three")

Rule = Callable[[Session, ast.Call, Context], Term]
"""Types a call of a built-in function."""


class Arguments:
    """A call's arguments by the built-in's own parameter names."""

    def __init__(
        self,
        session: Session,
        e: ast.Call,
        context: Context,
        names: tuple[str, ...],
        needed: int,
        by_name: int | None = None,
    ) -> None:
        """The first `needed` names must be given; those from `by_name` on are given by name alone."""
        self.session, self.e, self.valid = session, e, True
        self.terms: dict[str, Term] = {}
        self.words: dict[str, ast.Expr] = {}
        assert isinstance(e.func, ast.Name)
        what = e.func.id
        positional = iter(names)
        surplus = False
        for arg in e.args:
            name = arg.name if arg.name is not None else next(positional, None)
            if arg.name is None and name is not None and by_name is not None and names.index(name) >= by_name:
                if not surplus:
                    self._unnamed(what, arg, names[by_name:], by_name)
                surplus = True  # the first one is told
                continue
            if name is None or name not in names:
                if name is None and surplus:
                    continue  # one too many is told, and so are the others
                surplus = surplus or name is None
                near = nearest(name, names) if name else None
                message = (
                    f"`{what}` has no parameter `{name}`"
                    if name
                    else f"`{what}` takes {len(names)} arguments"
                )
                session.error(
                    "unknown-parameter",
                    message,
                    arg.span,
                    help=f"did you mean `{near}`?" if near else f"it takes {', '.join(names)}",
                    fixes=respelt(name or "", near, arg.span),
                )
                self.valid = False
            elif name in WORDS:
                self.words[name] = arg.value
            else:
                self.terms[name] = evaluate(session, arg.value, context)
        for name in names[:needed]:
            if name not in self.terms:
                session.error("missing-argument", f"`{what}` needs `{name}`", e.span)
                self.valid = False
        if any(t.unknown for t in self.terms.values()):
            self.valid = False

    def _unnamed(self, what: str, arg: ast.Arg, names: tuple[str, ...], by_name: int) -> None:
        """A third value of `mse(a, b, 0.1)` may be meant as any option."""
        meant = [n for n in names if n not in WORDS]
        forms = [f"`{n} = {arg.span.text}`" for n in meant]
        self.session.error(
            "unknown-parameter",
            f"`{what}` takes what follows its first {_COUNTS[by_name]} arguments by name",
            arg.span,
            help=f"write {' or '.join(forms)}"
            if len(arg.span.text) <= 40
            else f"it takes {', '.join(names)}",
            fixes=tuple(Fix(f"as `{n}`", arg.span, f"{n} = {arg.span.text}") for n in meant),
        )
        self.valid = False

    def number(self, name: str, default: int | Fraction | None = None) -> Term | None:
        term = self.terms.get(name)
        if term is None or term.unknown:
            return None
        term = as_number(term)
        if not isinstance(term.type, Scalar) or term.type.kind not in ("int", "float"):
            self.session.error("type-mismatch", f"`{name}` is a number, not {term.type}", term.span)
            self.valid = False
            return None
        return term

    def word(self, name: str, known: tuple[str, ...]) -> str | None:
        e = self.words.get(name)
        if e is None:
            return None
        if isinstance(e, ast.Name) and e.id in known:
            return e.id
        near = nearest(e.id, known) if isinstance(e, ast.Name) else None
        self.session.error(
            "bad-setting",
            f"`{name}` is one of {', '.join(known)}"
            if len(known) > 1
            else f"`{name}` may be `{known[0]}` alone",
            e.span,
            help=f"did you mean `{near}`?" if near else "",
            fixes=respelt(e.span.text, near, e.span, closed=True),
        )
        self.valid = False
        return None


def fresh_number(session: Session, span: Span, support: Support = ANY) -> Coef:
    """A number that nothing is known of but where it lies."""
    return unknown_number(f"scalar {span.source.path}:{span.start} #{session.numbers.next()}", support)


def float_of(t: Term, otherwise: float) -> float:
    return float(t.constant) if isinstance(t.constant, (int, Fraction)) else otherwise
