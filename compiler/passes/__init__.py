"""Passes, one a file: valid plan in, valid plan out; `pass_list` says their order and what each is for.

Imports `ir`.
Knows nothing of how a plan was made or how it is written out.
"""
