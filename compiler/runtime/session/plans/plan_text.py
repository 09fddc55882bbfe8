"""The text of the module that a run executes: the program's, from disk if it was made before, or the one that was given."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

from ....base import terminal
from ....driver import build_cache
from ....driver.pipeline import compile, plan_of
from ....emit.header import ModuleOrigin
from ...base.errors import RunError
from ...base.records import PlanRecord
from ...base.run_folder import RunFolder
from ..run_request import RunRequest, say
from .built_plan import Built


def plan_text(r: RunRequest, folder: RunFolder) -> str:
    """Raises RunError for a given module whose program has changed since."""
    if r.built is not None:
        _require_same_program(r, r.built)
        return r.built.text
    options = r.options
    origin = ModuleOrigin(
        options.command, os.path.relpath(r.source, folder.path), options.overrides, terminal.version()
    )
    key = {
        **build_cache.versions(str(r.device)),
        "command": origin.command,
        "source": origin.source,
        "without": " ".join(options.without),
    }

    def kept(graph: str, make: Callable[[], str]) -> str:
        return build_cache.kept(build_cache.folder(), {"graph": graph, **key}, make, say)

    return compile(r.program, origin, options.verify, options.without, kept).text


def _require_same_program(r: RunRequest, built: Built) -> None:
    """Refuses a module whose program is another by now; tells of one that was edited."""
    digest = plan_of(r.program).digest
    if digest != built.digest:
        raise RunError(
            "stale-plan",
            f"`{built.path}` was built from other text than {built.source} and its imports hold now",
            help="build it again, or put the texts back",
            facts=(f"then: sha256 {built.digest}", f"now: sha256 {digest}", *built.facts),
        )
    for fact in built.facts:
        r.say(f"{built.path} is run as it stands; {fact}")


def plan_record(r: RunRequest, text: str) -> PlanRecord:
    """The module that runs, for the lock."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    if r.built is None:
        return PlanRecord(sha256=digest, version=terminal.version(), built=None, edited=False)
    b = r.built
    return PlanRecord(sha256=digest, version=b.version, built=str(b.path), edited=b.edited)
