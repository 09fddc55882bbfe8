"""The arguments of a built-in function, by its own parameter names."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ...base.diagnostics import nearest, respelt
from ...base.source import Span
from ...syntax import ast
from ...types.quantity import Coef
from ...types.quantity import unknown as unknown_number
from ...types.types import Scalar
from ..core.context import Frame
from ..core.term import Term
from .operators import as_number

if TYPE_CHECKING:
    from ..elaborator import Elaborator


class Arguments:
    """A call's arguments by the built-in's own parameter names."""

    def __init__(
        self, el: Elaborator, e: ast.Call, frame: Frame, names: tuple[str, ...], needed: int
    ) -> None:
        self.el, self.e, self.fine = el, e, True
        self.terms: dict[str, Term] = {}
        self.words: dict[str, ast.Expr] = {}
        assert isinstance(e.func, ast.Name)
        what = e.func.id
        positional = iter(names)
        for arg in e.args:
            name = arg.name if arg.name is not None else next(positional, None)
            if name is None or name not in names:
                near = nearest(name, names) if name else None
                message = (
                    f"`{what}` has no parameter `{name}`"
                    if name
                    else f"`{what}` takes {len(names)} arguments"
                )
                el.error(
                    "unknown-parameter",
                    message,
                    arg.span,
                    help=f"did you mean `{near}`?" if near else f"it takes {', '.join(names)}",
                    fixes=respelt(name or "", near, arg.span),
                )
                self.fine = False
            elif name in ("per", "axis", "dtype"):
                self.words[name] = arg.value
            else:
                self.terms[name] = el.expression(arg.value, frame)
        for name in names[:needed]:
            if name not in self.terms:
                el.error("missing-argument", f"`{what}` needs `{name}`", e.span)
                self.fine = False
        if any(t.unknown for t in self.terms.values()):
            self.fine = False

    def number(self, name: str, default: int | Fraction | None = None) -> Term | None:
        term = self.terms.get(name)
        if term is None or term.unknown:
            return None
        term = as_number(term)
        if not isinstance(term.type, Scalar) or term.type.kind not in ("int", "float"):
            self.el.error("type-mismatch", f"`{name}` is a number, not {term.type}", term.span)
            self.fine = False
            return None
        return term

    def word(self, name: str, known: tuple[str, ...]) -> str | None:
        e = self.words.get(name)
        if e is None:
            return None
        if isinstance(e, ast.Name) and e.id in known:
            return e.id
        near = nearest(e.id, known) if isinstance(e, ast.Name) else None
        self.el.error(
            "bad-setting",
            f"`{name}` is one of {', '.join(known)}",
            e.span,
            help=f"did you mean `{near}`?" if near else "",
            fixes=respelt(e.span.text, near, e.span, closed=True),
        )
        self.fine = False
        return None


def fresh_number(el: Elaborator, span: Span) -> Coef:
    el.count += 1
    return unknown_number(f"scalar {span.source.path}:{span.start} #{el.count}")


def float_of(t: Term, otherwise: float) -> float:
    return float(t.constant) if isinstance(t.constant, (int, Fraction)) else otherwise
