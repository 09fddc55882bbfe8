"""The types of FDL: latents as linear forms over draws and data, times, processes, dims (`dims/`), and how they print.

Imports `base` and `syntax`.
Knows nothing of names, families or programs.
"""
