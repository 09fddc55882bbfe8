"""The way through the rooms: check, compile, keep builds, find inputs, watch.

Imports every room above; `compile` and what is behind it only when it is called.
Knows nothing of the command line.
"""
