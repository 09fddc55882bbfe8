"""The language server: the same checks as `fdc check`, by the requests of the protocol.

Imports `driver` and what is above it; pygls only in `server`.
Writes no rule of scope or type a second time.
"""
