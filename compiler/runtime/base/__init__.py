"""The run folder, its records, events and settings, errors, signals, where weights lie in memory.

Imports `compiler.base` and `modules.settings`; pydantic for what is read from files and from the checker.
Knows nothing of plans or weights.
"""
