"""Commands of fdc under an audit hook that refuses whatever a check must not do, and notes it.

`python watched.py < commands.json`: each command has `argv`, the working folder `here` and `reads`, the files and folders
that it may open beside fdc's own and the interpreter's. Written to standard output is, for each, its status, what it printed
and what was refused. The hook stands before the first module of fdc is imported.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
import time
from typing import Any

HARMLESS = frozenset(
    {
        *(
            "import",
            "exec",
            "compile",
            "marshal.loads",
            "object.__getattr__",
            "object.__setattr__",
            "code.__new__",
        ),
        *(
            "function.__new__",
            "sys._getframe",
            "builtins.id",
            "glob.glob",
            "glob.glob/2",
            "os.walk",
            "time.sleep",
        ),
        *(
            "pathlib.Path.glob",
            "pathlib.Path.rglob",
            "cpython._PySys_ClearAuditHooks",
            "cpython.PyInterpreterState_Clear",
        ),
    }
)
"""What may happen; `import` is looked at by name, and what opens or lists something by path."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
STANDARD = sys.stdlib_module_names | set(sys.builtin_module_names)
ASKED_FOR = frozenset({"fdc", "org"})
"""Names that may be asked for: `org.python` is another Python's, which the standard library's `copy` looks for."""
ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
OWN = [
    os.path.join(ROOT, folder)
    for folder in ("compiler", "grammar", "families", "programs", "stages", "__init__.py")
]
INTERPRETER = [
    *map(os.path.realpath, {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__)})
]


class Refused(BaseException):
    """Raised where the hook was called, so that nothing happens, and caught by nothing of fdc's."""


class Watch:
    """What is allowed now, and what was refused."""

    def __init__(self, asked_for: frozenset[str] = ASKED_FOR) -> None:
        self.on = False
        self.asked_for = asked_for
        self.reads: list[str] = []
        self.refused: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        why = self.judged(event, args)
        if why:
            self.refused.append(why)
            raise Refused(why)

    def judged(self, event: str, args: tuple[Any, ...]) -> str:
        if event == "open":
            path, mode, flags = args
            if isinstance(path, int):  # opened before, by this same event
                return ""
            writes = bool(flags & WRITING) or (isinstance(mode, str) and set(mode) & set("wax+") != set())
            if writes:
                return f"opens {path!r} to write"
            return "" if self.may_read(path) else f"opens {path!r}"
        if event in ("os.listdir", "os.scandir"):
            may = self.may_read(args[0] or ".") or self.holds_a_program(args[0] or ".")
            return "" if may else f"lists {args[0]!r}"
        if event == "import":
            top = args[0].partition(".")[0]
            return "" if top in STANDARD or top in self.asked_for else f"imports {args[0]}"
        return "" if event in HARMLESS else f"{event} {args!r}"

    def holds_a_program(self, folder: Any) -> bool:
        """The names of files beside a program are looked at where an import is misspelt."""
        where = os.path.realpath(folder)
        return any(os.path.dirname(r) == where for r in self.reads if r.endswith(".fdl"))

    def may_read(self, path: Any) -> bool:
        if path in sys.path:  # where Python looks for packages; an editable install adds what is no folder
            return True
        where = os.path.realpath(os.fsdecode(path))
        return any(
            where == root or where.startswith(root + os.sep) for root in (*OWN, *INTERPRETER, *self.reads)
        )


def main() -> None:
    del sys.path[0]  # this folder: the command `fdc` has none
    asked = json.load(sys.stdin)
    commands, libraries = asked["commands"], asked["libraries"]
    for (
        library
    ) in libraries:  # imported by fdc whatever the program says: what they do is no act of the program's
        importlib.import_module(library)
    watch = Watch(ASKED_FOR | set(libraries))
    before = set(sys.modules)
    sys.addaudithook(watch)
    done = []
    for command in commands:
        os.chdir(command["here"])
        watch.reads, watch.refused = [os.path.realpath(p) for p in command["reads"]], []
        out, errors = io.StringIO(), io.StringIO()
        sys.stdin = io.TextIOWrapper(io.BytesIO(command.get("stdin", "").encode()))
        watch.on = True
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
                status = run(command["argv"])
        finally:
            watch.on = False
        done.append([status, out.getvalue(), errors.getvalue(), watch.refused])
    imported = sorted({m.partition(".")[0] for m in set(sys.modules) - before} - STANDARD)
    json.dump({"done": done, "imported": imported}, sys.stdout)


def run(argv: list[str]) -> int:
    from fdc.compiler.cli.main import main

    if "--watch" in argv:  # one round, then Ctrl-C
        time.sleep = interrupted
    try:
        return main(argv)
    except SystemExit as e:
        return int(e.code or 0)
    except Refused:
        return -1


def interrupted(seconds: float) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
