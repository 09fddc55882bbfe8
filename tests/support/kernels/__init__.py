"""Kernels in tests: groups of ops to fuse, their values in float64, Triton's interpreter, compiling ahead of time."""
