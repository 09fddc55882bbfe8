"""What a role's network says, and what its process makes of it: predictions at a time and between two, noise that is given.

Imports `check/core` and `types`, and the calls of stages.
Knows nothing of graphs, losses or programs.
"""
