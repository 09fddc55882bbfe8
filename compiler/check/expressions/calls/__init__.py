"""Calls of graphs, stages and roles: their arguments, what comes back, and guidance between two of them.

Imports `check.core` and the rules of plain expressions.
Knows nothing of programs, their roles or settings.
"""
