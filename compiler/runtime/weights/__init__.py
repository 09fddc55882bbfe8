"""Roles from checkpoints: where they lie, which class, which adapter, moved and checked.

Imports `runtime.base` and `contracts`.
Knows nothing of losses or of the loop.
"""
