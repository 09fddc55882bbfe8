"""A program's text with one block `validate`, which makes what `fdc sample` asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ....base.source import Source
from ....driver.pipeline import Checked, check_source
from ....syntax import ast
from ....syntax.parser import parse
from ...base.errors import RunError


@dataclass(frozen=True)
class Wanted:
    """`steps` and `scale` are arguments of the family's sampler; without them samples are made as validation does."""

    role: str
    steps: int | None = None
    scale: float | None = None
    negative: str | None = None


def sampling_program(text: str, path: Path, name: str, wanted: Wanted) -> Checked:
    """The program `name` of a text that stood at `path`, checked with such a block. Raises RunError."""
    if wanted.negative is not None and '"' in wanted.negative:
        raise RunError("bad-setting", 'a text of FDL holds no `"`', help="write another mark", exit_status=2)
    first: Checked | None = None
    for sample in _samples(text, path, name, wanted):
        source = Source(str(path), _with_block(text, path, name, sample, wanted.negative))
        checked = check_source(source, path)
        if checked.clean and any(p.name == name and p.samples for p in checked.programs):
            return checked
        first = first or checked
    errors = [d for d in first.diagnostics if d.severity == "error"] if first is not None else []
    raise RunError(
        errors[0].code if errors else "unknown-name",
        errors[0].message if errors else f"{path} has no program `{name}`",
        help=(errors[0].help or None) if errors else None,
        facts=(f"the run's program was checked as {path}, with what that imports",),
        exit_status=2,
    )


def _samples(text: str, path: Path, name: str, wanted: Wanted) -> Iterator[str]:
    """What to make, the likeliest first: as validation does, by the method's own sampler, by the family's."""
    given = {"steps": wanted.steps, "scale": wanted.scale}
    arguments = ", ".join(f"{n} = {v}" for n, v in given.items() if v is not None)
    if not arguments:
        for block in _blocks(text, path, name):
            yield from (
                e.value.span.text for e in block.entries if e.name == "sample" and e.value is not None
            )
        yield "sample"
    yield f"{wanted.role}.sample({arguments})"


def _program(text: str, path: Path, name: str) -> ast.ProgramDecl | None:
    file, _ = parse(Source(str(path), text))
    found = (d for d in file.declarations if isinstance(d, ast.ProgramDecl))
    return next((d for d in found if d.name.id == name), None)


def _blocks(text: str, path: Path, name: str) -> list[ast.SettingsDecl]:
    program = _program(text, path, name)
    members = program.members if program is not None else ()
    return [m for m in members if isinstance(m, ast.SettingsDecl) and m.kind.id == "validate"]


def _with_block(text: str, path: Path, name: str, sample: str, negative: str | None) -> str:
    """The text with this block in place of the program's own."""
    program = _program(text, path, name)
    if program is None:
        return text
    blocks = _blocks(text, path, name)
    kept = {e.name: e.value.span.text for b in blocks for e in b.entries if e.value is not None}
    said = {n: kept[n] for n in ("weights", "negative") if n in kept}
    said |= {"negative": f'"{negative}"'} if negative is not None else {}
    entries = "".join(f", {n} = {value}" for n, value in said.items())
    end = text.rindex("}", program.span.start, program.span.end)
    text = f"{text[:end]}\n  validate every 1 {{ sample = {sample}{entries} }}\n{text[end:]}"
    for block in reversed(blocks):
        text = text[: block.span.start] + text[block.span.end :]
    return text
