"""What a program is for: it trains, or it produces. Settings of the one are read by nothing in the other."""

from __future__ import annotations

from ...base.diagnostics import Label
from ...base.source import Span
from ...syntax import ast
from .program_state import ProgramState

OF_TRAINING = ("train", "validate", "checkpoint")
"""Blocks that only training reads."""


def only_produces(state: ProgramState) -> bool:
    trains = state.members(ast.UseDecl) or state.members(ast.UpdateDecl)
    return bool(state.members(ast.ProduceDecl)) and not trains


def check_purpose(state: ProgramState) -> None:
    products, uses = state.members(ast.ProduceDecl), state.members(ast.UseDecl)
    name = state.declaration.name.id
    if products and uses:
        state.bag.error(
            "bad-setting",
            "a program that uses a method produces nothing",
            products[0].name.span,
            labels=(Label(uses[0].method.span, "it trains by this method"),),
            help=f"produce in a program of its own, whose role has the weights `{name}.ROLE`",
        )
    if not only_produces(state):
        return
    for d in state.members(ast.SettingsDecl):
        if d.kind.id in OF_TRAINING:
            _report_idle(state, d.kind.span, f"`{d.kind.id}`")
    for o in state.members(ast.OptimizeDecl):
        _report_idle(state, o.role.span, f"the optimizer of `{o.role.id}`")
    for role in state.roles.values():
        if role.trainable and role.name not in state.unsure:
            state.bag.error(
                "never-updated",
                f"role `{role.name}` is to be trained, and `{name}` trains nothing",
                role.span,
                "trained here",
                help="remove `train`",
            )


def _report_idle(state: ProgramState, span: Span, what: str) -> None:
    message = f"`{state.declaration.name.id}` produces and trains nothing, so nothing reads {what}"
    state.bag.error("dead-setting", message, span, help="remove it")
