"""The training loop: gradients, clipping, optimizers, averages, checkpoints, validation.

Imports `runtime.api`, `runtime.base` and `runtime.weights`.
Knows nothing of commands.
"""
