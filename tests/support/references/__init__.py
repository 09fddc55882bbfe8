"""A file for each family: how diffusers' own classes make and run it at a tiny size. `cases.py` says what a file holds."""
