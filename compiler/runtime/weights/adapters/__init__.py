"""Adapters: put into a network's layers, written and read in the layouts of other tools, merged into weights.

Imports `runtime.base` and, where adapters are made, peft.
Knows nothing of roles.
"""
