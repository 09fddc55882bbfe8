"""All that an emitted module may import.

Imports `runtime.base`, `runtime.random` and `runtime.kernels`.
Knows nothing of data, checkpoints or sessions.
"""
