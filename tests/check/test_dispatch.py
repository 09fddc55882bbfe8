"""The checker's table of rules is complete, and its own state is not shared between sessions."""

from __future__ import annotations

from typing import get_args

from fdc.compiler.base.diagnostic_bag import Bag
from fdc.compiler.check.elaborator import RULES, new_session
from fdc.compiler.syntax import ast

FAMILIES_ALONE = {ast.MapExpr, ast.Each}
"""Expressions of a family's settings; programs and methods have none."""


def test_every_statement_has_a_rule() -> None:
    assert set(RULES.statements) == set(get_args(ast.Statement))


def test_every_expression_of_a_program_has_a_rule() -> None:
    assert set(RULES.expressions) == set(get_args(ast.Expr)) - FAMILIES_ALONE


def test_sessions_share_nothing() -> None:
    one, other = new_session(Bag(), None), new_session(Bag(), None)
    for part in ("numbers", "reported", "time_lists", "usage", "batch_fields", "update", "sites", "claims"):
        assert getattr(one, part) is not getattr(other, part)
