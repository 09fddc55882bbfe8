"""The passes in order: `check` for the front half, `compile` for the whole way to an emitted module."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..base import limits
from ..base.diagnostic_bag import Bag, Meter, TooLong
from ..base.diagnostics import Diagnostic, in_order
from ..base.frozen import struct
from ..base.source import Source
from ..check.core.notes import Notes
from ..check.programs import program as programs
from ..check.programs.acknowledgements import acknowledge
from ..check.programs.library import Library
from ..modules import overrides as settings_overrides
from ..modules.imports import Definition, Module, Reader, read, resolve
from ..program.typed_program import STORED, TypedProgram
from ..syntax import ast

if TYPE_CHECKING:
    from ..emit.header import ModuleOrigin
    from ..ir.graph import Plan
    from ..passes.optimise import PassRecord


ONLY_WHERE_RIGHT = frozenset({"unused-binding", "redundant-stop", "redundant-allow"})
"""Warnings that an error may be the only reason of: a name is unread, a stop cuts nothing, nothing is warned about."""


@struct
class Section:
    """What was found out about one declaration of the main file, where it was asked for."""

    definition: Definition
    program: TypedProgram | None
    notes: Notes


@struct
class Checked:
    """What checking one file found: diagnostics in order of place, and its programs where they are free of errors."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    programs: tuple[TypedProgram, ...]
    modules: tuple[Module, ...] = ()  # every file read, the main one first
    sections: tuple[Section, ...] = ()
    acknowledged: tuple[Diagnostic, ...] = ()  # warnings that an `allow` covers

    @property
    def files(self) -> tuple[Source, ...]:
        return tuple(m.source for m in self.modules)

    @property
    def clean(self) -> bool:
        return all(d.severity != "error" for d in self.diagnostics)


def check(
    path: Path, shown: str | None = None, overrides: tuple[str, ...] = (), *, noting: bool = False
) -> Checked:
    """Check the file at `path`. Raises `resolve.Unreadable` and `overrides.BadOverride`."""
    return check_source(read(path, shown or str(path)), path, overrides, noting=noting)


def check_source(
    source: Source,
    path: Path,
    overrides: tuple[str, ...] = (),
    *,
    noting: bool = False,
    reader: Reader = read,
) -> Checked:
    """Check a text as if it stood at `path`: imports are relative to it, and read by `reader`.

    `noting` keeps what was found out.
    """
    written: tuple[settings_overrides.Written, ...] = ()
    if overrides:
        source, written = settings_overrides.apply(source, overrides)
    resolved = resolve(source, path, reader=reader)
    bag = Bag(Meter(limits.EXPRESSIONS + sum(m.file.words for m in resolved.modules) * 2 // 3))
    bag.found.extend(resolved.diagnostics)
    own = [d for m in resolved.modules if not m.built_in for d in m.own()]
    programs_here = [d for d in resolved.main.own() if isinstance(d.declaration, ast.ProgramDecl)]
    used = {key for d in programs_here for key in programs.methods_used(d)}
    sections: list[Section] = []
    typed: list[TypedProgram] = []

    def section(definition: Definition, check: Callable[[Bag, Notes | None], TypedProgram | None]) -> bool:
        notes = Notes() if noting else None
        before = len(bag.found)
        try:
            program = check(bag, notes)
        except RecursionError:
            name = definition.declaration.name.span
            raise TooLong(Diagnostic("syntax", "this is nested too deeply to be followed", name)) from None
        if program is not None:
            typed.append(program)
        if notes is not None and definition.module is resolved.main:
            sections.append(Section(definition, program, notes))
        return all(d.severity != "error" for d in bag.found[before:])

    # what is wrong by itself is told there, and not again by each program that uses it
    wrong = set()
    try:
        for d in own:
            if not isinstance(d.declaration, (ast.FamilyDecl, ast.MethodDecl)):
                continue
            # a program of families and methods of fdc's own needs none of it
            from ..check.programs import standalone

            if isinstance(d.declaration, ast.FamilyDecl):
                section(d, partial(standalone.check_family, d))
            elif d.module is resolved.main and d.key in used:
                continue
            elif not section(d, partial(standalone.check_method, d)):
                wrong.add(d.key)
        library = Library()
        for d in programs_here:
            section(d, partial(programs.check, d, library, frozenset(wrong)))
        if any(p.data is not None and p.data.source == STORED for p in typed):
            from ..check.programs.sources.stored_datasets import tied

            typed = list(tied(typed, bag))
    except TooLong as e:
        bag.found.append(e.diagnostic)
    found = in_order(settings_overrides.told(bag.found, source, written) if written else bag.found)
    broken = any(d.severity == "error" for d in found)
    if broken:
        found = tuple(d for d in found if d.code not in ONLY_WHERE_RIGHT and not d.mild)
    alone = {d.key for d in own if isinstance(d.declaration, ast.MethodDecl)} - used
    acknowledged = acknowledge(found, resolved.modules, alone)
    found = in_order(d for d in acknowledged.told if not broken or d.code not in ONLY_WHERE_RIGHT)
    broken = any(d.severity == "error" for d in found)
    return Checked(
        source,
        found,
        () if broken else tuple(typed),
        resolved.modules,
        tuple(sections),
        acknowledged.silenced,
    )


@struct
class Compiled:
    """An emitted module, what its graph was made from, and what each pass changed on the way (nothing is known of that
    if the module was kept from before)."""

    text: str
    digest: str
    records: tuple[PassRecord, ...] = ()


def plan_of(program: TypedProgram) -> Plan:
    """A checked program as graphs that no pass has changed yet. Raises `CannotRun`."""
    from ..lower.program import lower, lower_buckets

    if not program.buckets:
        return lower(program)
    from ..lower.buckets import merged

    return merged(lower_buckets(program.buckets), program.buckets)


def compile(
    program: TypedProgram,
    origin: ModuleOrigin | str,
    verify: bool = False,
    without: tuple[str, ...] = (),
    kept: Callable[[str, Callable[[], str]], str] | None = None,
) -> Compiled:
    """A checked program to its module, by all passes but those of `without`. `verify` checks the typed program,
    and the graph after each pass.

    `kept(fingerprint, make)` may give a module of an equal graph in place of what `make` gives.
    Raises `CannotRun` for what is checked and not yet lowered.
    """
    from ..emit.header import ModuleOrigin
    from ..emit.module import emit
    from ..passes.optimise import optimise
    from .plan_fingerprint import fingerprint

    if verify:
        from ..program.verify import verify_program

        verify_program(program)
    plan = plan_of(program)
    if isinstance(origin, str):
        origin = ModuleOrigin(origin, plan.path)
    records: tuple[PassRecord, ...] = ()

    def make() -> str:
        nonlocal records
        last, records = optimise(plan, without=without, verified=verify)
        return emit(last, origin)

    text = kept(fingerprint(plan), make) if kept is not None and not verify else make()
    return Compiled(text, plan.digest, records)
