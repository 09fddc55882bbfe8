"""The classes that components name: found, built from a config, read from a folder and written to one.

Three kinds are known by what they offer. Models and schedulers of diffusers, and classes of a family that
derive from its `ModelMixin` and `ConfigMixin`, have `from_config`. Models of transformers have a
`config_class`. Anything else, tokenizers say, is made by `from_pretrained` and `save_pretrained` alone.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn

from ...base.diagnostics import nearest
from ...contracts.networks.weight_files import PICKLED, PRECISIONS, only_narrow, only_pickled
from ..base.errors import Place, RunError

UNREADABLE = (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError)


@dataclass(frozen=True)
class Kind:
    """A component's class and which of the three it is."""

    cls: Any
    name: str
    configured: bool
    transformers_model: bool

    @property
    def model(self) -> bool:
        return inspect.isclass(self.cls) and issubclass(self.cls, nn.Module)

    @property
    def config_file(self) -> str | None:
        if self.configured:
            return str(getattr(self.cls, "config_name", None) or "config.json")
        return "config.json" if self.transformers_model else None

    @property
    def model_type(self) -> str | None:
        return str(self.cls.config_class.model_type) if self.transformers_model else None

    def defaults(self) -> Mapping[str, object]:
        """What the class takes for a key that a config leaves out."""
        if self.transformers_model:
            return dict(self.cls.config_class().to_dict())
        if not self.configured:
            return {}
        parameters = inspect.signature(self.cls.__init__).parameters.values()
        return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


def find(name: str, binding: ModuleType | None, place: Place | None) -> Kind:
    """The class of `diffusers.X`, `transformers.X` (or of a module of theirs, `diffusers.pipelines.ltx2.vocoder.X`), or of
    `python.X`: one of the family's own module."""
    root = name.partition(".")[0]
    path, _, cls_name = name.rpartition(".")
    try:
        module = binding if root == "python" else importlib.import_module(path)
    except ModuleNotFoundError:
        raise RunError(
            "unknown-name", f"{root} {version(root)} has no module `{path}`", place=place
        ) from None
    try:
        cls = getattr(module, cls_name)
    except (AttributeError, ImportError, RuntimeError):
        near = nearest(cls_name, dir(module))
        where = "the family's binding.py" if root == "python" else f"{path} {version(root)}"
        raise RunError(
            "unknown-name",
            f"{where} has no class `{cls_name}`",
            help=f"did you mean `{path}.{near}`?" if near else None,
            place=place,
        ) from None
    configured = hasattr(cls, "from_config") and hasattr(cls, "load_config")
    model = inspect.isclass(cls) and issubclass(cls, nn.Module)
    return Kind(cls, name, configured, not configured and model and hasattr(cls, "config_class"))


def offered(name: str) -> bool:
    """Whether diffusers or transformers have the class `diffusers.X` or `transformers.X`; a family's own is taken to be
    there."""
    path, _, cls_name = name.rpartition(".")
    if name.partition(".")[0] == "python":
        return True
    try:
        return hasattr(importlib.import_module(path), cls_name)
    except (ImportError, RuntimeError):
        return False


def build(kind: Kind, config: Mapping[str, object]) -> Any:
    """A new object of this config, a model with random weights drawn from torch's global stream."""
    if kind.configured:
        return kind.cls.from_config(dict(config))
    if kind.transformers_model:
        return kind.cls(kind.cls.config_class(**config))
    return kind.cls(**config)


def read(kind: Kind, folder: Path, dtype: torch.dtype, component: str, place: Place | None) -> Any:
    """The object stored in a folder, a model's weights as `dtype` (but for those that its class keeps in
    float32).

    Raises RunError: `missing-file` if there are no safetensors or they cannot be read, `config-mismatch` if
    any tensor is missing, too many, or of another shape (some loaders let that pass and leave the rest
    random).
    """
    try:
        with quiet():
            if not kind.model:
                return kind.cls.from_pretrained(str(folder))
            if not _has_weights(folder, component, place):
                return _without_weights(kind, folder, component, place)
            own = (
                {"torch_dtype": dtype}
                if kind.configured
                else {"dtype": dtype, "ignore_mismatched_sizes": True}
            )
            model, info = kind.cls.from_pretrained(
                str(folder), use_safetensors=True, output_loading_info=True, local_files_only=True, **own
            )
    except UNREADABLE as e:
        reason = str(e).strip().split("\n")[0]
        raise RunError(
            "config-mismatch" if "expected shape" in reason else "missing-file",
            f"component `{component}` cannot be read from {folder}: {reason}",
            place=place,
            exit_status=2,
        ) from e
    _complete(kind, info, folder, component, place)
    return model


VARIANT = re.compile(rf"\.({'|'.join(PRECISIONS)})(-\d+-of-\d+)?\.safetensors$")
"""Files of weights of another precision, beside which a library looks for the full ones."""


def _has_weights(folder: Path, component: str, place: Place | None) -> bool:
    files = [p for p in folder.iterdir() if p.is_file()]
    names = sorted(p.name for p in files if p.suffix == ".safetensors")
    narrow = {name: found[1] for name in names if (found := VARIANT.search(name)) is not None}
    if len(names) > len(narrow):
        return True
    if narrow:
        name, precision = next(iter(narrow.items()))
        message, help = only_narrow(component, str(folder / name), precision)
        raise RunError("missing-file", message, help=help, place=place)
    pickled = sorted(p.name for p in files if p.suffix in PICKLED)
    if pickled:
        message, help = only_pickled(component, str(folder / pickled[0]))
        raise RunError("missing-file", message, help=help, place=place, exit_status=2)
    return False


def _without_weights(kind: Kind, folder: Path, component: str, place: Place | None) -> Any:
    """A model that has no weights at all, such as an orthonormal transform, needs no file of them."""
    if kind.configured:
        model = kind.cls.from_config(kind.cls.load_config(str(folder)))
        if not model.state_dict():
            return model
    raise RunError(
        "missing-file",
        f"component `{component}` has no weights: there is no .safetensors file of full precision in {folder}",
        place=place,
        exit_status=2,
    )


def _complete(kind: Kind, info: Mapping[str, Any], folder: Path, component: str, place: Place | None) -> None:
    wrong = []
    for key, words in (
        ("missing_keys", "missing"),
        ("unexpected_keys", "not the class's"),
        ("mismatched_keys", "of another shape"),
    ):
        names = sorted(str(k[0]) if isinstance(k, tuple) else str(k) for k in info.get(key) or ())
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            wrong.append(f"{words}: {', '.join(names[:3])}{more}")
    if wrong:
        raise RunError(
            "config-mismatch",
            f"the weights of `{component}` in {folder} are not those of a `{kind.name}`",
            help="the file is another class's, or of a release that names its weights otherwise",
            place=place,
            facts=tuple(wrong),
        )


def store(model: nn.Module, dtype: torch.dtype) -> None:
    """Casts weights and saved buffers as reading them as `dtype` would: what the class keeps in float32
    stays.

    Tables that are computed and not saved, rotary ones say, keep their precision.
    """
    kept = float32_parts(model)
    saved = set(model.state_dict())
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if name in saved and tensor.is_floating_point() and not kept & set(name.split(".")):
            tensor.data = tensor.data.to(dtype)


def float32_parts(model: nn.Module) -> frozenset[str]:
    """Names of the parts that the class wants in float32 under every precision."""
    attribute = "_keep_in_fp32_modules" if hasattr(model, "load_config") else "_keep_in_fp32_modules_strict"
    return frozenset(getattr(model, attribute, None) or ())


def write(value: Any, folder: Path) -> None:
    """Saves a component in its library's layout, weights as safetensors."""
    with quiet():
        value.save_pretrained(str(folder))


@contextmanager
def quiet() -> Iterator[None]:
    """Leaves out the libraries' progress bars and warnings: what matters of them is raised as an error."""
    from diffusers.utils import logging as d
    from transformers.utils import logging as t

    levels = d.get_verbosity(), t.get_verbosity()
    bars = d.is_progress_bar_enabled(), t.is_progress_bar_enabled()
    for library in (d, t):
        library.set_verbosity(library.CRITICAL)
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library, level, bar in zip((d, t), levels, bars):
            library.set_verbosity(level)
            if bar:
                library.enable_progress_bar()
