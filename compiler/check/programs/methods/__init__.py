"""Methods: their members, their use in a program, their updates, and what these require of roles and steps.

Imports `check.core`, `check.expressions` and the program's state.
Knows nothing of settings blocks.
"""
