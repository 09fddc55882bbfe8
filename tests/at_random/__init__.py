"""Random programs with an oracle: right ones check clean, and what one random change makes wrong is refused.

`families` are the families that they use, `tree` programs as trees and as text. The room `right_programs` makes programs that
are right, `mutations` change one thing of a program. The room `oracle` runs a program on numbers, and `cases` holds what it
says against what the checker says. `choices` are made by
hypothesis or by a seeded generator. `python -m at_random` measures.
"""
