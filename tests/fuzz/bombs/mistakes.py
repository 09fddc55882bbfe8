"""Very many mistakes, each of which is to be told."""

from __future__ import annotations

from fdc.compiler.syntax.lexer import KEYWORDS, PUNCTUATION

from .frames import Bomb, joined, lines, method, program

MISTAKES: dict[str, Bomb] = {
    "unknown names": lambda n: program(lines(n, "z{0} = nothing{0}")),
    "unknown names of one place": lambda n: program(target=f"[{joined(n, 'q{0}')}]"),
    "unknown names among many": lambda n: program(
        lines(n, "some_name_{0} = x0") + "\n" + lines(n, "z{0} = some_nam_{0}")
    ),
    "long unknown names": lambda n: program(lines(min(n, 300), "z{0} = " + "a" * n)),
    "unknown settings": lambda n: program(members=f"train {{ {joined(n, 'step{0} = 1')} }}"),
    "unknown roles": lambda n: program(lines(n, "z{0} = studen{0}.x0(xt, t, c)")),
    "unknown types": lambda n: method(lines(n, "param a{0}: nothing{0} = 1")),
    "unknown members": lambda n: program(lines(n, "z{0} = student.nothing{0}")),
    "names bound twice": lambda n: program(lines(n, "z = x0")),
    "wrong signs": lambda n: program(lines(n, "loss l{0} = mse(student.predict(xt, t, c), x0 - eps)")),
    "wrong times": lambda n: program("s ~ uniform(0, 1)\n" + lines(n, "z{0} = student.predict(xt, s, c)")),
    "unused names": lambda n: program(lines(n, "z{0} = x0")),
    "stops that cut nothing": lambda n: program(
        lines(n, "z{0} = stop(eps)"), target=joined(n, "z{0}", " + ")
    ),
    "claims that are listed": lambda n: program(
        lines(n, "z{0} = (abs(x0) as clean[student])"), target=joined(n, "z{0}", " + ")
    ),
    "broken declarations": lambda n: lines(n, "method m{0}(a) {{ x = }}"),
    "broken members": lambda n: program(lines(n, "z{0} = = x0")),
    "words before a program": lambda n: "word " * n + program(),
    "words at the margin": lambda n: "word\n" * n + program(),
    "semicolons": lambda n: program(lines(n, "z{0} = x0;")),
    "quotes": lambda n: '"' * n,
    "quotes on lines": lambda n: '"\n' * n,
    "straight and curly quotes": lambda n: "“a” " * n,
    "curly quotes left open": lambda n: "“" * n,
    "apostrophes": lambda n: "'" * n,
    "apostrophes left open": lambda n: "'a " * n,
    "letters of another alphabet": lambda n: "é" * n,
    "signs that are none": lambda n: "€ " * n,
    "control characters": lambda n: "\x1b[2J" * n,
    "zeros": lambda n: "\0" * n,
    "zeros on lines": lambda n: "\0\n" * n,
    "escapes that are none": lambda n: program(f'z = "{chr(92)}q"' * n),
    "bad escapes in one string": lambda n: f'import "{chr(92) + "q"}' + f"{chr(92)}q" * n + '"',
    "escaped quotes": lambda n: '"' + chr(92) + '"' + (chr(92) + '"') * n,
    "escaped quotes and a control character": lambda n: '"' + (chr(92) + '"') * n + "\0",
    "quotes of two kinds": lambda n: "'\"" * n,
    "marks on a letter": lambda n: program(target='"' + "e" + "\u0301" * n + '"'),
    "marks on a letter in an unknown name": lambda n: program(target="nothing # " + "e" + "\u0301" * n),
    "wide letters": lambda n: program(target='nothing("' + "中" * n + '")'),
    "tabs": lambda n: program(target="\t" * n + "nothing" + "\t" * n),
    "bad numbers": lambda n: program(lines(n, "z{0} = 1a{0}")),
    "keywords": lambda n: " ".join(list(KEYWORDS) * n),
    "every word": lambda n: " ".join([*KEYWORDS, *PUNCTUATION] * n),
    "import words": lambda n: "import " * n,
    "open programs": lambda n: "program p {\n" * n,
    "open families at the margin": lambda n: "family f {\n" * n,
    "open declarations inside": lambda n: "program p { method m(a) {\n" * n,
    "half a block": lambda n: "program p {\n" + "  update a { x = f(1\n" * n + "}",
    "brackets alone on lines": lambda n: ")\n" * n,
    "half a declaration": lambda n: ("program p { role" + " \n") * n,
}
