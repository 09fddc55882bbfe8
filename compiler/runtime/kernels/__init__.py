"""Kernels for chains inside transformer blocks, each with its reference and its derivative.

Imports torch and triton.
Knows no family: a binding asks for them.
"""
