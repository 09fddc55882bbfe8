"""Drawings of a program and of what each pass changed.

Imports `program`, `ir` and `passes`.
Knows nothing of runs.
"""
