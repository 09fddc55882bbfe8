"""Which nodes become one kernel, what it computes, and its derivative.

Imports `ir`.
Knows nothing of Triton's text.
"""
