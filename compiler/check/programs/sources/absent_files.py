"""Weights, data and prompts that are named by a path, and are not on this machine: a warning, as another one may have them.

A path is looked at where it is clear that it is one: `./weights`, `../prompts.txt`, `/data/clips`. All else may be a name on
the hub, or belong to a program that was brought here alone. No folder is listed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from ....base import limits
from ....base.source import Span
from ....program.typed_program import STORED
from ....syntax import ast
from ..program_state import ProgramState
from .laid_over import WEIGHTS
from .mixed_folders import MIXED
from .stored_datasets import is_written_here

CLEARLY = ("/", "./", "../", "~")
READ = ("folder", "lines", STORED, "webdataset", "parquet")
"""Sources of data that read what is there; others make it."""

PATTERN = set("*?[{")
_WHAT = {"lines": "file", "webdataset": "file or folder", "parquet": "file or folder"}


def check_paths(state: ProgramState) -> None:
    beside = str(state.module.path.parent)
    for text, place, bases, what in (
        *_weights(state, beside),
        *_adapters(state, beside),
        *_data(state),
        *_prompts(state),
    ):
        if len(text) <= limits.PATH_CHARACTERS and "\0" not in text:
            _check(state, text, place, bases, what)


Named = Iterator[tuple[str, Span, tuple[str, ...], str]]
"""Each path with its place, the folders that it may lie in, and what it is of."""


def _weights(state: ProgramState, beside: str) -> Named:
    for d in state.members(ast.RoleDecl):
        kind, value = state.sources.get(d.name.id, ("", ""))
        if kind == "path" and isinstance(d.source, ast.Call):
            at = next((a.span for a in d.source.args if a.name is None), d.source.span)
            yield str(value), at, ("", beside), "folder"
        for component, path in state.overlays.get(d.name.id, {}).items():
            assert isinstance(d.source, ast.Call)
            named = (a.value.span for a in d.source.args if a.name in (component, WEIGHTS))
            yield path, next(named, d.source.span), ("", beside), "file"


def _adapters(state: ProgramState, beside: str) -> Named:
    for d in state.members(ast.RoleDecl):
        said = state.role_settings.get(d.name.id, {})
        train = said.get("train")
        for e in d.entries:
            given = said.get("adapter") if e.name == "adapter" else None
            if e.name == "train" and isinstance(train, Mapping):
                given = train.get("from")
            if isinstance(given, str):
                yield given, e.span, ("", beside), "adapter"


def _data(state: ProgramState) -> Named:
    data = state.data
    if data is not None and data.source == MIXED:
        for part in data.options["folders"]:
            path = str(part.get("path", ""))
            if not PATTERN & set(path):
                yield path, data.places[""], ("",), _WHAT.get(part["source"], "folder")
    elif data is not None and data.source in READ:
        path = str(data.options["path"])
        if (data.source != STORED or not is_written_here(path, state.module)) and not PATTERN & set(path):
            yield path, data.places[""], ("",), _WHAT.get(data.source, "folder")


def _prompts(state: ProgramState) -> Named:
    for d in state.members(ast.SettingsDecl):
        for e in d.entries:
            if e.name == "prompts" and isinstance(e.value, ast.String):
                yield e.value.value, e.span, ("",), "file"


def _check(state: ProgramState, text: str, place: Span, bases: tuple[str, ...], what: str) -> None:
    full = (os.path.join(base, os.path.expanduser(text)) for base in bases)
    if text.startswith(CLEARLY) and not any(map(os.path.lexists, full)):
        state.bag.error("missing-file", f"there is no {what} `{text}` here", place, mild=True)
