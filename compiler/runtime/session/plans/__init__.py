"""Emitted modules on their way into a run: found, made, loaded, edited or not.

Imports `driver`, `emit` and `runtime.api`.
Knows nothing of training.
"""
