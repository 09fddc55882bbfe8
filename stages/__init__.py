"""The ops of the language and of the graph, each defined once with every fact of it, and what torch runs for them.

Imports `compiler/base` alone, and torch in functions alone, so that the checker reads the table without it.
Knows no family, method or role, and not how an op is checked, lowered or written out.
"""
