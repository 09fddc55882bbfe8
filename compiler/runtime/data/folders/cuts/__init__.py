"""Cuts of an item's files: which frames and samples of sound, and their tensors.

Imports `runtime.base`, `runtime.random` and the items.
Knows nothing of orders and epochs.
"""
