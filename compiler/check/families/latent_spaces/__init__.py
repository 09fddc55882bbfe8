"""Latent spaces of a family: their sizes, how a codec makes and normalises them, how they become tokens.

Imports `check.core` and the processes' formulas.
Knows nothing of stages.
"""
