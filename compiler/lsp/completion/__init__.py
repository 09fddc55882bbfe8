"""What may be written at a place.

Imports `lsp`.
Knows nothing of how the editor shows it.
"""
