"""What every other room stands on: texts and places in them, diagnostics as data, frozen records, limits, the terminal.

Imports the standard library alone.
Knows nothing of FDL: no syntax, no type, no rule.
"""
