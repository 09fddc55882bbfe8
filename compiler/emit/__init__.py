"""A plan to one readable Python module: torch calls, Triton kernels, their references, the map of lines.

Imports `ir` and what `passes.fusion` found.
Knows nothing of the runtime but the names that a module imports from `runtime.api`.
"""
