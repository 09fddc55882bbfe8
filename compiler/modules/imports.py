"""Files, imports and names: from one path to the table of every declaration that the program can reach.

Only regular `.fdl` files are read; nothing is imported or run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from ..base import limits
from ..base.diagnostics import Diagnostic, Fix, Label, nearest, respelt
from ..base.frozen import field, mutable, struct
from ..base.source import NotAFile, Source, Span, contents
from ..syntax import ast
from ..syntax.parser import parse

PACKAGE = Path(__file__).resolve().parents[2]
_DECLARED = r"(?m)^[ \t]*(?:family|method|program|space|process|record)[ \t]+(\w+)"

_IMPORTED = r"(?m)^[ \t]*(?:from|import)[ \t].*"


class Unreadable(Exception):
    """A file that cannot be read, with why in plain words."""


@mutable
class Module:
    """One file with its names. `names` maps to declarations of this file or, through imports, of others."""

    path: Path
    source: Source
    file: ast.File
    built_in: bool
    names: dict[str, Named] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Names whose declaration or import has an error of its own: what uses them says nothing more."""

    @property
    def stem(self) -> str:
        return self.path.stem

    def own(self) -> Iterator[Definition]:
        for d in self.file.declarations:
            if not isinstance(d, ast.Import):
                yield Definition(d, self)

    @cached_property
    def public(self) -> Mapping[str, Definition]:
        """What another file may name: its declarations, and the spaces, processes and records of its families."""
        own = list(self.own())
        inside = (
            Definition(member, self, d.declaration)
            for d in own
            if isinstance(d.declaration, ast.FamilyDecl)
            for member in d.declaration.members
            if isinstance(member, (ast.SpaceDecl, ast.ProcessDecl, ast.RecordDecl))
        )
        found: dict[str, Definition] = {}
        for d in (*own, *inside):
            found.setdefault(d.name, d)
        return found


@struct
class Definition:
    """A declaration and the file that it stands in; `family` is the family around a nested one."""

    declaration: (
        ast.SpaceDecl | ast.ProcessDecl | ast.RecordDecl | ast.FamilyDecl | ast.MethodDecl | ast.ProgramDecl
    )
    module: Module = field(compare=False, repr=False)
    family: ast.FamilyDecl | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.declaration.name.id

    @property
    def key(self) -> str:
        """Names this declaration among all files."""
        inside = f"{self.family.name.id}." if self.family else ""
        return f"{self.module.path}::{inside}{self.name}"


@struct
class Namespace:
    """An imported file under a name."""

    module: Module = field(compare=False, repr=False)
    name: str

    @property
    def default(self) -> Definition | None:
        """What the bare name means: the declaration of that name, else the file's only family or method."""
        public = [d for d in self.module.own() if isinstance(d.declaration, (ast.FamilyDecl, ast.MethodDecl))]
        for d in public:
            if d.name in (self.name, self.module.stem):
                return d
        return public[0] if len(public) == 1 else None


Named = Definition | Namespace


@struct
class Resolved:
    """The main module, every module reached, and what went wrong on the way."""

    main: Module
    modules: tuple[Module, ...]
    diagnostics: tuple[Diagnostic, ...]


def read(path: Path, shown: str) -> Source:
    """Read a source file; raises `Unreadable`."""
    try:
        data = contents(path, limits.FILE_BYTES + 1)
    except NotAFile:
        raise Unreadable(f"`{shown}` is not a regular file") from None
    except FileNotFoundError:
        raise Unreadable(f"there is no file `{shown}`") from None
    except (OSError, ValueError) as e:
        raise Unreadable(f"`{shown}` cannot be read: {getattr(e, 'strerror', None) or e}") from None
    return Source(shown, decoded(data, shown), Path(path).resolve())


def decoded(data: bytes, shown: str) -> str:
    """A file's bytes as text; raises `Unreadable`."""
    if len(data) > limits.FILE_BYTES:
        raise Unreadable(f"`{shown}` is too long; a program may hold {limits.FILE_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data[: e.start].count(b"\n") + 1
        raise Unreadable(f"`{shown}` is not UTF-8 text (byte {e.start}, line {line})") from None


def parsed(source: Source) -> tuple[ast.File, tuple[Diagnostic, ...]]:
    """As `parse`, once for each source: an editor asks for the same files at every keystroke."""
    if "parsed" not in source.kept:
        source.kept["parsed"] = parse(source)
    found: tuple[ast.File, tuple[Diagnostic, ...]] = source.kept["parsed"]
    return found


Reader = Callable[[Path, str], Source]
"""Gives the text of a path, under the name to show; raises `Unreadable`. An editor's holds texts not yet saved."""


def resolve(source: Source, path: Path, built_in: bool = False, reader: Reader = read) -> Resolved:
    """Parse a file and everything that it imports, and tie the names together."""
    loader = _Loader(reader)
    main = loader.load(source, path.resolve(), built_in)
    return Resolved(main, tuple(loader.modules.values()), tuple(loader.diagnostics))


class _Loader:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.modules: dict[Path, Module] = {}
        self.files: dict[tuple[int, int], Path] = {}
        self.loading: list[Path] = []
        self.diagnostics: list[Diagnostic] = []
        self.words = 0

    @cached_property
    def installed(self) -> Mapping[str, Path]:
        return installed()

    @cached_property
    def libraries(self) -> tuple[str, ...]:
        return library_names(self.installed)

    def load(self, source: Source, path: Path, built_in: bool) -> Module:
        file, found = parsed(source)
        self.words += file.words
        for error in found:
            self._tell(error)
        module = Module(path, source, file, built_in)
        self.modules[self._one(path)] = module
        self.loading.append(path)
        if found:
            stated = {m[1] for m in re.finditer(_DECLARED, source.text)}
            stated |= {w for m in re.finditer(_IMPORTED, source.text) for w in re.findall(r"\w+", m[0])}
            stated -= {d.alias or Path(d.target).stem for d in file.declarations if isinstance(d, ast.Import)}
            module.broken |= stated - {d.name for d in module.own()}
        for d in file.declarations:
            if isinstance(d, ast.Import):
                self._import(module, d)
        for definition in module.own():
            self._add(module, definition.name, definition, definition.declaration.name.span)
        self.loading.pop()
        return module

    def _import(self, module: Module, d: ast.Import) -> None:
        found = self._find(module, d) if len(self.diagnostics) < limits.BROKEN_DECLARATIONS else None
        if found is None:
            module.broken |= {n.id for n in d.names} or {d.alias or Path(d.target).stem}
            return
        if d.names:
            for name in d.names:
                definition = lookup_in(found, name.id)
                if definition is None:
                    known = list(public_names(found))
                    module.broken.add(name.id)
                    if name.id in found.broken or len(self.diagnostics) > limits.BROKEN_DECLARATIONS:
                        continue
                    near = nearest(name.id, known)
                    self._unknown(f"`{d.target}` defines no `{name.id}`", name.span, near, word=name.id)
                else:
                    self._add(module, name.id, definition, name.span)
        else:
            alias = d.alias or (Path(d.target).stem if d.is_path else d.target)
            self._add(module, alias, Namespace(found, alias), d.span)

    def _find(self, module: Module, d: ast.Import) -> Module | None:
        if len(d.target) > limits.PATH_CHARACTERS:
            self._unknown(f"a path has at most {limits.PATH_CHARACTERS:,} characters", d.span, None)
            return None
        if d.is_path:
            path = Path(os.path.normpath(module.path.parent / d.target))
            shown = os.path.normpath(os.path.join(os.path.dirname(module.source.path), d.target))
            built_in = module.built_in
            if path.suffix != ".fdl":
                self._not_a_file(module, d, f"`{d.target}` is not an .fdl file")
                return None
            try:
                path = path.resolve()
            except (OSError, RuntimeError, ValueError):  # a ring of links; what is no path
                self._unknown(f"`{d.target}` leads to no file", d.span, None)
                return None
            if path.suffix != ".fdl":
                self._unknown(f"`{d.target}` is a link to what is no .fdl file", d.span, None)
                return None
        else:
            place = find_library(d.target) or self.installed.get(d.target)
            if place is None:
                self._unknown(
                    f"no built-in or installed family or method is called `{d.target}`",
                    d.span,
                    nearest(d.target, self.libraries),
                    ""
                    if d.target in self.libraries
                    else f'a file is imported by path: import "./{d.target}.fdl"',
                    d.target,
                )
                return None
            path, shown, built_in = place.resolve(), place.name, True
        path = self._one(path)
        if path in self.loading:
            chain = " → ".join(p.name for p in [*self.loading[self.loading.index(path) :], path])
            self._tell(
                Diagnostic(
                    "import-cycle", f"these files import each other: {chain}", d.span, "closes the circle"
                )
            )
            return None
        if path in self.modules:
            return self.modules[path]
        if len(self.modules) >= limits.FILES or len(self.loading) >= limits.FILES_WAITING:
            self._unknown(
                f"more than {limits.FILES} files (or {limits.FILES_WAITING} deep) are imported", d.span, None
            )
            return None
        if self.words > limits.WORDS:
            message = f"the files that are imported hold more than {limits.WORDS:,} words"
            self._unknown(message, d.span, None)
            return None
        try:
            source = self.reader(path, shown)
        except Unreadable as e:
            if d.is_path and not os.path.lexists(path):
                self._not_a_file(module, d, str(e))
            else:
                self._unknown(str(e), d.span, None)
            return None
        return self.load(source, path, built_in)

    def _not_a_file(self, module: Module, d: ast.Import, message: str) -> None:
        """An import whose path leads to no .fdl file: what is built in has a name and no path, and a path ends in `.fdl`."""
        stem = d.target.removesuffix(".fdl").removeprefix("./")
        quoted = re.search(r'"[^"\n]*"', d.span.text)
        at = d.span.start
        place = Span(d.span.source, at + quoted.start(), at + quoted.end()) if quoted else d.span
        if stem in self.libraries:
            help, text = f"it is built in, and imported by its name: `import {stem}`", stem
        elif os.path.isfile(module.path.parent / f"{stem}.fdl"):
            help, text = f'there is a file of this name: `import "./{stem}.fdl"`', f'"./{stem}.fdl"'
        else:
            near = nearest(stem, [p.stem for p in sorted(module.path.parent.glob("*.fdl"))[: limits.FILES]])
            self._unknown(message, d.span, f"./{near}.fdl" if near else None, word=d.target)
            return
        fix = Fix(f"write `{text}`", place, text, safe=True)
        self._tell(Diagnostic("unknown-import", message, d.span, help=help, fixes=(fix,)))

    def _one(self, path: Path) -> Path:
        """The path under which a file is known already: it may have two links, or letters of either case for its name."""
        try:
            info = os.stat(path)
        except (OSError, ValueError):
            return path
        return self.files.setdefault((info.st_dev, info.st_ino), path) if info.st_ino else path

    def _tell(self, d: Diagnostic) -> None:
        """Adds a diagnostic; after `MAX_ERRORS` of them one that says so, and no more."""
        if len(self.diagnostics) == limits.BROKEN_DECLARATIONS:
            d = Diagnostic(
                "syntax",
                f"more than {limits.BROKEN_DECLARATIONS} mistakes are found: no more are reported",
                d.span,
            )
        if len(self.diagnostics) <= limits.BROKEN_DECLARATIONS:
            self.diagnostics.append(d)

    def _unknown(self, message: str, span: Span, near: str | None, help: str = "", word: str = "") -> None:
        text = f"did you mean `{near}`?" if near else help
        fixes = respelt(word, near, span)
        self._tell(Diagnostic("unknown-import", message, span, help=text, fixes=fixes))

    def _add(self, module: Module, name: str, named: Named, span: Span) -> None:
        first = module.names.get(name)
        if first is None:
            module.names[name] = named
            return
        if isinstance(first, Definition):
            where = first.declaration.name.span
        else:
            where = Span(module.source, 0, 0)
        self._tell(
            Diagnostic(
                "duplicate-name",
                f"`{name}` is defined twice",
                span,
                "defined again here",
                labels=(Label(where, "first defined here"),) if isinstance(first, Definition) else (),
                help="rename one of the two",
            )
        )


def find_library(name: str) -> Path | None:
    """The file of a built-in family or method."""
    if not name.isidentifier() or len(name) > limits.NAME_CHARACTERS:
        return None
    paths = (PACKAGE / "families" / name / f"{name}.fdl", PACKAGE / "programs" / f"{name}.fdl")
    return next((path for path in paths if path.is_file()), None)


def library_names(others: Mapping[str, Path] | None = None) -> tuple[str, ...]:
    """The names that an import may give: of what is built in, and of the `others` that packages offer."""
    families = (p.parent.name for p in (PACKAGE / "families").glob("*/*.fdl") if p.stem == p.parent.name)
    methods = (p.stem for p in (PACKAGE / "programs").glob("*.fdl"))
    return tuple(sorted({*families, *methods, *(installed() if others is None else others)}))


def installed() -> Mapping[str, Path]:
    """Families and methods of other packages: an entry point's value names a top-level package's folder."""
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    found: dict[str, Path] = {}
    for group in ("fdc.families", "fdc.methods"):
        for point in entry_points(group=group):
            package, *inside = point.value.split(":")[0].split(".")
            spec = find_spec(package)
            for root in (spec.submodule_search_locations or []) if spec else []:
                folder = Path(root).joinpath(*inside)
                for path in (folder / f"{point.name}.fdl", folder / point.name / f"{point.name}.fdl"):
                    if path.is_file():
                        found.setdefault(point.name, path)
    return found


def lookup_in(module: Module, name: str) -> Definition | None:
    """A declaration of a module by name: its own, or one inside its families (spaces, processes, records)."""
    return module.public.get(name)


def public_names(module: Module) -> Iterable[str]:
    return module.public
