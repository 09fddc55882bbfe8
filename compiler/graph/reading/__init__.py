"""From a function of a plan, or a typed program, to cards and edges.

Imports `program`, `types` and `ir`.
Knows nothing of how they are drawn.
"""
