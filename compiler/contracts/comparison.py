"""A checkpoint beside the family that is to read it: what the comparisons of its parts share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..base.diagnostics import Diagnostic, Label
from ..base.frozen import field, mutable, struct
from ..base.source import Span
from ..program.family import Component, Family
from .config_files import BadConfig, Reader, shown


@struct
class Config:
    """A component's config, with its file as messages name it."""

    component: Component
    file: str
    values: Mapping[str, object]

    def first(self, *keys: str) -> tuple[str, object] | None:
        """The first of these keys that has a value, with it."""
        return next(((k, self.values[k]) for k in keys if self.values.get(k) is not None), None)


@mutable
class Comparison:
    """One checkpoint, and what was found to differ from its family's contract.

    `shown` is the folder as the user names it, `place` where. `configs` are those that are what the family states, by
    component: of another component than is meant, each further difference would only repeat that.
    """

    family: Family
    folder: Path
    shown: str
    place: Span
    read: Reader
    found: list[Diagnostic] = field(default_factory=list)
    configs: dict[str, Config] = field(default_factory=dict)
    unlike: list[tuple[Config, Diagnostic]] = field(default_factory=list)
    """Configs that are not what the family states; another variant of it may be meant."""

    @property
    def contract(self) -> str:
        family = self.family
        return f"`{family.name}.{family.variant}`" if family.variant else f"`{family.name}`"

    def json(self, inside: str) -> Mapping[str, object] | None:
        """A JSON object of the checkpoint; None where there is none, which is reported if the file is there."""
        return self.json_at(self.folder / inside, f"{self.shown}/{inside}")

    def json_at(self, path: Path, name: str) -> Mapping[str, object] | None:
        try:
            return self.read(path)
        except BadConfig as e:
            self.lacks(f"{name} {e}")
            return None

    def lacks(self, message: str, *, label: Label | None = None, help: str = "") -> None:
        self._add("missing-file", message, label, (), help)

    def differs(
        self,
        key: str,
        value: object,
        file: str,
        says: str,
        label: Label,
        *,
        facts: Sequence[str] = (),
        help: str = "",
    ) -> Diagnostic:
        """`file` gives a key this value, and the family `says` something else."""
        message = f"`{key}` is {shown(value)} in {file}, and {says}"
        return self._add("config-mismatch", message, label, facts, help)

    def refuse(self, message: str, label: Label, *, facts: Sequence[str] = (), help: str = "") -> None:
        self._add("config-mismatch", message, label, facts, help)

    def _add(
        self, code: str, message: str, label: Label | None, facts: Sequence[str], help: str
    ) -> Diagnostic:
        labels = (label,) if label is not None else ()
        d = Diagnostic(code, message, self.place, "this checkpoint", labels, tuple(facts), help)
        self.found.append(d)
        return d


# what a family's declarations say
