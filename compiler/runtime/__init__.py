"""Runs a plan: torch from here on.

Imports `base`, `modules`, `contracts`, `driver`; not the checker.
Knows no family, method or role by name.
"""
