"""Loops: what is carried from round to round, and the proof that it keeps its type.

Imports `check.core`.
Knows nothing of programs.
"""
