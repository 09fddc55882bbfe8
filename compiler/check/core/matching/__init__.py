"""Whether a value fits where it stands, and if not, which mistake it is.

Imports `check.core` and `types`.
Knows nothing of the construct that asks.
"""
