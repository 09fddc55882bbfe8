"""Times: lists of them, their distributions, and draws.

Imports `check.core` and the rules of plain expressions.
Knows nothing of calls of roles.
"""
