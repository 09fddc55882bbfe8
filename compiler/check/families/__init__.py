"""What a family declares: components, spaces, sizes, tokens, stages, variants.

Imports `check.core` and `check.expressions`.
Knows nothing of methods or of the programs that use it.
"""
