"""The rules about what losses compare, one a file; `check_comparisons` is the table of them.

Imports `check.core` and the comparison.
Knows nothing of programs.
"""
