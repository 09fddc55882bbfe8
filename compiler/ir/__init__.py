"""The graph: nodes, functions and plans as values, the rule that each op keeps, a printed form, names of values.

Imports `base`, `types` and the ops of `stages`.
Knows nothing of syntax, of the checker or of emitted text.
"""
