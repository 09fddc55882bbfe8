"""Kernels for chains inside transformer blocks, each with its torch reference and its derivative; their launches.

Imports torch, and Triton by `api.triton`.
Knows no family: a binding asks for them.
"""
