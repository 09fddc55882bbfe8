"""What each latent of a program is made of.

Imports types and the values of programs.
Knows nothing of syntax.
"""
