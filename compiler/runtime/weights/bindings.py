"""A family's own Python, `binding.py`, imported if it may run."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
import zlib
from pathlib import Path
from types import ModuleType

from ...modules.imports import PACKAGE, installed
from ...program.family import Family
from ...program.typed_program import TypedRole
from ..base.errors import Place, RunError


def load_binding(role: TypedRole, *, allow_python: bool, place: Place) -> ModuleType | None:
    """The `binding.py` of a role's family, as `family_binding` finds it."""
    return family_binding(role.family, allow_python=allow_python, place=place)


def family_binding(family: Family, *, allow_python: bool, place: Place | None) -> ModuleType | None:
    """The family's `binding.py`: fdc's own, an installed package's, or the user's if `allow_python`. Raises RunError."""
    if not family.has_binding:
        return None
    folder = Path(family.path).resolve().parent
    path = folder / "binding.py"
    if not path.is_file():
        raise RunError(
            "missing-file",
            f"family `{family.name}` calls Python, and there is no file {path}",
            place=place,
            exit_status=2,
        )
    if folder.is_relative_to(PACKAGE / "families"):
        inside = ".".join(folder.relative_to(PACKAGE).parts)
        return importlib.import_module(f"{__package__.split('.')[0]}.{inside}.binding")
    if not allow_python and not _installed(Path(family.path)):
        raise RunError(
            "bad-setting",
            f"family `{family.name}` runs Python of its own, {path}",
            help="read that file, then pass --allow-python",
            place=place,
            exit_status=2,
        )
    name = f"fdc_binding_{zlib.crc32(str(path).encode()):08x}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as e:
            del sys.modules[name]
            at = [f for f in traceback.extract_tb(e.__traceback__) if Path(f.filename) == path]
            line = f":{at[-1].lineno}" if at else f":{e.lineno}" if isinstance(e, SyntaxError) else ""
            raise RunError(
                "missing-file", f"{path}{line} cannot be imported: {type(e).__name__}: {e}", place=place
            ) from e
    return sys.modules[name]


def _installed(path: Path) -> bool:
    return any(p.resolve() == path.resolve() for p in installed().values())
