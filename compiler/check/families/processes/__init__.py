"""The process of a family: its mix, its prediction, its ticks, and the formulas that state them.

Imports `check.core`.
Knows nothing of stages or components.
"""
