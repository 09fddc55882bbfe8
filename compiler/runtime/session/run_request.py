"""What `fdc run` was asked for, and one program of the file under those options."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from ...base import terminal
from ...driver.pipeline import Checked
from ...passes.pass_list import flags, replaced
from ...program.typed_program import TypedProgram
from ..base.settings import ProgramSettings
from .plans.built_plan import Built


@dataclass(frozen=True)
class Options:
    """`without` names passes; `built` is a module to run in place of the one that would be made; `continued` is a run to
    go on with, whatever changed in its program."""

    file: str
    program: str | None
    runs: Path
    folder: Path | None
    fresh: bool
    allow_python: bool
    device: str | None
    overrides: tuple[str, ...]
    without: tuple[str, ...] = ()
    built: Built | None = None
    verify: bool = False
    continued: Path | None = None

    @property
    def command(self) -> str:
        return shlex.join(["fdc", "run", self.file, *replaced(self.overrides), *flags(self.without)])

    @property
    def full_command(self) -> str:
        """With the run that it goes on with."""
        return (
            f"{self.command} --continue {shlex.quote(str(self.continued))}"
            if self.continued
            else self.command
        )


@dataclass(frozen=True)
class RunRequest:
    """One program to run."""

    program: TypedProgram
    checked: Checked
    options: Options
    device: torch.device

    @property
    def built(self) -> Built | None:
        """The given module, if it is this program's."""
        built = self.options.built
        return built if built is not None and built.program == self.program.name else None

    @cached_property
    def settings(self) -> ProgramSettings:
        return ProgramSettings.model_validate(self.program.settings)

    @property
    def source(self) -> Path:
        """The program's file."""
        return Path(self.checked.source.path) if self.built is None else self.built.source

    def say(self, text: str) -> None:
        """Reports news of this program."""
        say(f"{self.program.name}: {text}")


def say(text: str) -> None:
    print(terminal.harmless(text), file=sys.stderr, flush=True)
