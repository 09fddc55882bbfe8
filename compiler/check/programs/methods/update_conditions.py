"""When an update runs: `every N except every M from A until B`, whole numbers that are known before training."""

from __future__ import annotations

from ....base.frozen import struct
from ....program.schedule import Schedule
from ....program.values import Value
from ....syntax import ast
from ....types.types import Scalar
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.session import Session

EXCEPT = "except every"
"""Under which word its value stands among those that are stated."""


@struct
class Conditions:
    """`values` are those of the conditions that the update states, by their words."""

    schedule: Schedule
    values: tuple[tuple[str, Value], ...]


def check_conditions(session: Session, d: ast.UpdateDecl, context: Context) -> Conditions:
    """An update's conditions; what is wrong or not known yet counts as not written."""
    found: dict[str, int] = {}
    values = []
    stated = (("every", d.every), (EXCEPT, d.excepted), ("from", d.start), ("until", d.end))
    for word, e in stated:
        if e is None:
            continue
        term = evaluate(session, e, context)
        values.append((word, term.value))
        n = term.constant
        if isinstance(n, int) and not isinstance(n, bool) and n >= 1:
            found[word] = n
            continue
        known = n is not None or not isinstance(term.type, Scalar) or session.complete
        if not term.unknown and known:
            session.error(
                "bad-setting",
                f"`{word}` is a whole number of steps, 1 or more",
                term.choice or e.span,
                str(n) if n is not None else str(term.type),
            )
    schedule = Schedule(found.get("every", 1), found.get(EXCEPT, 0), found.get("from", 1), found.get("until"))
    return Conditions(schedule, tuple(values))
