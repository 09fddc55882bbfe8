"""Every bound on what a check reads and follows, in one place.

They keep the time and memory of a check a function of what somebody wrote. Read as `limits.NAME`, so that a test lowers one.
"""

# texts and files
FILE_BYTES = 4_000_000
FILES = 256
"""Of one program, imports included."""
NAME_CHARACTERS = 100
PATH_CHARACTERS = 4000
FILES_WAITING = 64
"""How many files may wait for one that they import."""
WORDS = 150_000
"""How many words, numbers, signs and comments a file may hold."""
BRACKETS = 200
"""How deep brackets may nest."""
STRING_SEARCH = 2000
"""How far the other mark of a string in marks of another kind is looked for."""
DIGITS = 100
EXPONENT = 200
"""How many digits a number may have, and how large its exponent may be: what it stands for can be computed with."""
EXPRESSION_DEPTH = 100
"""How deep an expression's tree may be, so that what walks it stays far from the interpreter's own limit."""
PARSER_STATES = 2000
"""How many states may wait: signs and powers nest without brackets."""
BROKEN_DECLARATIONS = 250
"""How many broken declarations are reported; those after are not read."""

# what is followed
DIAGNOSTICS = 500
"""How many diagnostics one check gives. A reader starts with the first ones, and each costs time."""
EXPRESSIONS = 12_000
"""How many expressions a check may expand to, beside two for every three words of the files that it reads."""
METHOD_PARENTS = 24
"""How long a chain of methods may be, each of which comes from the next."""
GRAPH_CALLS = 48
"""How deep graphs may call graphs."""
PAIR_VALUES = 100
PAIR_DEPTH = 8
POWER = 16
"""Of a number that is not known: a larger one is not written out."""
COEFFICIENT_KNOWN = 32
"""Nodes in one coefficient that reads no time beyond known levels; a larger one is kept as its values alone."""
COEFFICIENT_FORMULA = 260
"""Nodes in one coefficient beyond which it is kept as its values alone, where no loop rewrites it."""
COEFFICIENT_NODES = 1000
"""Nodes in one coefficient; a larger one is reported by its maker as beyond what can be followed. Programs have dozens."""
SOURCES = 256
"""Of one linear form; what has more is followed by its quantity alone."""
MOVED_COMPARISONS = 64
"""Of how many comparisons in one loss it is found out how the loss moves with them."""
EXCHANGED_NODES = 64
EXCHANGED_TIMES = 64
"""How large a mix is, and how many times are exchanged in it, to find out what might have been meant."""

# dims and families
DIM_TERMS = 64
DIM_DEGREE = 8
DIM_BITS = 128
DIM_POINTS = 512
"""How many values of a polynomial are looked at one by one."""
DIM_COEFFICIENT = 512
"""How large the least coefficient may be where sums of multiples are looked at."""
FAMILY_SIZES = 64
"""How many sizes a family may have. Each is told apart from each other."""
SIZE = 2**31
"""No size, width, count or ratio is above this one."""
SHIFT = 1000

# files beside a program
CONFIG_BYTES = 4_000_000
CONFIGS_BYTES = 8_000_000
"""Of one config, and of all that a check reads."""
HEADER_BYTES = 8_000_000
HEADERS_BYTES = 32_000_000
"""Of the header of one file of weights, and of all that a check reads."""
VARIANTS = 64
"""Of a family with more, those after are not tried for a suggestion."""
MANIFEST_BYTES = 6_000_000
LAYERS = 100_000
"""How many layers or weights a file beside a family may name."""
