"""`verify` refuses a plan when the type of any one value is wrong, and every op has a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from at_random import families
from at_random.cases import WHERE
from at_random.choices import Choices, Seeded
from at_random.families import FAMILIES
from at_random.right_programs.programs import program as at_random
from at_random.tree import render
from paths import ACCEPTED
from plans import PROGRAMS, plans
from shipped import later_slow

from fdc.compiler.base.frozen import fields, replace
from fdc.compiler.base.source import Source, Span
from fdc.compiler.driver.pipeline import check, check_source
from fdc.compiler.ir.graph import Array, Fields, Function, Graph, Host, Node, Plan, Results, Type
from fdc.compiler.ir.spec import KINDS, RULES
from fdc.compiler.ir.verify import GraphError, verify
from fdc.compiler.lower.builder import CannotRun
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.optimise import optimise
from fdc.compiler.passes.pass_list import PASSES
from fdc.compiler.types.dims import Dim
from fdc.stages.table import GRAPH_OPS

SPAN = Span(Source("x.fdl", "x"), 0, 1)


def corrupted(array: Array) -> Iterator[Array]:
    """Another dtype, another dim, and one dim less or more."""
    yield replace(array, dtype="f16" if array.dtype != "f16" else "f32")
    yield replace(array, dims=array.dims[:-1] if array.dims else (Dim.of(7),))
    if array.dims:
        yield replace(array, dims=(*array.dims[:-1], array.dims[-1] + Dim.of(1)))


def each_array(value: Any) -> Iterator[tuple[Array, Callable[[Array], Any]]]:
    """Every tensor type in a plan, with how to make the plan that has another in its place."""
    match value:
        case Array():
            yield value, lambda other: other
        case Graph():
            nodes = value.nodes
            for k, node in enumerate(nodes):
                for array, put in each_array(node):
                    yield (
                        array,
                        lambda other, k=k, put=put: value.with_nodes(
                            (*nodes[:k], put(other), *nodes[k + 1 :])
                        ),
                    )
        case tuple():
            for k, part in enumerate(value):
                for array, put in each_array(part):
                    yield array, lambda other, k=k, put=put: (*value[:k], put(other), *value[k + 1 :])
        case Span() | Source():
            return
        case _ if hasattr(value, "__fields__"):
            for name in fields(value):
                for array, put in each_array(getattr(value, name)):
                    yield array, lambda other, name=name, put=put: replace(value, **{name: put(other)})


@pytest.mark.slow
@pytest.mark.parametrize("file", later_slow(PROGRAMS))
def test_every_corrupted_type_is_refused(file: str) -> None:
    for (program, stage), plan in plans(file).items():
        verify(plan)
        count = 0
        for array, put in each_array(plan):
            for other in corrupted(array):
                count += 1
                with pytest.raises(GraphError) as refused:
                    verify(put(other))
                    pytest.fail(f"{program}, {stage}: {array.dtype}{array} as {other.dtype}{other}")
                assert "expected" in str(refused.value) and "found" in str(refused.value)
        assert count > 20


@pytest.mark.parametrize("op", sorted(GRAPH_OPS))
def test_every_op_has_a_rule(op: str) -> None:
    assert op in RULES or GRAPH_OPS[op].kind in KINDS


def test_no_rule_is_left_over() -> None:
    assert set(RULES) <= set(GRAPH_OPS)


@pytest.mark.parametrize("file", later_slow(p for p in PROGRAMS if "dmd2" in p or p == "quickstart.fdl"))
@pytest.mark.parametrize("left_out", [None, *PASSES])
def test_plans_are_valid_between_all_passes(file: str, left_out: str | None) -> None:
    for (_, stage), plan in plans(file).items():
        if stage == "lowered":
            optimise(plan, without={left_out} if left_out else (), verified=True)


@pytest.mark.slow
def test_plans_of_accepted_programs_are_valid() -> None:
    count = 0
    for path in sorted(ACCEPTED.glob("*.fdl")):
        for program in check(path).programs:
            try:
                optimise(lower(program), verified=True)
                count += 1
            except CannotRun:
                continue
            except GraphError as e:
                pytest.fail(f"{path.name}: {e}")
    assert count > 30


@pytest.mark.slow
def test_plans_of_programs_at_random_are_valid() -> None:
    """Their values are of all types; what has no run-time form yet is refused by its own error."""
    count = 0
    for seed in range(90):
        made = at_random(Choices(Seeded(seed)))
        families_by_name = {f.name: f for f in FAMILIES} | {r.family.name: r.family for r in made.roles}

        def read(path: Path, shown: str, known: Any = families_by_name) -> Source:
            return Source(shown, families.text(known[path.stem]))

        for program in check_source(Source(WHERE.name, render(made).text), WHERE, reader=read).programs:
            try:
                optimise(lower(program), verified=True)
                count += 1
            except CannotRun:
                continue
            except GraphError as e:
                pytest.fail(f"seed {seed}: {e}")
    assert count > 5


# single rules

B = Dim.of("b")
LATENT = Array((B, Dim.of(4)))


def node(id: int, op: str, inputs: tuple[int, ...] = (), type: Type = LATENT, **attributes: object) -> Node:
    return Node(id, op, inputs, type, tuple(attributes.items()), (SPAN,))


def plan(
    *nodes: Node,
    outputs: tuple[tuple[str, int], ...] = (),
    parameters: tuple[int, ...] = (),
    kind: str = "sample",
) -> Plan:
    graph = Graph.of(nodes, parameters, outputs)
    return Plan("p", "p.fdl", "", (), (Function("f", kind, graph, SPAN),), Fields((("x", LATENT),)))


BATCH = node(0, "batch", type=Fields((("x", LATENT),)))
X = node(1, "field", (0,), name="x")
LOOP_BODY = Graph.of(
    (node(4, "param", type=Host("int")), node(5, "param"), node(6, "abs", (5,))), (4, 5), (("0", 6),)
)


def loop(body: Graph) -> tuple[Node, ...]:
    counts = (node(2, "const", type=Host("int"), value=0), node(3, "const", type=Host("int"), value=2))
    made = Node(
        7,
        "loop",
        (2, 3, 1),
        Results((LATENT,)),
        (("given", 2), ("items", 0), ("iterable", "range")),
        (SPAN,),
        (),
        "",
        "",
        body,
    )
    return (BATCH, X, *counts, made, node(8, "result", (7,), index=0))


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (plan(node(0, "nothing")), "%0 `nothing`: no such op"),
        (plan(node(0, "add", (0,))), "takes 2 inputs, not 1"),
        (plan(BATCH, node(2, "abs", (1,)), X), "reads %1 before it is there"),
        (plan(node(0, "normal", shape=(4,), scope="sample")), "without a site"),
        (plan(node(0, "loop")), "a body and a loop"),
        (plan(BATCH, outputs=(("x", 4),)), "output `x`"),
        (plan(BATCH, parameters=(3,)), r"parameters \[3\]"),
        (plan(node(0, "param")), "expected a parameter of its function or loop"),
        (
            plan(BATCH, X, node(2, "field", (0,), name="y")),
            r"f: %2 `field`: input 0: expected a record with `y`, found",
        ),
        (plan(BATCH, X, node(2, "add", (0, 1))), r"input 0: expected a tensor or a number, found \{x"),
        (
            plan(BATCH, X, node(2, "abs", (1,), replace(LATENT, dtype="bf16"))),
            r"%2 `abs`: type: expected f32\[b, 4\], found bf16",
        ),
        (plan(BATCH, X, node(2, "stage", (1,), function="g")), "a stage function of the plan, found `g`"),
        (
            plan(BATCH, X, outputs=(("x", 1),), kind="update"),
            r"`x`: expected f32\[\], found f32\[b, 4\]",
        ),
        (
            plan(*loop(replace(LOOP_BODY, parameters=(4,)))),
            "expected 2 parameters and 1 results, found 1 and 1",
        ),
        (
            plan(*loop(replace(LOOP_BODY, outputs=(("0", 4),)))),
            r"result 0 of a round: expected f32\[b, 4\], found int",
        ),
        (plan(BATCH, X, node(2, "result", (1,), index=0)), "expected at least 1 results"),
    ],
)
def test_a_broken_rule_is_named(broken: Plan, why: str) -> None:
    with pytest.raises(GraphError, match=why):
        verify(broken)


def test_ids_are_unique_in_a_function() -> None:
    body = Graph.of(
        (node(4, "param", type=Host("int")), node(5, "param"), node(1, "abs", (5,))), (4, 5), (("0", 1),)
    )
    with pytest.raises(GraphError, match="%1 `abs`: an earlier node has the same id"):
        verify(plan(*loop(body)))


def test_a_sound_loop_is_accepted() -> None:
    verify(plan(*loop(LOOP_BODY)))


def test_equal_names_are_refused() -> None:
    (f,) = plan(BATCH).functions
    with pytest.raises(GraphError, match="same name"):
        verify(replace(plan(BATCH), functions=(f, f)))
