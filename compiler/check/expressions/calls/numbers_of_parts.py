"""Numbers that a function is given: one for each part of a product of spaces, and shares."""

from __future__ import annotations

from ....base.diagnostics import nearest, respelt
from ....syntax import ast
from ....types.types import ANY_SPACE, Latent
from ...core.context import Context
from ...core.session import Session
from ...core.term import Term
from ..arguments import Arguments
from ..times.levels import is_unit, reach
from ..times.ranges import Ranges


def numbers_of_parts(
    session: Session, a: Arguments, names: tuple[str, ...], given: tuple[str, ...], e: ast.Call
) -> dict[str, Term] | None:
    """A number for each part of a product of spaces, `guide(c, u, video = 3.0, audio = 7.0)`, in the order of the parts.
    `names` are the function's own parameters, the third of which is the number for all parts; `given` those that are
    none of them. None after an error."""
    assert isinstance(e.func, ast.Name)
    what, word = e.func.id, names[2]
    c = a.terms.get("c")
    if c is None or not isinstance(c.type, Latent):
        return None
    space = c.type.space
    parts = given if space.key == ANY_SPACE else tuple(n for n, _ in space.factors)
    wrong = next((n for n in given if n not in parts), None)
    left_out = [n for n in parts if n not in given]
    if wrong is not None:
        known = (*names, *parts)
        near = nearest(wrong, known)
        place = next(g.span for g in e.args if g.name == wrong)
        session.error(
            "unknown-parameter",
            f"`{what}` has no parameter `{wrong}`",
            place,
            help=f"did you mean `{near}`?" if near else f"it takes {', '.join(known)}",
            fixes=respelt(wrong, near, place),
        )
    elif left_out or a.terms.keys() & {word, "extra"}:
        listed = ", ".join(f"`{n}`" for n in left_out)
        sides = ", ".join(names[:2])
        session.error(
            "missing-argument" if left_out else "bad-setting",
            f"`{what}` is given {word}s of parts of `{space}`, and none for {listed}"
            if left_out
            else f"`{what}` takes one {word}, or one for each part, not both",
            e.span,
            help=f"`{what}({sides}, {', '.join(f'{n} = ...' for n in parts)})`",
        )
    else:
        numbers = {n: s for n in parts if (s := a.number(n)) is not None}
        return numbers if len(numbers) == len(parts) else None
    a.valid = False
    return None


def share_of(
    session: Session, given: Term | None, a: Arguments, context: Context, name: str = "rescale"
) -> Term | None:
    """A number in [0, 1], by which a spread is changed."""
    if given is None or (given.constant is None and not session.complete):
        return given
    interval = Ranges(session, session.process_kind(context)).of(given.value)
    if not is_unit(interval):
        session.error(
            "bad-setting",
            f"`{name}` is a share in [0, 1], and this {reach(interval)}",
            given.choice or given.span,
            help="0 leaves the guided prediction as it is, 1 gives it the spread of the conditional side",
        )
        a.valid = False
    return given
