"""Dispatch: which function types which node of the syntax tree."""

from __future__ import annotations

from ..base.diagnostic_bag import Bag
from ..syntax import ast
from . import statements
from .core.notes import Notes
from .core.role_binding import RoleBinding
from .core.session import Rules, Session
from .expressions import attributes, batch_parts, conversions, names, operators, sequences
from .expressions.calls import call as calls
from .loops import induction

RULES = Rules(
    expressions={
        ast.Number: names.number,
        ast.String: names.string,
        ast.Bool: names.boolean,
        ast.Name: names.name,
        ast.ListExpr: sequences.list_expr,
        ast.TupleExpr: sequences.tuple_expr,
        ast.Attr: attributes.attribute,
        ast.Index: sequences.index,
        ast.SamplesOf: batch_parts.alone,
        ast.Unary: operators.unary,
        ast.Binary: operators.binary,
        ast.Range: sequences.range,
        ast.As: conversions.claim,
        ast.Call: calls.call,
    },
    statements={
        ast.Bind: statements.bind,
        ast.Draw: statements.draw,
        ast.For: induction.run,
        ast.Assert: statements.check_assert,
        ast.Reveal: statements.reveal,
        ast.Allow: statements.allow,
        ast.Loss: statements.misplaced_loss,
        ast.Log: statements.misplaced_log,
        ast.Return: statements.misplaced_return,
    },
)


def new_session(bag: Bag, default_role: RoleBinding | None, notes: Notes | None = None) -> Session:
    """A session for the check of one program, method or family."""
    return Session(bag, RULES, default_role, notes)
