"""A program and a mutant of it, judged by the oracle and by the checker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from fdc.compiler.base.diagnostics import Diagnostic
from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source

from . import families
from .choices import Choices
from .families import FAMILIES
from .mutations import Mutant, mutant
from .oracle.judge import Verdict, judge
from .right_programs.programs import program
from .tree import Path, Program, Text, names_in, render, statements

WHERE = FilePath("/at_random/p.fdl")
_kept: dict[str, Source] = {}


def findings_of(p: Program) -> tuple[Text, tuple[Diagnostic, ...]]:
    """The program as text, and what the checker finds in it and in its families."""
    texts = {f.name: f for f in FAMILIES} | {r.family.name: r.family for r in p.roles}

    def read(path: FilePath, shown: str) -> Source:
        text = families.text(texts[path.stem])
        return _kept.setdefault(text, Source(shown, text))

    text = render(p)
    found = check_source(Source(WHERE.name, text.text), WHERE, reader=read)
    return text, found.diagnostics


SOURCES = ("target-unseen", "no-gradient", "constant-loss", "live-scalar")
"""Codes of what only the sources of latents tell, which the oracle does not follow: `tests/check` tries those at random."""


def of_sources(d: Diagnostic) -> bool:
    noises = "noises" in d.help or "the noise stands here" in d.help
    return d.code in SOURCES or noises or "neither side of this loss" in d.message


@dataclass(frozen=True)
class Judged:
    """What the oracle and the checker say of one program; `mutant` is None for one that was made to be right."""

    program: Program
    mutant: Mutant | None
    verdict: Verdict
    text: Text
    found: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.found if d.severity == "error")

    @property
    def untrue(self) -> list[Diagnostic]:
        """Warnings about an accepted program that are not so."""
        at = {line: path for path, line in self.text.lines.items()}
        told = [d for d in self.found if not of_sources(d)]
        return [d for d in told if not self.errors and not self._is_so(d, at.get(d.span.line, ()))]

    def _is_so(self, d: Diagnostic, at: Path) -> bool:
        match d.code:
            case "redundant-stop":
                return not all(cut for (path, _), cut in self.verdict.stops.items() if path == at)
            case "unused-binding":
                word, every = d.message.split("`")[1], [s for _, s in statements(self.program)]
                again = (
                    sum(word in s.names for s in every) > 1
                )  # what a loop binds anew may be read all the same
                return again or not any(word in names_in(s.value) for s in every)
        return True

    @property
    def wrong(self) -> bool:
        return bool(self.verdict.violations) or bool(self.mutant is not None and self.mutant.expected)

    @property
    def settled(self) -> bool:
        return self.wrong or not (self.verdict.unsettled or self.beyond)

    @property
    def beyond(self) -> bool:
        """Told alone of what the oracle does not follow."""
        return bool(self.errors) and all(of_sources(d) for d in self.errors)

    @property
    def by_induction(self) -> bool:
        """Refused although nothing depends on it: what a loop carries does not come back as what it was."""
        return not self.wrong and self.verdict.loose and bool(self.errors)

    @property
    def agreed(self) -> bool:
        if not self.settled or self.by_induction:
            return True
        return self.wrong == bool(self.errors) and not self.untrue

    @property
    def on_the_line(self) -> bool:
        """Whether the first error stands where the change was made, or where the oracle sees something that does not fit."""
        assert self.mutant is not None
        lines = {self.text.lines[at] for _, where in self.verdict.violations for at in where}
        lines |= {self.mutant.line} | (
            {self.text.lines[self.mutant.at]} if self.mutant.at is not None else set()
        )
        places = {(d.span.line) for d in self.errors[:1]}
        labels = {label.span.line for d in self.errors[:1] for label in d.labels}
        return bool(lines & places) or bool(lines & labels)

    def told(self) -> str:
        """The program with what both say of it, for whoever looks into a disagreement."""
        change = (
            f"{self.mutant.kind}, line {self.text.lines.get(self.mutant.at or (), '?')}"
            if self.mutant
            else "none"
        )
        lines = [f"change: {change}"]
        for word, where in self.verdict.violations[:3]:
            lines.append(
                f"oracle: {word} on line {' > '.join(str(self.text.lines[w]) for w in where) or '?'}"
            )
        lines += [f"untrue: {d.code} on line {d.span.line}: {d.message}" for d in self.untrue]
        lines += [f"checker: {d.code} on line {d.span.line}: {d.message}" for d in self.errors]
        return "\n".join(lines + [f"{i:3} {x}" for i, x in enumerate(self.text.text.splitlines(), 1)])


def right(choices: Choices, depth: int = 3) -> Judged:
    """A program that is right by the oracle, and of which the checker does not tell what only the sources show."""
    for _ in range(TRIES):
        p = program(choices, depth)
        found = Judged(p, None, judge(p), *findings_of(p))
        if not found.beyond:
            return found
    raise AssertionError(f"{TRIES} programs in a row have targets that their networks cannot know of")


TRIES = 40


def changed(choices: Choices, base: Judged) -> Judged | None:
    m = mutant(choices, base.program, base.verdict)
    return Judged(m.program, m, judge(m.program), *findings_of(m.program)) if m is not None else None


@dataclass
class Rates:
    """Counts over many cases."""

    right: int = 0
    accepted: int = 0
    wrong: int = 0
    refused: int = 0
    once: int = 0
    on_the_line: int = 0
    still_right: int = 0
    still_accepted: int = 0
    unsettled: int = 0
    by_induction: int = 0
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    disagreements: list[Judged] = field(default_factory=list)

    def add(self, j: Judged) -> None:
        if not j.settled:
            self.unsettled += 1
            return
        if not j.agreed:
            self.disagreements.append(j)
        if j.mutant is None:
            self.right += 1
            self.accepted += not j.errors
            return
        codes = self.kinds.setdefault(j.mutant.kind, Counter())
        if j.by_induction:
            self.by_induction += 1
            codes["by induction"] += 1
            return
        if not j.wrong:
            self.still_right += 1
            self.still_accepted += not j.errors
            codes["right"] += 1
            return
        self.wrong += 1
        self.refused += bool(j.errors)
        self.once += len(j.errors) == 1
        self.on_the_line += bool(j.errors) and j.on_the_line
        codes[j.errors[0].code if j.errors else "ACCEPTED"] += 1

    def told(self) -> str:
        def share(a: int, b: int) -> str:
            return f"{a} of {b} ({100 * a / max(b, 1):.2f} %)"

        return "\n".join(
            [
                f"right programs accepted:        {share(self.accepted, self.right)}",
                f"mutants still right, accepted:  {share(self.still_accepted, self.still_right)}",
                f"wrong mutants refused:          {share(self.refused, self.wrong)}",
                f"  with exactly one error:       {share(self.once, self.wrong)}",
                f"  on an expected line:          {share(self.on_the_line, self.wrong)}",
                f"refused by the rule of loops:   {self.by_induction}",
                f"not judged by the oracle:       {self.unsettled}",
            ]
        )

    def by_kind(self) -> Iterable[str]:
        for kind in sorted(self.kinds):
            codes = ", ".join(f"{c} {n}" for c, n in self.kinds[kind].most_common())
            yield f"  {kind:32} {codes}"
