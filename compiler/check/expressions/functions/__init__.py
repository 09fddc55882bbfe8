"""Functions of the language by rule: of each element, losses, reductions, stops.

Imports `check.core` and the ops of `stages`.
Lists no op: each names its rule.
"""
