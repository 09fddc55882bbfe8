"""The command line: one command a file, each importing what it needs when it is called.

Imports `driver` and `report`; the runtime inside the commands that run.
Holds no rule of the language.
"""
