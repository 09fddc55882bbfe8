"""What losses compare, over the sources of both sides, and the rules about it.

Imports `check.core`.
Knows nothing of syntax.
"""
