"""Files and their imports, which declaration a name means, settings and what replaces them on the command line.

Imports `base`, `syntax`, `types` and the table of ops of `stages`.
Knows nothing of how an expression is typed.
"""
