"""Optimizers of other libraries and of torch, each made from its settings, and learning rates.

Imports torch, and a library where one of its optimizers is made.
Knows nothing of steps, losses or checkpoints.
"""
