"""All that an emitted module may import beside torch and `fdc.stages`.

Imports `runtime.base`, `runtime.random`, and of the compiler only `emit.source_map` and `base`.
Knows nothing of data, checkpoints or sessions.
"""
