"""Programs and methods: roles, data, updates, schedules, settings, what a method requires of its roles.

Imports every other folder of `check`.
Knows nothing of what is emitted or run.
"""
