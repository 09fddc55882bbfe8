"""How often each role is updated in a program's steps, and what cannot come about in so few.

These are warnings: a short run, to see whether everything works, is a right program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Label
from ....base.frozen import replace, struct
from ....base.source import Span
from ....program.ops import VALUE
from ....program.schedule import Schedule
from ....program.typed_program import TypedUpdate
from ....syntax import ast
from ..program_state import ProgramState
from .update_conditions import EXCEPT


@struct
class Steps:
    count: int
    place: Span


def check_schedule(state: ProgramState, updates: tuple[TypedUpdate, ...]) -> None:
    """Warns of updates and warm-ups that the number of steps is too small for."""
    train = next((d for d in state.members(ast.SettingsDecl) if d.kind.id == "train"), None)
    if train is None or "train" not in state.blocks:
        return
    place = next((e.span for e in train.entries if e.name == "steps"), train.kind.span)
    steps = state.blocks["train"]["steps"]
    if steps is None:  # so many epochs are known in steps once the data are read
        return
    assert isinstance(steps, int)
    counts = _count_updates(Steps(steps, place), updates, state.bag)
    for role, (_, chosen, d) in state.optimizers.items():
        args = d.optimizer.args if isinstance(d.optimizer, ast.Call) else ()
        at = next((a.span for a in args if a.name == "warmup"), d.span)
        _check_warmup(role, counts.get(role, 0), chosen, at, state.bag)


def _count_updates(steps: Steps, updates: Iterable[TypedUpdate], bag: Bag) -> dict[str, int]:
    """The number of updates of each role; one whose update never runs is reported. Steps count from 1."""
    found: dict[str, int] = {}
    for u in updates:
        runs = u.schedule.count(steps.count)
        for role in u.roles:
            found[role] = found.get(role, 0) + runs
        if runs == 0:
            names = " and ".join(f"`{r}`" for r in u.roles)
            first = _first_run(u.schedule)
            bag.error(
                "never-updated",
                f"{names} {'is' if len(u.roles) == 1 else 'are'} updated {u.schedule.often}, "
                f"and training ends after {steps.count}",
                steps.place,
                f"{steps.count} steps",
                labels=tuple(Label(v.span, f"{word} {VALUE.find(v)}") for word, v in u.conditions),
                help=f"train for {first} steps or more" if first else "no step fits these conditions",
                mild=True,
            )
        else:
            _check_ends(u, steps, bag)
    return found


def _first_run(schedule: Schedule) -> int | None:
    """The first step that the update runs on; None where there is none."""
    first = -(-max(1, schedule.first) // schedule.every) * schedule.every
    # where both it and the next one are excepted, all are
    return next((s for s in (first, first + schedule.every) if schedule.due(s)), None)


def _check_ends(u: TypedUpdate, steps: Steps, bag: Bag) -> None:
    """An `until` after the last step, and an exception that no step meets, change nothing."""
    for word, v in u.conditions:
        n = VALUE.find(v)
        if not isinstance(n, int):
            continue
        late = word == "until" and n > steps.count
        apart = word == EXCEPT and u.schedule.count(steps.count) == replace(u.schedule, excepted=0).count(
            steps.count
        )
        if late or apart:
            bag.error(
                "never-updated",
                f"`{word} {n}` of the update of {' and '.join(f'`{r}`' for r in u.roles)} never comes about: "
                + (f"training ends after {steps.count}" if late else "none of its steps is one of these"),
                v.span,
                "changes nothing",
                labels=(Label(steps.place, f"{steps.count} steps"),),
                help="leave it out, or train for longer" if late else "leave it out",
                mild=True,
            )


def _check_warmup(role: str, updates: int, optimizer: Mapping[str, object], place: Span, bag: Bag) -> None:
    """A warm-up counts the role's own updates; one that outlasts them never reaches the learning rate."""
    warmup = optimizer.get("warmup")
    if isinstance(warmup, int) and 0 < updates < warmup:
        bag.error(
            "bad-setting",
            f"a warm-up over {warmup} updates does not end: `{role}` has {updates}",
            place,
            "counts the role's own updates, not steps",
            help=f"`warmup` is at most {updates} here",
            mild=True,
        )
