"""Text to tokens, tokens to a frozen syntax tree with a span at every node, and back to canonical text (`formatter/`).

Imports `base` and the generated tables of `grammar`.
Knows nothing of types, modules or what a name means.
"""
