"""The typed program: what the checker gives to `lower`, with every value, role, stage and setting resolved.

Imports `base`, `stages` and `types`.
Knows nothing of syntax, of how it was checked or what is emitted for it.
"""
