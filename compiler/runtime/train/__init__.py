"""Training: one step, the loop, optimizers, averages, checkpoints and resuming from them, samples for validation.

Imports `runtime.api`, `runtime.base` and `runtime.weights`.
Knows nothing of commands.
"""
