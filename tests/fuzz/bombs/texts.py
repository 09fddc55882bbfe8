"""Very long words, lines, comments, strings, and texts of one word only."""

from __future__ import annotations

from fdc.compiler.syntax.lexer import KEYWORDS, PUNCTUATION

from .frames import Bomb, around, lines, program

TEXTS: dict[str, Bomb] = {
    "nothing": lambda n: "",
    "blank lines": lambda n: "\n" * n + program(),
    "white space": lambda n: " " * n + program(),
    "line ends of another system": lambda n: program(lines(n, "z{0} = x0")).replace("\n", "\r\n"),
    "carriage returns": lambda n: program("\r" * n),
    "comments": lambda n: "# a\n" * n + program(),
    "a long comment": lambda n: "# " + "a" * n + "\n" + program(),
    "comments everywhere": lambda n: program("# a\n".join(["z = [1"] + [", 1"] * n) + "]"),
    "a long comment in what is mended": lambda n: program(target=f"(x0 # {'a' * n}\n) - eps"),
    "a long comment in what is quoted": lambda n: program(
        members=f"param p = a # {'a' * n}\n . b . c",
        top=f"family f {{ sizes {{ H = (m # {'a' * n}\n) * m }} }}",
    ),
    "a long comment in a name": lambda n: program(members=f"use a # {'a' * n}\n . b(student)"),
    "a long comment in many spans": lambda n: program(
        target=around(90, "nothing(", f"x0 # {'a' * n}\n", ")"),
        members=f"assert {around(90, '[', f'# {n * chr(97)}', ']')}",
    ),
    "doc comments": lambda n: "## a\n" * n + program(),
    "doc comments beside": lambda n: program("".join(f"z{i} = x0 ## a\n" for i in range(n))),
    "hash signs": lambda n: "#" * n + "\n" + program(),
    "a long string": lambda n: program(members=f'role r = mini("{"a" * n}")'),
    "a long string of escapes": lambda n: program(
        members=f'role r = mini("{chr(92) + "n"}{(chr(92) + "n") * n}")'
    ),
    "a long string for a setting": lambda n: program(members=f'checkpoint {{ keep = "{"a" * n}" }}'),
    "a long word for a setting": lambda n: program(members=f"checkpoint {{ keep = {'a' * n} }}"),
    "a long path of an import": lambda n: f'import "./{"a/" * n}a.fdl"\n' + program(),
    "a long path up": lambda n: f'import "{"../" * n}a.fdl"\n' + program(),
    "a long name": lambda n: program(f"{'a' * n} = x0", target="a" * n),
    "a long name of a program": lambda n: f"program {'a' * n} {{ }}",
    "a long name of a library": lambda n: f"import {'a' * n}",
    "a long number": lambda n: program(target="9" * n),
    "a long number with marks": lambda n: program(target="9_9" * n),
    "a long tail of a number": lambda n: program(target="1" + "a" * n),
    "commas": lambda n: program(target="[1" + "," * n + "]"),
    "dots": lambda n: program(target="." * n),
    "one long line": lambda n: program(lines(n, "z{0} = x0")).replace("\n", " "),
    "one long line with a mistake": lambda n: program(lines(n, "z{0} = x0") + " y = nothing").replace(
        "\n", " "
    ),
    "one long line with many mistakes": lambda n: program(lines(n, "z{0} = nothing{0}")).replace("\n", " "),
}

TOKENS: dict[str, Bomb] = {
    **{f"only {word}": (lambda n, word=word: f"{word} " * n) for word in (*KEYWORDS, *PUNCTUATION)},  # type: ignore[misc]
    **{
        f"only {word} in a program": (lambda n, word=word: program(target=f"{word} " * n))
        for word in (*KEYWORDS, *PUNCTUATION)
    },  # type: ignore[misc]
    "only names": lambda n: "a " * n,
    "only numbers": lambda n: "1 " * n,
    "only strings": lambda n: '"" ' * n,
    "only errors": lambda n: "? " * n,
}
