"""Validation while a program trains: its blocks, samples, and losses over held-out data.

Imports the runtime's other rooms, and of this one what prepares a program.
Knows nothing of the loop, which calls it after each step.
"""
