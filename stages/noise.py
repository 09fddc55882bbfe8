"""Random draws. Each names its stream: the site, and inside loops the iteration.

A draw has one row a sample, or none at all when it is `per step`: then it is the same on every rank.
"""

from __future__ import annotations

from .op import Op

OPS = (
    Op("normal", "random", None, "run.draws.normal({address})", differentiable=False),
    Op("uniform", "random", None, "run.draws.uniform({address})", differentiable=False),
    Op("noise", "broadcast", None, "run.noise({0}, {shape})", differentiable=False),
    Op("integer", "random", None, "run.draws.integer({address})", host="int(run.draws.integer({address}))"),
)
"""`noise` is `normal` inside a fused group, whose site and iteration are inputs: it is made again in each group
that reads it, the same each time."""
