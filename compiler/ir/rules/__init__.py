"""The typing rules of ops, by what the ops are about; `ir/spec.py` is their table.

Imports `base`, `types`, `stages` and the graph. Knows nothing of passes.
"""
