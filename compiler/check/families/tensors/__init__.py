"""Tensors that a stage makes of others to hand them over: beside each other, in another layout, one for each sample.

Imports `check.core`.
Knows nothing of stages.
"""
