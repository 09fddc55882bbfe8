"""What the cases of families share whose networks take packed tokens: Flux.1, Flux2, QwenImage, Z-Image."""

from __future__ import annotations

from typing import Any

PACKED: dict[str, Any] = {
    "sizes": {"H": 64, "W": 64},
    "scale": 4.0,
    "rates": {"finetune": 2e-3, "dmd2": 3e-4},
    "sets": {"finetune": ("student.train=full",), "dmd2": ("use.ratio=2",)},
}
