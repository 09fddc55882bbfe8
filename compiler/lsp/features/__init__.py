"""What editors ask for: hovers, hints, edits on offer, definitions, references, renames, outlines, signatures.

Imports `lsp`, `driver` and `modules`.
Knows nothing of the protocol's transport.
"""
