"""A hash of a plan: what the emitted module is made from, and nothing else."""

from __future__ import annotations

import hashlib

from ..base.source import Source, Span
from ..ir.graph import Graph, Plan, Type


def fingerprint(plan: Plan) -> str:
    """A hash of everything in a plan that its module is made from, the texts that it names lines of included."""
    sources: dict[int, Source] = {}
    types: dict[Type, str] = {}

    def place(span: Span) -> tuple[str, int, int]:
        sources.setdefault(id(span.source), span.source)
        return span.source.path, span.start, span.end

    def shown(type: Type) -> str:
        if type not in types:
            types[type] = repr(type)
        return types[type]

    def graph(g: Graph) -> object:
        return (
            [
                (
                    (n.id, n.op, n.inputs, shown(n.type), n.attributes, n.name, n.hint, n.grad),
                    [place(s) for s in n.spans],
                    [place(s) for s in n.trace],
                    graph(n.body) if n.body is not None else None,
                )
                for n in g.nodes
            ],
            g.parameters,
            g.outputs,
        )

    made = [
        (
            (
                f.name,
                f.kind,
                f.parameters,
                f.about,
                f.roles,
                f.schedule,
                f.numbers,
                f.role,
                f.frozen,
                f.identity,
            ),
            (f.stage, f.stage_kind, place(f.span)),
            graph(f.graph),
        )
        for f in plan.functions
    ]
    texts = sorted((s.path, s.text) for s in sources.values())
    whole = repr((plan.program, plan.path, plan.digest, plan.dims, plan.buckets, plan.training, made, texts))
    return hashlib.sha256(whole.encode()).hexdigest()
