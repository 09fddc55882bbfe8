"""Fuzzing of `fdc check` and `fdc fmt`: kinds of inputs, what must hold of each, a corpus of inputs that mattered.

Run by hand, in the folder `tests`: `python -m fuzz --seconds 60 --seed 1`. `python -m fuzz.guided` lets atheris, if it is
installed, look for inputs that reach new lines. `test_fuzz.py` runs a part of all this.
"""
