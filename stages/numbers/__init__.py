"""Numbers behind ops: between which two a result lies, decimals of high precision, quantiles of distributions.

Imports nothing of fdc.
Knows no op.
"""
