"""Data of several sizes: which sizes there are, and the program checked at each.

Imports what a program's check is made of. Reads no data.
"""
