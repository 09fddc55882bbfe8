"""Files of several shapes and lengths as one source: which bucket each is of, and the order of batches of one bucket.

Imports `runtime.base`, `runtime.random` and what `runtime.data` shares. Knows nothing of roles or training.
"""
