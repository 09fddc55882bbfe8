"""Data sets: reading, ordering, prefetching, shards, and where each item came from.

Imports `runtime.base` and `contracts`.
Knows nothing of roles.
"""
