"""A program's own blocks: sizes, data, settings, mesh, trackers, optimizers, products.

Imports `check.core`, `check.families` and the program's state.
Knows nothing of methods and their updates.
"""
