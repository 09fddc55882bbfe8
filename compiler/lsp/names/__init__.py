"""The names of open files, for hovers, renames and references.

Imports `modules`.
Knows nothing of types.
"""
