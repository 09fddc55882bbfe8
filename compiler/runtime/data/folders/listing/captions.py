"""The texts of a folder's items: where each stands, which one is taken where several do, and that they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ....base.errors import Place, Report, RunError, several
from ...text_files import read_text
from .metadata_files import Entry
from .passed_over import some

Texts = tuple[str, ...]
"""The wordings of one text, of which a sample has one."""

KEYS = ("prompt", "caption", "text")
"""Under which metadata holds the one text of an item, beside the field's own name."""


@dataclass(frozen=True)
class Wording:
    """What a program says of the one text of each file: `prompt` is that of files without one, `prefix` stands before all,
    apart by a space."""

    prompt: str | None = None
    prefix: str | None = None

    def completed(
        self, root: Path, written: Mapping[str, Mapping[str, Texts]], field: str, report: Report
    ) -> dict[str, dict[str, Texts]]:
        """The texts by item, where `field` is the only field of text; how many have the program's goes to `report`."""
        made = {name: dict(texts) for name, texts in written.items()}
        without = [name for name, texts in made.items() if field not in texts]
        if self.prompt is not None and without:
            made |= {name: {field: (self.prompt,)} for name in without}
            of = (
                f"{len(without)} of {len(made)} files"
                if len(without) < len(made)
                else f"all {len(made)} files"
            )
            names = f": {some(without)}" if len(without) < len(made) else ""
            report(f"{of} in {root} have no text for `{field}` and get the program's `prompt`{names}")
        if self.prefix is not None:
            for texts in made.values():
                if field in texts:
                    texts[field] = tuple(self._prefixed(text) for text in texts[field])
        return made

    def _prefixed(self, text: str) -> str:
        assert self.prefix is not None
        between = "" if self.prefix[-1:].isspace() or not text else " "
        return f"{self.prefix}{between}{text}".rstrip()


AS_WRITTEN = Wording()


def read_captions(
    root: Path,
    files: Set[str],
    entries: Mapping[str, Entry],
    wanted: Sequence[str],
    media: Sequence[str],
    place: Place | None,
    report: Report,
) -> dict[str, dict[str, Texts]]:
    """The texts of each item by field; fields without one are left out.

    One field takes the first that there is of: its metadata, `NAME.txt`, `NAME.caption` and `NAME.json`. Several fields stand
    under their own names in metadata or `NAME.json`. RunError for a file that cannot be read.
    """
    found: dict[str, dict[str, Texts]] = {name: {} for name in media}
    differing: dict[tuple[str, str], list[str]] = {}
    unread: dict[str, RunError] = {}
    for name in media:
        for field in wanted:
            try:
                each = list(
                    _written(root, name, field, len(wanted) == 1, files, entries.get(name, {}), place)
                )
            except RunError as error:
                unread.setdefault(name, error)
                continue
            if not each:
                continue
            (taken, texts), *others = each
            found[name][field] = texts
            for other, differs in others:
                if differs != texts:
                    differing.setdefault((taken, other), []).append(name)
    if unread:
        raise several(list(unread.values()), f"files of captions in {root} cannot be read")
    for (taken, other), names in differing.items():
        report(
            f"{len(names)} of {len(media)} captions in {root} are one in {taken} and another in {other}; "
            f"{taken} is taken: {some(names)}"
        )
    return found


def _written(
    root: Path,
    name: str,
    field: str,
    alone: bool,
    files: Set[str],
    entry: Entry,
    place: Place | None,
) -> Iterator[tuple[str, Texts]]:
    """Each place where an item's text stands, in words, and what stands there; the one that is taken comes first."""
    keys = (field, *KEYS) if alone else (field,)
    told = False
    for where, texts in _under(keys, entry):
        told = True
        yield f"{where} of the metadata", texts
    for ending in (".txt", ".caption") if alone else ():
        beside = str(PurePosixPath(name).with_suffix(ending))
        if beside in files:
            told = True
            yield f"NAME{ending}", (read_text(root / beside, place).strip(),)
    beside = str(PurePosixPath(name).with_suffix(".json"))
    if beside not in files:
        return
    try:
        value = json.loads(read_text(root / beside, place))
    except (ValueError, RecursionError) as error:
        if not told:
            raise RunError("data-mismatch", f"{root / beside} is not JSON ({error})", place=place) from error
        return
    if isinstance(value, dict):
        for where, texts in _under(keys, value):
            yield f"{where} of NAME.json", texts
    elif alone and (direct := _texts(value)):
        yield "NAME.json", direct


def _under(keys: Sequence[str], entry: Mapping[str, Any]) -> Iterator[tuple[str, Texts]]:
    """The texts under the field's own name, which is the first key, or else under each other."""
    for key in dict.fromkeys(keys):
        if texts := _texts(entry.get(key)):
            yield f"`{key}`", texts
            if key == keys[0]:
                return


def _texts(value: Any) -> Texts:
    """One text, or a list of several; none for anything else."""
    values = value if isinstance(value, list) else [value]
    return tuple(v.strip() for v in values) if all(isinstance(v, str) for v in values) else ()
