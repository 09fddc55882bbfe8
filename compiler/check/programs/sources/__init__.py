"""Where weights and data of a program come from, and whether they are as the program says.

Imports `check.core`, `contracts` and the state of a program.
Opens no weights.
"""
