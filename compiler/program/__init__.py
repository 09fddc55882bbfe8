"""The typed program: what the checker hands to `lower`, with every value, role and setting resolved.

Imports `base`, `syntax` and `types`.
Knows nothing of how it was checked or what is emitted for it.
"""
