"""A loaded network made ready: its precision, the part of it that trains, what is idle, what its forward keeps.

Imports `runtime.base` and `contracts`.
Knows nothing of where weights came from or of what they are trained for.
"""
