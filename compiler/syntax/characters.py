"""Which characters no program may hold."""

from __future__ import annotations

CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
"""Characters that are refused, as ranges of a regular expression: control characters, and overrides of the direction of
writing, which make a program read other than it is."""
