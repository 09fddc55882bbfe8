"""No file of the compiler lists ops: what is to be known of one stands in its entry, and is asked of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest
from paths import ROOT

from fdc.stages.table import OPS

FILES = sorted((ROOT / "compiler").rglob("*.py"))

ALLOWED: Mapping[tuple[str, frozenset[str]], str] = {
    ("check", frozenset({"x0", "eps", "t"})): "what `noisy` and `target` take",
    ("check", frozenset({"select", "concat", "numbers"})): "functions that `by` may call",
    (
        "check",
        frozenset({"noisy", "predict", "ticks", "shift", "range", "schedule", "grid"}),
    ): "settings of a process",
    ("runtime", frozenset({"predict", "shift", "range", "grid"})): "settings of a process",
    ("contracts", frozenset({"param", "sigma"})): "values that differ from sample to sample",
    ("check", frozenset({"x0", "eps"})): "names in a process's formulas",
    ("check", frozenset({"alpha", "sigma"})): "coefficients of the algebra",
    ("check", frozenset({"mean", "std"})): "what `normal` takes",
    ("check", frozenset({"mean", "std", "y"})): "what `log_prob` takes",
    ("runtime", frozenset({"mean", "sum", "max", "min"})): "how the numbers of a batch's parts are joined",
    ("types", frozenset({"min", "max"})): "laws that hold for these two: each is spread over the other",
    (
        "types",
        frozenset({"clean", "noise", "noisy", "predict", "eps", "velocity", "score"}),
    ): "words of types",
    (
        "program",
        frozenset({"noisy", "predict", "target", "x0", "eps", "velocity", "path", "score"}),
    ): "their formulas",
    ("passes", frozenset({"stage", "fused"})): "kinds of functions",
    ("ir", frozenset({"stage", "fused"})): "kinds of functions",
    ("passes", frozenset({"function", "role", "average"})): "attributes of a call",
    ("cli", frozenset({"live", "average"})): "weights of a role",
    ("lsp", frozenset({"and", "or", "as"})): "keywords",
    ("syntax", frozenset({"and", "or", "as"})): "keywords",
    ("lsp", frozenset({"param", "graph", "stage"})): "kinds of declarations",
    ("lsp", frozenset({"role", "param", "graph", "state"})): "kinds of declarations",
    ("modules", frozenset({"param", "graph", "stage"})): "kinds of declarations",
}
"""By folder of `compiler/`: words that are no ops there, a fact about code, and formulas that the table cannot hold."""


def lists(tree: ast.AST) -> Iterator[frozenset[str]]:
    """The collections of two or more op names in a file, most of whose words are ops: tuples, lists, sets, keys of dicts,
    alternatives of a pattern.

    A table from an op to code of its own is none, unless it has two ops that one rule is for: a third with that rule
    would have to be added.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                found = [i.value for i in items if isinstance(i, ast.Constant)]
            case ast.MatchOr(patterns=patterns):
                values = [p.value for p in patterns if isinstance(p, ast.MatchValue)]
                found = [v.value for v in values if isinstance(v, ast.Constant)]
            case ast.Dict(keys=keys, values=values):
                found = [k.value for k in keys if isinstance(k, ast.Constant)]
                own = [v for k, v in zip(keys, values) if k is not None]
                if all(
                    isinstance(v, ast.Name | ast.Attribute | ast.Lambda | ast.Tuple | ast.Call) for v in own
                ):
                    found = sharing(found)
            case _:
                continue
        words = [w for w in found if isinstance(w, str)]
        ops = [w for w in words if w in OPS]
        if len(ops) > 1 and 3 * len(ops) >= 2 * len(words):
            yield frozenset(words)


def sharing(names: list[object]) -> list[object]:
    """Those that have their rule in common with another."""
    rules = [OPS[n].rule for n in names if isinstance(n, str) and n in OPS]
    return [
        n for n in names if isinstance(n, str) and n in OPS and OPS[n].rule and rules.count(OPS[n].rule) > 1
    ]


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ('LOSSES = frozenset({"mse", "l1", "huber"})', {"mse", "l1", "huber"}),
        ('if v.op in ("stage", "cached"): pass', {"stage", "cached"}),
        ('HINTS = {"uniform": "u", "mean": "mean"}', {"uniform", "mean"}),
        ('RULES = {"mse": mean, "l1": mean, "stop": stop}', {"mse", "l1"}),
        ('match op:\n    case "min" | "max": pass', {"min", "max"}),
    ],
)
def test_a_list_is_found(text: str, listed: set[str]) -> None:
    assert list(lists(ast.parse(text))) == [frozenset(listed)]


@pytest.mark.parametrize("text", ['RULES = {"loss": loss, "stop": stop, "select": select}', 'x = ("mse",)'])
def test_what_is_no_list(text: str) -> None:
    assert not list(lists(ast.parse(text)))


def test_the_compiler_lists_no_ops() -> None:
    found = {
        (path.relative_to(ROOT / "compiler").parts[0], names): path
        for path in FILES
        for names in lists(ast.parse(path.read_text("utf-8")))
    }
    new = [f"{found[room, names]}: {sorted(names)}" for room, names in found.keys() - ALLOWED.keys()]
    assert not new, f"facts of ops stand with the ops, in stages/: {new}"
    assert ALLOWED.keys() <= found.keys(), f"allowed, and no longer there: {ALLOWED.keys() - found.keys()}"
