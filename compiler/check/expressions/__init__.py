"""How each kind of expression is typed: operators, calls of stages, roles and graphs, distributions, gradients.

Imports `check.core`.
Knows nothing of programs, their roles or settings.
"""
