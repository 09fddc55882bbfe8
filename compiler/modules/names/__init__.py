"""The binder: which declaration each name of a file means, read from the syntax alone, for the checker and the editor.

Imports `base`, `syntax`, `types`, `modules.imports` and the table of ops of `stages`.
Knows nothing of types of expressions, of values, or of who asks.
"""
