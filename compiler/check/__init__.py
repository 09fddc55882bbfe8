"""Proves that programs, methods and families fit; one folder for each part of the language.

Imports `base`, `syntax`, `types`, `modules`, `program` and `contracts`; never torch, networkx or pydantic.
Knows no family, method or role by name, and nothing of graphs or runs.
"""
