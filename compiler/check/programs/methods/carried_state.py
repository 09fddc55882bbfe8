"""State: what an update makes of it is what the next step begins with."""

from __future__ import annotations

from ....base.diagnostics import Label
from ....types.quantity import Quantity
from ....types.types import Latent, Scalar
from ...core.context import Context
from ...core.lexical_scope import Binding
from ...core.matching.quantity_match import Expected, require
from ...core.matching.type_match import mismatch
from ...core.session import Session
from ...core.term import Term


def check_next(session: Session, name: str, state: Binding, then: Term, context: Context) -> None:
    """Reports a next value that is not what the state holds at the beginning."""
    now = state.term
    if now.unknown or then.unknown:
        return
    label = Label(state.span, "where it begins") if state.span is not None else None
    if isinstance(now.type, Latent) and now.type.quantity is not None:
        held = now.type.quantity
        wanted = Expected(
            now.type.space, held, f"`{name}` of the next step", kind=session.default_kind, because=label
        )
        if require(then, wanted, session, context):
            _check_times(session, name, held, then, label)
        return
    numbers = [t for t in (now.type, then.type) if isinstance(t, Scalar) and t.kind in ("int", "float")]
    if len(numbers) == 2:
        if numbers[0].axes != numbers[1].axes:
            have, want = (
                "one number" if not n.axes else "one for each sample or frame" for n in numbers[::-1]
            )
            session.error(
                "type-mismatch",
                f"`{name}` of the next step is {want}, and this is {have}",
                then.span,
                str(then.type),
                labels=(label,) if label is not None else (),
                help="the next step has other samples: `mean(x)` makes one number of theirs",
            )
        return
    problem = mismatch(now.type, then.type)
    if problem is not None:
        code, words, help = problem
        labels = (label,) if label is not None else ()
        message = f"`{name}` of the next step {words}"
        session.error(code, message, then.span, str(then.type), labels=labels, help=help)


def _check_times(session: Session, name: str, held: Quantity, then: Term, label: Label | None) -> None:
    """What is noisy at a time of this step is not noisy at the time that the next step draws."""
    if any(t.kind == "symbol" and t.key.startswith("draw ") for t in held.times()):
        session.error(
            "time-mismatch",
            f"`{name}` is carried to the next step, which draws its times anew",
            then.span,
            "at a time of this step",
            labels=(label,) if label is not None else (),
            help="carry clean data or noise, and mix them at each step's own time",
        )
