"""Calls out of the graph: components, Python stages, and what the run hands in."""

from __future__ import annotations

from .op import ATOM, Op

OPS = (
    Op("const", "host", 0, "{value}"),
    Op("param", "structure", 0),
    Op("list", "host", None, "[{*}]"),
    Op("tuple", "structure", None, "({*})"),
    Op("item", "structure", 1, "{0}[{index}]", ATOM, (ATOM,)),
    Op("step", "host", 0, "run.step"),
    Op("batch", "structure", 0, "batch"),
    Op("field", "structure", 1, '{0}["{name}"]', ATOM, (ATOM,)),
    Op("fields", "structure", None, "{{{entries}}}"),
    Op("repeat", "structure", 1, "[{0}] * run.batch_size", 6),
    Op("state", "opaque", 0, 'run.state["{name}"]'),
    Op("shared", "opaque", None, 'run.once("{name}", lambda: shared_{name}(run, batch))'),
    Op("constant", "opaque", 0, "{callee}.{read}", differentiable=False),
    Op("component", "opaque", None, "{callee}({arguments})"),
    Op("python", "opaque", None, "checked({callee}({arguments}), {declared}, {what})"),
    Op("stage", "opaque", None, "{function}(run, {*})"),
    Op("batched", "opaque", None, "run.batched({function}, {*})", differentiable=False),
    Op("cached", "opaque", None, "run.cached({call})", differentiable=False),
    Op("loop", "structure", None),
    Op("result", "structure", 1),
    Op("fused", "opaque", None, "{function}(run, {*})"),
    Op("part", "structure", 1),
)
"""`stage` calls one of the module's own functions; `cached` is such a call whose rows are kept on disk,
`batched` several of them at once. `fused`
calls the function of a fused group, and `part` is one of its results."""
