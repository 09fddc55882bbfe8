"""What becomes of each op of a typed program: a file for each subject, and `table`, which gathers their rules.

Imports `lower.lowering`, `program` and `ir`.
Knows nothing of the functions of a module or their order.
"""
