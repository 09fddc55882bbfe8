"""What `lacking.fdl` asks of its Python, but for a class, a function, and a parameter."""

from __future__ import annotations

from typing import Any


class SpaceToDepth:
    pass


def encode_text(role: Any, prompt: list[str]) -> Any:
    raise NotImplementedError


def encode_video(role: Any) -> Any:
    raise NotImplementedError
