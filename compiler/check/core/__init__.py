"""What every check shares: the session, terms with what is known of them, contexts, models of families and methods.

Imports nothing of the other folders of `check`.
Knows no rule of a single construct.
"""
