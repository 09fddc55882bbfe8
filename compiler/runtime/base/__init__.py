"""The run folder, its records and events, errors, signals, media files.

Imports `compiler.base`.
Knows nothing of plans or weights.
"""
