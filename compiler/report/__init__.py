"""Diagnostics and types as people and tools read them: one format a file.

Imports `base`, `program` and `types`.
Finds nothing out by itself: it prints what it is given.
"""
