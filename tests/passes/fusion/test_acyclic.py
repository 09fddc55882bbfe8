"""Groups are drawn together without a cycle, whatever calls stand between their members."""

from __future__ import annotations

from fdc.compiler.base.source import Source, Span
from fdc.compiler.ir.graph import Array, Fields, Function, Graph, Node, Plan, Type
from fdc.compiler.ir.verify import verify
from fdc.compiler.passes.fusion.fuse import fuse
from fdc.compiler.types.dims import Dim

SPAN = Span(Source("x.fdl", "x"), 0, 1)
LATENT = Array((Dim.of("b"), Dim.of(4), Dim.of(4)))
BATCH = Fields((("z", LATENT), ("w", LATENT)))


def node(id: int, op: str, *inputs: int, type: Type = LATENT, **attributes: object) -> Node:
    return Node(id, op, inputs, type, tuple(sorted(attributes.items())), (SPAN,), grad="free")


def call(id: int, input: int) -> Node:
    return node(id, "stage", input, function="net", role="r", average=None, stage="net", kind="decode")


def plan(*nodes: Node, outputs: tuple[int, ...]) -> Plan:
    body = Graph.of(
        [
            node(0, "param", spread=False),
            node(1, "component", 0, callee="run.r.net", names=("x",), nested=False),
        ],
        (0,),
        [("", 1)],
    )
    net = Function(
        "net", "stage", body, SPAN, ("x",), role=("r", None), stage="net", types=(LATENT,), result=LATENT
    )
    graph = Graph.of(nodes, (), [(f"o{i}", i) for i in outputs])
    return Plan("p", "p.fdl", "", (), (net, Function("produce_o", "produce", graph, SPAN)), BATCH)


def test_two_groups_that_would_wait_for_each_other() -> None:
    """Each pair reads one latent and has no path of its own that leaves and comes back; through the other pair it has."""
    crossed = plan(
        node(0, "batch", type=BATCH),
        node(1, "field", 0, name="z"),
        node(2, "field", 0, name="w"),
        node(3, "mul", 1, 1),
        node(4, "mul", 2, 2),
        call(5, 3),
        call(6, 4),
        node(7, "mul", 1, 6),
        node(8, "mul", 2, 5),
        outputs=(7, 8),
    )
    verify(crossed)
    found = fuse(crossed)
    verify(found.plan)
    assert "what lies between them is not in the kernel" in {w.reason for w in found.refused}
