"""Random numbers as a function of seed, step and site, in numpy, torch and Triton.

Imports numpy, torch and triton.
Holds no state.
"""
