"""One run from its program to its end: prepare, train, validate, produce, export.

Imports the rest of `runtime` and `driver`.
Knows nothing of the command line's options.
"""
