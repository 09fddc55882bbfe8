"""Roles and sizes of a program that nothing reads."""

from __future__ import annotations

from ...base.diagnostics import nearest, respelt
from .program_state import ProgramState


def check_unused(state: ProgramState) -> None:
    if state.broken:
        return
    silent = state.unclear
    told = {d.span for d in state.bag.found[state.found_before :] if d.severity == "error"}
    started = {s.get("init") for s in state.role_settings.values()}
    for name, role in state.roles.items():
        if (
            not role.used
            and role.span not in told
            and name not in state.trained
            and name not in started
            and not silent
        ):
            state.bag.error(
                "unused-role",
                f"nothing uses the role `{name}`",
                role.span,
                help="remove it, or pass it to the method",
            )
    state.sizes_read |= {n for n, b in state.outer.names.items() if b.used}
    for name, (_, span) in state.sizes.items():
        if name not in state.sizes_read and name not in state.stands_in and not state.bad_sizes:
            near = nearest(name, state.sizes_read)
            state.bag.error(
                "dead-setting",
                f"no family or data field reads the size `{name}`",
                span,
                "never read",
                help=f"did you mean `{near}`?" if near else "remove it",
                fixes=respelt(name, near, span),
            )
