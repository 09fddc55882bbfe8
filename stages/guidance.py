"""Classifier-free guidance as a mix of its two inputs."""

from __future__ import annotations

STEPS = (("sub", "c", "u"), ("mul", "scale", 0), ("add", "u", 1))
"""`guide(c, u, scale)` = u + scale*(c - u), step by step; a number is the result of that step.

Ho and Salimans, "Classifier-free diffusion guidance" (2022), with scale = 1 the conditional call alone.
"""
