"""Roles from checkpoints or seeds: where weights are, the class of each component, precision, adapters.

Imports `runtime.base` and `contracts`.
Knows nothing of losses or of the loop.
"""
