"""Random numbers as a function of seed, step and site, in numpy and torch (in kernels: `api.kernel_draws`).

Imports numpy and torch.
Holds no state.
"""
