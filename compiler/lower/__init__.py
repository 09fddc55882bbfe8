"""The typed program to a plan: one graph for each function of the emitted module.

Imports `program` and `ir`.
Knows nothing of syntax, of the checker or of torch.
"""
