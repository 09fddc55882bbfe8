"""An emitted module at work: loaded from its file, and what it raises told with the line of FDL that it came from."""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from ..emit.module import place as emitted_place
from ..pipeline import Checked
from .errors import RunError


def load_plan(path: Path) -> ModuleType:
    """The emitted module at `path`."""
    spec = importlib.util.spec_from_file_location(f"fdc_plan_{path.parent.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def places_told(plan: Path, checked: Checked) -> Iterator[None]:
    """What a component or a family's Python raises inside the emitted module is told with its line of FDL."""
    try:
        yield
    except (RunError, KeyboardInterrupt):
        raise
    except Exception as e:
        frames = [
            f for f in traceback.extract_tb(e.__traceback__) if Path(f.filename).resolve() == plan.resolve()
        ]
        if not frames:
            raise
        place = None
        for frame in reversed(frames):
            found = emitted_place(load_plan(plan).LINES, frame.lineno or 0)
            if found is not None:
                files = {Path(f.path).name: Path(f.path) for f in checked.files}
                place = (files.get(found[0], Path(found[0])), found[1])
                break
        raise RunError(
            "run-error",
            f"{type(e).__name__} while this line ran: {str(e).strip().splitlines()[0] if str(e).strip() else e!r}",
            place=place,
            facts=(f"emitted module: {plan}:{frames[-1].lineno}",),
        ) from e
