"""Data sets: samples by position, the sources that give them, reading ahead, and which weights made them.

Imports `runtime.base` and `contracts`.
Knows nothing of roles.
"""
