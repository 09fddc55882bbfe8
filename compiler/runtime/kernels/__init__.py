"""Kernels for chains inside transformer blocks, each with its reference and its derivative.

Imports torch, and Triton by `api.triton`.
Knows no family: a binding asks for them.
"""
